// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_PIPELINE_INTERNAL_H
#define NNCC_LIB_PIPELINE_INTERNAL_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "nncc/Pipeline/ExitStatus.h"

namespace nncc::pipeline {

/// Prints what a pass has to say to the user: "model.nn:3:6: warning: ...".
void printWarning(mlir::Diagnostic &warning);

/// While it lives, prints warnings and keeps MLIR's other messages from the user, and the first error's text for `internalError`.
struct FirstError {
  explicit FirstError(mlir::MLIRContext &context)
      : handler(&context, [this](mlir::Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning)
            printWarning(diagnostic);
          else if (message.empty() && diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
            message = diagnostic.str();
          return mlir::success();
        }) {}

  std::string message;
  mlir::ScopedDiagnosticHandler handler;
};

/// Prints "nncc: error: MESSAGE" and returns the status.
ExitStatus usageError(const llvm::Twine &message);
ExitStatus failure(const llvm::Twine &message);

/// A bug of nncc: says so and leaves a reproducer (Reproducer.h) with `module` (may be null) and the pass pipeline that failed.
ExitStatus internalError(const llvm::Twine &message, mlir::MLIRContext &context, mlir::ModuleOp module, llvm::StringRef pipeline);

/// Refuses what would take minutes to compile: by the number of layers, and by that of their kernels' operations.
ExitStatus checkEntrySize(mlir::ModuleOp entries);
ExitStatus checkKernelSize(mlir::ModuleOp kernels);

/// Writes a file as a whole or not at all; an empty path is standard output.
ExitStatus writeOutput(llvm::StringRef path, llvm::StringRef contents);

/// A module that did not come from the front end: is it one that the front end could have made? Errors say what it has instead.
llvm::LogicalResult checkModule(mlir::ModuleOp module);

/// Parses and checks a module of the nn dialect; null after messages on standard error.
mlir::OwningOpRef<mlir::ModuleOp> readModule(mlir::MLIRContext &context, llvm::StringRef text, llvm::StringRef fileName);

} // namespace nncc::pipeline

#endif // NNCC_LIB_PIPELINE_INTERNAL_H
