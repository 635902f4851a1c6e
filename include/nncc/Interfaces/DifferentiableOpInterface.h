// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_INTERFACES_DIFFERENTIABLEOPINTERFACE_H
#define NNCC_INTERFACES_DIFFERENTIABLEOPINTERFACE_H

#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/SmallBitVector.h"

#include "nncc/Interfaces/DifferentiableOpInterface.h.inc"

#endif // NNCC_INTERFACES_DIFFERENTIABLEOPINTERFACE_H
