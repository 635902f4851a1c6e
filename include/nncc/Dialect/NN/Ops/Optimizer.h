// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_OPTIMIZER_H
#define NNCC_DIALECT_NN_OPS_OPTIMIZER_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/IR/SymbolTable.h"
#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Interfaces/LayerOpInterface.h"

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Optimizer.h.inc"

namespace nncc::nn {

/// Buffers of state that an optimizer op keeps, each of the layout of the gradients; 0 for other ops.
int64_t countStateSlots(mlir::Operation *op);
/// What each of them starts from: 0 but for Adagrad.
double initialState(mlir::Operation *op);

} // namespace nncc::nn

#endif // NNCC_DIALECT_NN_OPS_OPTIMIZER_H
