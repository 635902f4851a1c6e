// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_CODEGEN_SPLITMODULE_H
#define NNCC_LIB_CODEGEN_SPLITMODULE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/SmallVector.h"

namespace nncc::codegen {

/// Moves functions of a module in the LLVM dialect into up to `parts` - 1 new modules, so that all have about as much code
/// and can be compiled at the same time. Functions that call each other stay together; constants and declarations are copied
/// to each. Returns the new modules; none where there is nothing to share out.
/// Which part a function comes to depends on the module alone.
llvm::SmallVector<mlir::OwningOpRef<mlir::ModuleOp>> splitModule(mlir::ModuleOp module, unsigned parts);

/// Into how many parts a module of this much code is cut where the result must be the same on every machine.
unsigned partsOf(mlir::ModuleOp module);

} // namespace nncc::codegen

#endif // NNCC_LIB_CODEGEN_SPLITMODULE_H
