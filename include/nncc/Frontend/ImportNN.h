// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_IMPORTNN_H
#define NNCC_FRONTEND_IMPORTNN_H

#include "nncc/Frontend/Sema.h"
#include "nncc/Support/Diagnostics.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace nncc::frontend {

/// The `nn` module of a checked model, as docs/Architecture.md ("The nn module") describes it: variables, the function
/// `@model` with the layers that the output depends on, the train section. Locations are the layers' places in the file.
mlir::OwningOpRef<mlir::ModuleOp> importModel(mlir::MLIRContext &context, const Model &model, const SourceFile &file);

/// A source text to its `nn` module: lex, parse, analyze, import. What is wrong with the text goes to `diagnostics`, which
/// may hold warnings on success too. Failure without an error in `diagnostics` is a bug of the compiler.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> importModule(mlir::MLIRContext &context, llvm::StringRef source,
                                                                llvm::StringRef fileName, const FrontendOptions &options,
                                                                Diagnostics &diagnostics);

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_IMPORTNN_H
