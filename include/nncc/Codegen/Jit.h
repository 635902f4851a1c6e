// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_JIT_H
#define NNCC_CODEGEN_JIT_H

#include "nncc/Codegen/Program.h"
#include "nncc/Codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace nncc::codegen {

/// A program compiled into this process. It lives as long as this object does.
class JitProgram {
public:
  /// Compiles the kernels of `module` (`func.func`s of the kernel signature, in any stage from linalg on memrefs to the LLVM
  /// dialect; consumed) and builds the table. Fails where the target isn't the host's, a feature is asked for that the host
  /// lacks, a kernel of the table is missing, or the compiler has a bug.
  static llvm::Expected<std::unique_ptr<JitProgram>> create(mlir::ModuleOp module, const Program &program,
                                                            const Target &target);
  static llvm::Expected<std::unique_ptr<JitProgram>> create(mlir::ModuleOp module, const Program &program,
                                                            const TargetOptions &options);
  /// For the host, at -O3.
  static llvm::Expected<std::unique_ptr<JitProgram>> create(mlir::ModuleOp module, const Program &program);

  ~JitProgram();

  const nncc_program *program() const { return table; }

  /// Address of a function that a step of the program names, for tests.
  llvm::Expected<void *> lookup(llvm::StringRef symbol) const;

private:
  JitProgram();
  struct Engine;
  std::unique_ptr<Engine> engine;
  const nncc_program *table = nullptr;
};

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_JIT_H
