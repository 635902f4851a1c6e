// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_LINKEXECUTABLE_H
#define NNCC_CODEGEN_LINKEXECUTABLE_H

#include "nncc/Codegen/Program.h"
#include "nncc/Codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace nncc::codegen {

struct LinkOptions {
  /// Path of the running compiler, beside which the runtime's archives are found: `../lib` (build tree) or `../lib/nncc`
  /// (installed). Empty: of this process.
  std::string compilerPath;
  /// Link what reads PNG and JPEG files; nothing: where the model may take pictures (takesPictures).
  std::optional<bool> pictures = std::nullopt;
};

/// Whether a program may be given picture files: its train section reads images:, or it names no data and an input has the shape of a
/// picture.
bool takesPictures(const Program &program);

/// Writes an executable: kernels, table, a `main` and the runtime, linked by the system's C++ driver. Needs of the system
/// only libc and libm when it runs. The file appears whole or not at all; on failure nothing is left behind.
llvm::Error linkExecutable(mlir::ModuleOp module, const Program &program, const Target &target, llvm::StringRef path,
                           const LinkOptions &options = {});

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_LINKEXECUTABLE_H
