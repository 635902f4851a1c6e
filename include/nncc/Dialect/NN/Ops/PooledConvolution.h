// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_POOLEDCONVOLUTION_H
#define NNCC_DIALECT_NN_OPS_POOLEDCONVOLUTION_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "nncc/Dialect/NN/NNDialect.h"

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/PooledConvolution.h.inc"

#endif // NNCC_DIALECT_NN_OPS_POOLEDCONVOLUTION_H
