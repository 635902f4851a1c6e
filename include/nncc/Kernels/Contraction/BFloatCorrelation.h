// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_BFLOATCORRELATION_H
#define NNCC_KERNELS_CONTRACTION_BFLOATCORRELATION_H

#include "nncc/Kernels/Contraction/Correlation.h"

#include <optional>

namespace nncc::kernels {

/// How a correlation is computed with bf16 products in tiles of a matrix unit (MatrixUnit.h): a function of the shape and
/// the machine. A unit of work is a block of results of one sample; its sources are rounded to bf16 on the way into scratch.
struct BFloatPlan {
  int64_t depthStep = 2;  ///< channels of a tile, even
  int64_t depthSteps = 1; ///< tiles that the channels fill; the last is filled up with zeroes
  int blockAxis = 0;      ///< whose results (after the pool) are shared out to units
  int64_t blocks = 1;     ///< units per sample
  int64_t mostPerBlock = 1;
  std::array<int64_t, 3> slab = {1, 1, 1}; ///< source positions of a unit

  int64_t depth() const { return depthStep * depthSteps; }
};

/// The plan where bf16 is asked for (`--precision=bf16`) and tiles can be filled: one group, one phase in each axis, some
/// channels on both sides.
std::optional<BFloatPlan> planBFloatCorrelation(const Correlation &shape, const TargetFacts &target);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const BFloatPlan &plan);

/// Adds the steps: packs the kernel, then the correlation. Parameters as of addCorrelationSteps.
void addBFloatCorrelationSteps(KernelBuilder &kernels, mlir::Operation *source, llvm::StringRef what,
                               const Correlation &shape, const BFloatPlan &plan, BufferRef input, mlir::Value kernel,
                               mlir::Value bias, mlir::Value result, mlir::Value argmax);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_BFLOATCORRELATION_H
