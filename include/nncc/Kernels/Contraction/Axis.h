// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_AXIS_H
#define NNCC_KERNELS_CONTRACTION_AXIS_H

#include "llvm/ADT/SmallVector.h"

#include <array>
#include <cstdint>

namespace nncc::kernels {

/// Which source positions and kernel taps meet in one spatial axis of a correlation. A result position i = phase +
/// phases * j sums over t = 0 .. taps(phase) - 1:
///     source position  j * step + offset(phase) + t * tapStep    (0 outside of the source)
///     kernel tap       firstTap(phase) + t * tapStride
/// A convolution has one phase. Its input gradient with stride s has s of them, as only every s-th input position meets
/// the same taps: each phase is then a correlation of stride 1, and no multiplication by inserted zeros is left.
struct Axis {
  struct Phase {
    int64_t taps = 0;
    int64_t firstTap = 0;
    int64_t offset = 0;
    bool operator==(const Phase &) const = default;
  };

  int64_t source = 1; ///< extents
  int64_t result = 1;
  int64_t taps = 1;
  int64_t step = 1;
  int64_t tapStep = 1;
  int64_t tapStride = 1;
  llvm::SmallVector<Phase> phases;

  /// The sources of result i lie in [floor((i * scale + shift) / divisor), floor((i * scale + shift + span) /
  /// divisor)].
  int64_t scale = 1, shift = 0, span = 0, divisor = 1;

  /// Result positions of a phase.
  int64_t positions(int64_t phase) const;
  /// Whether a source position outside of [0, source) is asked for.
  bool needsHalo() const;
  /// Source positions that any `results` consecutive results may span.
  int64_t reach(int64_t results) const;
};

/// y[i] = sum over k of x[i * stride + k * dilation - low] * w[k].
Axis forwardAxis(int64_t input, int64_t output, int64_t kernel, int64_t stride, int64_t dilation, int64_t low);
/// dx[i] = sum over o, k with o * stride + k * dilation - low = i of dy[o] * w[k].
Axis gradientAxis(int64_t input, int64_t output, int64_t kernel, int64_t stride, int64_t dilation, int64_t low);

/// Three axes always; those that a convolution of fewer lacks stand in front with extent 1.
using Axes = std::array<Axis, 3>;

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_AXIS_H
