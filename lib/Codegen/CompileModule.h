// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_CODEGEN_COMPILEMODULE_H
#define NNCC_LIB_CODEGEN_COMPILEMODULE_H

#include "nncc/Codegen/Program.h"
#include "nncc/Codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

/// What JIT and object files share.
namespace nncc::codegen {

/// The program with the target's CPU and features filled in where it has none.
Program withTarget(const Program &program, const Target &target);

/// That all kernels which the program's steps name are among the functions that the module, in the LLVM dialect, defines.
llvm::Error checkKernels(const Program &program, mlir::ModuleOp module);

/// int main(int argc, char **argv) { return nncc_runtime_main(argc, argv, &programs, commands); }
/// `programs` is an nncc_programs; the commands are those that the entries of `program` make possible.
void emitMain(llvm::Module &module, llvm::GlobalVariable *programs, const Program &program);

/// Optimised code as assembly or as an object file.
llvm::Error writeCode(llvm::Module &module, llvm::TargetMachine &machine, llvm::CodeGenFileType type, llvm::raw_pwrite_stream &out);

/// Code on its way through LLVM. Each part has a context of its own, so that parts can be compiled at once.
struct Part {
  /// Without code: triple and data layout.
  static llvm::Expected<Part> create(const Target &target, bool forJit);
  /// From the LLVM dialect; for one MLIR context on one thread at a time.
  static llvm::Expected<Part> translate(mlir::ModuleOp module, const Target &target, bool forJit);

  /// To an object file, optimised. Everything else of the part is freed.
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> compile(const Target &target) &&;

  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
};

} // namespace nncc::codegen

#endif // NNCC_LIB_CODEGEN_COMPILEMODULE_H
