// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_CONSTRAINT_H
#define NNCC_DIALECT_NN_OPS_CONSTRAINT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Interfaces/LayerOpInterface.h"

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Constraint.h.inc"

namespace nncc::nn {

/// What is added to a norm before it divides: keras.backend.epsilon().
inline constexpr double kConstraintEpsilon = 1e-7;

} // namespace nncc::nn

#endif // NNCC_DIALECT_NN_OPS_CONSTRAINT_H
