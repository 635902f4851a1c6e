// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_VARIABLE_H
#define NNCC_DIALECT_NN_OPS_VARIABLE_H

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
#include "nncc/Dialect/NN/Ops/Variable.h.inc"

namespace nncc::nn {

/// The variable that an op of the type `type` uses; an error at the op where there is none or its type is another (V2).
llvm::FailureOr<VariableOp> findVariable(mlir::Operation *op, mlir::FlatSymbolRefAttr name, mlir::Type type,
                                         mlir::SymbolTableCollection &symbols);

} // namespace nncc::nn

#endif // NNCC_DIALECT_NN_OPS_VARIABLE_H
