// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_DIALECT_PARSEDMODULE_H
#define NNCC_TEST_UNIT_DIALECT_PARSEDMODULE_H

#include "nncc/Dialect/NN/NNDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

/// A module in MLIR's text, with a context of its own.
struct ParsedModule {
  explicit ParsedModule(llvm::StringRef source) {
    context.loadDialect<nncc::nn::NNDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
  }
  mlir::ModuleOp get() { return module.get(); }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

#endif // NNCC_TEST_UNIT_DIALECT_PARSEDMODULE_H
