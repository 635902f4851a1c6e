// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_POOLING_H
#define NNCC_LIB_KERNELS_POOLING_H

#include "Window.h"

#include <optional>

namespace nncc::kernels {

/// 1 / (positions of the window `o` that lie in the input), f32.
mlir::Value inverseCount(Emit &emit, const Window &geometry, std::array<mlir::Value, 3> o);

/// Adds the step of a max pool's gradient.
void addMaxPoolGradientStep(KernelBuilder &kernels, mlir::Operation *op, const Window &geometry,
                            mlir::Value outputGradient, mlir::Value argmax, BufferRef inputGradient);

/// A pool whose windows move by one position along the last axis, so that lanes run along rows of positions and channels
/// alike. A unit is a block of rows of one plane; the slab is what its windows see.
struct SlidingPlan {
  int64_t blocks = 1;                                    ///< of a plane of results
  int64_t planes = 1, rows = 1, columns = 1, channels = 1; ///< of the slab

  int64_t slabElements() const { return planes * rows * columns * channels; }
};

/// None where the stride is another, or the window or the slab too large.
std::optional<SlidingPlan> planSlidingPool(const Window &geometry, const TargetFacts &target);
/// `argmax` may be null.
void addSlidingMaxPool(KernelBuilder &kernels, mlir::Operation *op, const Window &geometry, const SlidingPlan &plan,
                       mlir::Value input, mlir::Value output, mlir::Value argmax);
void addSlidingAveragePool(KernelBuilder &kernels, mlir::Operation *op, const Window &geometry,
                           const SlidingPlan &plan, mlir::Value input, mlir::Value output);

void addPoolingGradientKernels(EmitterTable &table);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_POOLING_H
