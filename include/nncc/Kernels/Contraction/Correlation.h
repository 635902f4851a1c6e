// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_CORRELATION_H
#define NNCC_KERNELS_CONTRACTION_CORRELATION_H

#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Kernels/Contraction/Axis.h"
#include "nncc/Kernels/Contraction/Panel.h"

namespace nncc::kernels {

/// What a convolution's forward pass and its input gradient have in common: every result position is a sum over taps
/// and channels of source values times weights. Shapes are those of one sample, three spatial axes always.
struct Correlation {
  Axes axes;
  int64_t samples = 0; ///< where their number is known: what is convolved is a kernel; 0 for the batch
  int64_t groups = 1;
  int64_t sourceChannels = 1; ///< all groups
  int64_t resultChannels = 1; ///< all groups
  int64_t resultDistance = 0; ///< from one position's results to the next's in memory; 0 for resultChannels
  bool transposed = false;    ///< the kernel's input channels are the result's
  nn::Activation activation = nn::Activation::Linear;
  /// A max pool of stride = window over the result, valid: only whole windows are computed and only their maxima
  /// written.
  std::array<int64_t, 3> pool = {1, 1, 1};
  /// In training: also where in its window each maximum stands, as nn.max_pool_train has it.
  bool argmax = false;
  /// ... but the number of positions where ReLU leaves 0.
  bool marksInactive = false;

  int64_t depth() const { return sourceChannels / groups; }
  int64_t columns() const { return resultChannels / groups; }
  int64_t taps() const { return axes[0].taps * axes[1].taps * axes[2].taps; }
  int64_t poolPositions() const { return pool[0] * pool[1] * pool[2]; }
  /// Extent of the result, after the pool.
  int64_t resultExtent(int axis) const { return axes[axis].result / pool[axis]; }
  bool needsHalo() const;
  /// Of a sample, summed directly.
  int64_t multiplyAdds() const;
};

/// Which part of a sample's result is one unit of work, and which part of the source it reads: a function of the shape.
struct CorrelationPlan {
  planning::ContractionPlan tiles; ///< over the columns, and the positions of the last axis (of its first phase)
  int64_t interleave = 1;          ///< channels a vector holds of each column, where the columns are few
  bool windowInRegisters = true;   ///< all positions of a pooling window in one tile
  bool rowsOutside = false;        ///< all weights of a group fit L1: each result row is finished at once
  int blockAxis = 0;               ///< 0, 1: rows of results; 2: row tiles of the last axis
  int64_t blocks = 1;              ///< parts of a sample that are one unit of work each
  int64_t mostPerBlock = 1;        ///< rows or tiles
  int64_t split = 1;               ///< of a batch of few samples each block is this many units
  std::array<int64_t, 3> slab = {0, 0, 0}; ///< source positions of one block, with halo; used where padding is asked for
  int64_t splitReach = 0;                  ///< extent of `blockAxis` in the slab that a unit of a split block needs

  int64_t units() const { return blocks * split; } ///< per sample
};

/// Batches of fewer samples than this have their blocks split: every thread should have work, also with one sample.
inline constexpr int64_t kFewSamples = 8;

CorrelationPlan planCorrelation(const Correlation &shape, const TargetFacts &target);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const CorrelationPlan &plan);

/// Adds the steps: packs the kernel where needed, then the correlation with its epilogue. `bias` may be null; `argmax`
/// is where the shape asks for it.
void addCorrelationSteps(KernelBuilder &kernels, mlir::Operation *source, llvm::StringRef what,
                         const Correlation &shape, BufferRef input, mlir::Value kernel, mlir::Value bias,
                         mlir::Value result, mlir::Value argmax = {});

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_CORRELATION_H
