// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TRANSFORMS_CONSTRAINTS_H
#define NNCC_TRANSFORMS_CONSTRAINTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace nncc {

/// Builds the ops of the constraints of the variables whose gradients `function` stores: what its optimizer does not change is
/// not constrained (keras/optimizers/optimizer.py, apply_gradients). A constraint that is unknown or does not fit its
/// variable is an error at the variable.
llvm::LogicalResult buildConstraints(mlir::OpBuilder &builder, mlir::func::FuncOp function);

} // namespace nncc

#endif // NNCC_TRANSFORMS_CONSTRAINTS_H
