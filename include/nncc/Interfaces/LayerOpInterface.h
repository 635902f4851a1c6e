// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_INTERFACES_LAYEROPINTERFACE_H
#define NNCC_INTERFACES_LAYEROPINTERFACE_H

#include "mlir/IR/OpDefinition.h"

#include "nncc/Interfaces/LayerOpInterface.h.inc"

#endif // NNCC_INTERFACES_LAYEROPINTERFACE_H
