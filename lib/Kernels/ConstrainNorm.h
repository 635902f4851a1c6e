// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_CONSTRAINNORM_H
#define NNCC_LIB_KERNELS_CONSTRAINNORM_H

#include "nncc/Kernels/Emit.h"

namespace nncc::kernels {

/// What is done with the elements of a norm; all in f32, vectors and scalars alike.
struct NormRule {
  /// From the norm what its elements are changed by.
  std::function<mlir::Value(Emit &, mlir::Value norm)> factor;
  std::function<mlir::Value(Emit &, mlir::Value element, mlir::Value factor)> apply;
};

/// Adds the steps that change a variable by its norms over `axes`, which are in ascending order.
void addNormSteps(KernelBuilder &kernels, mlir::Operation *op, llvm::StringRef path, mlir::RankedTensorType type,
                  llvm::ArrayRef<int64_t> axes, const NormRule &rule);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_CONSTRAINNORM_H
