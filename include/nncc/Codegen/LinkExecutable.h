// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_LINKEXECUTABLE_H
#define NNCC_CODEGEN_LINKEXECUTABLE_H

#include "nncc/Codegen/Link.h"

#include "mlir/IR/BuiltinOps.h"

#include <optional>

namespace nncc::codegen {

struct LinkModuleOptions {
  std::string compilerPath;
  /// Nothing: where the model may take pictures (takesPictures).
  std::optional<bool> pictures = std::nullopt;
};

/// Writes an executable of kernels, table, a `main` and the runtime. The file appears whole or not at all; on failure nothing is left
/// behind.
llvm::Error linkExecutable(mlir::ModuleOp module, const Program &program, const Target &target, llvm::StringRef path,
                           const LinkModuleOptions &options = {});

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_LINKEXECUTABLE_H
