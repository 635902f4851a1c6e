// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_KERNELGRADIENT_H
#define NNCC_KERNELS_CONTRACTION_KERNELGRADIENT_H

#include "nncc/Kernels/Contraction/Axis.h"
#include "nncc/Kernels/Contraction/Slabs.h"
#include "nncc/Kernels/KernelBuilder.h"
#include "nncc/Planning/ContractionPlan.h"
#include "llvm/Support/MathExtras.h"

namespace nncc::kernels {

/// A convolution as its kernel gradient sees it: dw[tap, c, f] = sum over samples, positions of x[position + tap, c] *
/// dy[position, f]. The rows of the contraction are taps and channels, k runs over positions.
struct KernelGradient {
  Axes axes; ///< those of the forward pass
  int64_t samples = 0; ///< where their number is known; 0 for the batch
  int64_t groups = 1;
  int64_t channels = 1; ///< all groups
  int64_t filters = 1;  ///< all groups
  /// A max pool of stride = window behind the convolution (valid): the output gradient is that of the pooled map,
  /// beside it is where in its window each element stands.
  std::array<int64_t, 3> pool = {1, 1, 1};

  int64_t depth() const { return channels / groups; }
  int64_t columns() const { return filters / groups; }
  int64_t taps() const { return axes[0].taps * axes[1].taps * axes[2].taps; }
  int64_t elements() const { return taps() * depth() * filters; }
  int64_t poolPositions() const { return pool[0] * pool[1] * pool[2]; }
  /// Extent of the output gradient.
  int64_t resultExtent(int axis) const { return axes[axis].result / pool[axis]; }
  bool needsHalo() const;

  /// Of the input that a pooling window and the taps of a run meet: extent in an axis, and slots of its rows in a
  /// vector. A run has all taps, or those of the last axis.
  int64_t patchExtent(int axis, bool allTaps) const {
    int64_t taps = allTaps || axis == 2 ? axes[axis].taps : 1;
    return (pool[axis] - 1) * axes[axis].step + (taps - 1) * axes[axis].tapStep + 1;
  }
  int64_t patchPitch(bool allTaps) const { return llvm::PowerOf2Ceil(patchExtent(2, allTaps) * channels); }
  /// Rows of the patch: of a run of the last axis' taps only those that hold positions of the window.
  std::array<int64_t, 2> patchRows(bool allTaps) const {
    if (allTaps)
      return {patchExtent(0, true), patchExtent(1, true)};
    return {pool[0], pool[1]};
  }
};

struct KernelGradientPlan : SlabPlan {
  planning::ContractionPlan tiles; ///< rows: those of one run, columns: filters; the other way round where `swapped`
  bool swapped = false;            ///< few filters: vectors hold taps and channels, and sums are transposed at the end
  int64_t runTaps = 1;             ///< taps of a run: all, those of the last axis, or one
  int64_t runs = 1;                ///< runs of rows; together all taps
  std::array<int64_t, 3> slab = {0, 0, 0}; ///< source positions of a chunk
  bool patches = false;            ///< the input under a pooling window lies in one vector
  bool splitKernel = false;        ///< a unit does one run and one column block of a slab, else all of it
};

KernelGradientPlan planKernelGradient(const KernelGradient &shape, const TargetFacts &target);
/// Whether a pooled gradient can be read as it is, instead of a map that it was expanded to: few positions a window or
/// patches, and whole vectors of filters.
bool readsPooledGradient(const KernelGradient &shape, const KernelGradientPlan &plan);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const KernelGradientPlan &plan);

/// Adds the steps: partial sums, then (more than one slab) their sum in a fixed order. `biasGradient`, where it is
/// asked for, is the sum of the output gradient over all positions: taken while a chunk of it is in the cache. `argmax`
/// is where the shape has a pool. `why` goes before the plan that is printed.
void addKernelGradientSteps(KernelBuilder &kernels, mlir::Operation *source, const KernelGradient &shape,
                            mlir::Value input, BufferRef outputGradient, mlir::Value result,
                            mlir::Value biasGradient = {}, mlir::Value argmax = {}, std::string why = {});

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_KERNELGRADIENT_H
