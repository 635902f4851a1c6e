// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TRANSFORMS_OPTIMIZERS_H
#define NNCC_TRANSFORMS_OPTIMIZERS_H

#include "mlir/IR/Builders.h"
#include "nncc/Dialect/NN/NNDialect.h"

namespace nncc {

/// Builds the ops of a Keras optimizer class: clipping by norm, where it is asked for, and the update. The learning rate
/// is a matter of the run. An unknown class is an error at `loc`.
llvm::LogicalResult buildOptimizer(mlir::OpBuilder &builder, mlir::Location loc, nn::CallAttr optimizer);

} // namespace nncc

#endif // NNCC_TRANSFORMS_OPTIMIZERS_H
