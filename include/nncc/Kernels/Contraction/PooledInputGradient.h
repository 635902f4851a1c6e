// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_POOLEDINPUTGRADIENT_H
#define NNCC_KERNELS_CONTRACTION_POOLEDINPUTGRADIENT_H

#include "nncc/Kernels/Contraction/PooledConvolution.h"
#include "nncc/Kernels/KernelBuilder.h"
#include "nncc/Planning/ContractionPlan.h"

namespace nncc::kernels {

/// How the input gradient of a convolution behind a max pool is taken: `sparse` visits the filters that have a gradient
/// at a position of the map, and adds each one's weights, times the gradient, to the patch of the input under the
/// position. A function of the shape and the machine.
struct PooledInputGradientPlan {
  bool sparse = false;
  /// Estimated cost of a sample, in multiply-adds of a vector, that the choice was made by.
  int64_t sparseCost = 0, denseCost = 0;

  /// The taps of the last axis and the channels are one run in memory: cut into vectors together.
  bool mergedTaps = false;
  /// The channels of a tap (of all taps of the last axis where merged).
  planning::ColumnPlan columns;
  /// Taps of the last axis that have accumulators at a time.
  int64_t tapsPerBlock = 1;

  int blockAxis = 2;   ///< a sample's input gradient is cut along this axis
  int64_t blocks = 1;  ///< into so many units
  int64_t listRows = 1; ///< rows of the pooled map whose filters are listed at a time
  int64_t listColumns = 1; ///< most pooled positions of a row that a unit lists
};

/// Taps of the last axis, and channels of each, that the accumulators are cut from.
int64_t tapsOf(const PooledConvolution &shape, const PooledInputGradientPlan &plan);
int64_t channelsOf(const PooledConvolution &shape, const PooledInputGradientPlan &plan);

PooledInputGradientPlan planPooledInputGradient(const PooledConvolution &shape, const TargetFacts &target);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const PooledInputGradientPlan &plan);

/// Adds the steps of a sparse plan: packs the kernel filter by filter, then the gradient. `outputGradient` and `argmax`
/// are those of the pooled map, `result` has the input's shape. A filter whose gradient is 0 is left out, so that its
/// weights are not even multiplied by 0.
void addPooledInputGradientSteps(KernelBuilder &kernels, mlir::Operation *source, const PooledConvolution &shape,
                                 const PooledInputGradientPlan &plan, mlir::Value outputGradient, mlir::Value argmax,
                                 mlir::Value kernel, mlir::Value result);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_POOLEDINPUTGRADIENT_H
