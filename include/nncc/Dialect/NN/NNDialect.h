// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_NNDIALECT_H
#define NNCC_DIALECT_NN_NNDIALECT_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"

#include "nncc/Dialect/NN/NNEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "nncc/Dialect/NN/NNAttributes.h.inc"

#include "nncc/Dialect/NN/NNDialect.h.inc"

#endif // NNCC_DIALECT_NN_NNDIALECT_H
