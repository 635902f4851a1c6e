// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_POOLEDKERNELGRADIENT_H
#define NNCC_KERNELS_CONTRACTION_POOLEDKERNELGRADIENT_H

#include "nncc/Kernels/Contraction/PooledConvolution.h"
#include "nncc/Kernels/Contraction/Slabs.h"
#include "nncc/Kernels/KernelBuilder.h"
#include "nncc/Planning/ContractionPlan.h"

namespace nncc::kernels {

/// How the kernel gradient of a convolution behind a max pool is taken: `sparse` lists, filter by filter, the positions
/// of a chunk that have a gradient, and adds to the filter's sums (taps and channels, which lie in registers meanwhile)
/// the input under each position times the gradient. A function of the shape and the machine.
///
/// (The idea of using such sparsity on processors with vectors: SparseTrain, arXiv 1911.10175.)
struct PooledKernelGradientPlan : SlabPlan {
  bool sparse = false;
  /// Estimated cost of a sample, in multiply-adds of a vector, that the choice was made by.
  int64_t sparseCost = 0, denseCost = 0;

  /// The taps of the last axis and the channels are one run in memory: cut into vectors together.
  bool mergedTaps = false;
  planning::ColumnPlan columns;          ///< the floats of a run
  std::array<planning::RowPlan, 3> taps; ///< that have accumulators at a time; of the last axis one where merged

  int64_t listLength = 1; ///< most positions of a chunk
  bool compress = false;  ///< lists are made by vectors; else one position after the other
  std::array<int64_t, 3> slab = {0, 0, 0}; ///< source positions of a chunk; used where padding is asked for

  int64_t filterParts = 1; ///< units that share the filters of a slab
};

/// Taps of an axis, and floats of a run, that the accumulators are cut from.
int64_t tapsOf(const PooledConvolution &shape, const PooledKernelGradientPlan &plan, int axis);
int64_t runOf(const PooledConvolution &shape, const PooledKernelGradientPlan &plan);

PooledKernelGradientPlan planPooledKernelGradient(const PooledConvolution &shape, const TargetFacts &target);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const PooledKernelGradientPlan &plan);

/// Adds the steps of a sparse plan: sums by slab and filter, then their sum in a fixed order, transposed into the
/// kernel's layout. `outputGradient` and `argmax` are those of the pooled map. A position whose gradient is 0, or whose
/// argmax is none of the window, is left out, so that the input there is not even multiplied by 0. `biasGradient`,
/// where it is asked for, is the sum of what is left.
void addPooledKernelGradientSteps(KernelBuilder &kernels, mlir::Operation *source, const PooledConvolution &shape,
                                  const PooledKernelGradientPlan &plan, mlir::Value input, mlir::Value outputGradient,
                                  mlir::Value argmax, mlir::Value result, mlir::Value biasGradient = {});

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_POOLEDKERNELGRADIENT_H
