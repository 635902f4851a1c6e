// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_ATTENTION_H
#define NNCC_DIALECT_NN_OPS_ATTENTION_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Interfaces/LayerOpInterface.h"

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Attention.h.inc"

#endif // NNCC_DIALECT_NN_OPS_ATTENTION_H
