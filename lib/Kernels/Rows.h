// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_ROWS_H
#define NNCC_LIB_KERNELS_ROWS_H

#include "nncc/Kernels/Emit.h"

/// Computations on one row of contiguous floats of static length; summation orders depend on the length only.
namespace nncc::kernels {

using RowElement = llvm::function_ref<mlir::Value(mlir::Value offset, int64_t width)>;

/// Sum of the elements in f32, by lanes.
mlir::Value sumRow(Emit &emit, int64_t count, RowElement element);
/// Sum in f64 of f32 elements.
mlir::Value sumRowWide(Emit &emit, int64_t count, RowElement element);

struct SoftmaxSums {
  mlir::Value maximum;     ///< of the row, f32
  mlir::Value exponential; ///< sum of exp(x - maximum), f32
};
/// Writes the softmax of the row `from[fromStart...]` to `to[toStart...]`.
SoftmaxSums emitSoftmaxRow(Emit &emit, mlir::Value from, mlir::Value fromStart, mlir::Value to, mlir::Value toStart,
                           int64_t count);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_ROWS_H
