// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_TRANSPOSE_H
#define NNCC_KERNELS_CONTRACTION_TRANSPOSE_H

#include "nncc/Kernels/Contraction/ContractionEmit.h"

namespace nncc::kernels {

/// to[toPosition + j * toStride + i] = from[fromPosition + i * fromStride + j] for 0 <= i < rows, 0 <= j < columns:
/// squares of 4 x 4 or 8 x 8 in registers, the rest element by element. `rows` is known, `columns` may be a run-time
/// number.
void emitTranspose(const ContractionEmit &emit, mlir::Value to, mlir::Value toPosition, int64_t toStride,
                   mlir::Value from, mlir::Value fromPosition, int64_t fromStride, int64_t rows, mlir::Value columns,
                   const planning::TargetFacts &target);

/// Transposes a square held in 4 vectors of 4 lanes or 8 of 8 (of 32 bits), in place.
void transposeSquare(const ContractionEmit &emit, llvm::MutableArrayRef<mlir::Value> rows);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_TRANSPOSE_H
