// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_HALO_H
#define NNCC_KERNELS_CONTRACTION_HALO_H

#include "nncc/Kernels/Contraction/Axis.h"
#include "nncc/Kernels/Contraction/ContractionEmit.h"

namespace nncc::kernels {

/// Three spatial axes of channels: extents and, in elements, the distance of neighbours in each axis.
struct Volume {
  std::array<int64_t, 3> extents;
  int64_t channels;

  int64_t stride(int axis) const;
  int64_t elements() const;
};

/// A sample, or a part of one with its surroundings, ready to be read at any position that its results ask for.
struct Window {
  mlir::Value memory;    ///< rank 1
  mlir::Value base;      ///< where position (0, 0, 0) of the sample is, or would be
  std::array<int64_t, 3> strides;
};

/// Copies the region of `slab.extents` at `origin` (may be negative) of a sample into `scratch`, zero outside of the
/// sample. One region at a time makes padding cost a copy of what is then read many times, and no test in the inner
/// loops. `counts` is how far the first two axes are copied, null for
/// all of the slab.
void copyHalo(const ContractionEmit &emit, mlir::Value source, mlir::Value sourceBase, const Volume &sample,
              mlir::Value scratch, const Volume &slab, const std::array<mlir::Value, 3> &origin,
              const planning::TargetFacts &target, const std::array<mlir::Value, 2> &counts = {});

/// Where the sources of results from `first` on start: floor((first * scale + shift) / divisor).
mlir::Value sourceOrigin(const ContractionEmit &emit, const Axis &axis, mlir::Value first);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_HALO_H
