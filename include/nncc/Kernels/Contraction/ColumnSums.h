// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_COLUMNSUMS_H
#define NNCC_KERNELS_CONTRACTION_COLUMNSUMS_H

#include "nncc/Kernels/Contraction/ContractionEmit.h"

namespace nncc::kernels {

/// Positions of an output gradient, to be added to the gradient of a bias while they are in the cache.
struct ColumnSums {
  mlir::Value gradient, start; ///< rank 1, and where the first position is
  std::array<mlir::Value, 3> count;
  std::array<int64_t, 3> strides;
  int64_t columns = 0;
  mlir::Value sums, base; ///< rank 1, and where the first column's sum is
  /// Where set, only elements that stand at a position of their pool's window count: numbers below `positions`.
  mlir::Value places;
  int64_t positions = 0;
};

/// sums[base + f] += sum over the positions of gradient[position, f], in an order that depends on their number only.
void addColumnSums(const ContractionEmit &emit, const ColumnSums &shape, const planning::TargetFacts &target);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_COLUMNSUMS_H
