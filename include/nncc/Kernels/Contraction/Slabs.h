// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_SLABS_H
#define NNCC_KERNELS_CONTRACTION_SLABS_H

#include "nncc/Kernels/Contraction/ContractionEmit.h"

#include <array>

namespace nncc::kernels {

/// How the gradient of a kernel is summed over a batch by several units at a time: samples are cut into chunks, and the chunks
/// are shared among slabs, each of which has a sum of its own; these are added up in their order at the end. What is in
/// which slab depends on shapes and the batch only, not on the number of threads.
struct SlabPlan {
  int blockAxis = 0;    ///< positions of a sample are cut along this axis
  int64_t blocks = 1;   ///< into so many chunks
  int64_t slabs = 1;    ///< at most
  int64_t work = 1;     ///< multiply-adds of a sample
  int64_t slabWork = 1; ///< multiply-adds that make a slab worth its zeroing and its part of the sum

  /// Slabs that a batch of so many samples is summed in: all, or a power of two.
  int64_t slabsOf(int64_t batch) const;
};

/// Prints "8 chunks of axis 1, 16 slabs (2 for one sample)".
void printSlabs(llvm::raw_ostream &os, const SlabPlan &plan);

/// Slabs of the running batch, as `SlabPlan::slabsOf`.
mlir::Value activeSlabs(const ContractionEmit &emit, const SlabPlan &plan, mlir::Value batch);

/// The slab that unit `unit` of `plan.slabs` does, if it does one: the `active` slabs are spread over the units, so that each
/// thread has its share.
void forSlabOfUnit(const ContractionEmit &emit, const SlabPlan &plan, mlir::Value unit, mlir::Value active,
                   llvm::function_ref<void(mlir::Value slab)> body);

/// A chunk: positions of a sample from `first` on.
struct Chunk {
  mlir::Value sample;
  std::array<mlir::Value, 3> first, count;
};

/// The chunks of slab `slab` of `active`, in their order. `extents` are those of a sample's positions.
void forChunksOfSlab(const ContractionEmit &emit, const SlabPlan &plan, mlir::Value slab, mlir::Value active,
                     mlir::Value samples, const std::array<int64_t, 3> &extents,
                     llvm::function_ref<void(const Chunk &)> body);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_SLABS_H
