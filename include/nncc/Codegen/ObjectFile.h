// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_OBJECTFILE_H
#define NNCC_CODEGEN_OBJECTFILE_H

#include "nncc/Codegen/Program.h"
#include "nncc/Codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

namespace nncc::codegen {

struct ModuleOptions {
  /// Adds `int main(int, char **)`, which calls the runtime's.
  bool withMain = false;
};

/// Kernels and tables as one optimised LLVM module. `module` is consumed (lowered in place). Kernels are internal: the tables
/// (emitProgramTables) are the only symbols that are seen from outside.
llvm::Expected<std::unique_ptr<llvm::Module>> buildLLVMModule(mlir::ModuleOp module, const Program &program,
                                                              llvm::LLVMContext &context, const Target &target,
                                                              const ModuleOptions &options = {});

enum class OutputKind { LLVMIR, Assembly, Object };

/// Writes an optimised module: text of LLVM IR, assembly, or a position-independent object file.
llvm::Error writeModule(llvm::Module &module, const Target &target, OutputKind kind, llvm::raw_pwrite_stream &out);

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_OBJECTFILE_H
