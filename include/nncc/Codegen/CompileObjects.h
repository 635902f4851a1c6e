// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_COMPILEOBJECTS_H
#define NNCC_CODEGEN_COMPILEOBJECTS_H

#include "nncc/Codegen/Note.h"
#include "nncc/Codegen/Program.h"
#include "nncc/Codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>
#include <vector>

namespace nncc::codegen {

/// What an artefact is entered by, beside the tables.
enum class Front {
  None,
  Main,   ///< `int main(int, char **)`, which calls the runtime's
  Library ///< the functions of the C interface (LibraryModule.h)
};

/// Compiles a model for one CPU or several to the object files of one artefact, on all cores.
///
/// Code is cut into parts by its amount alone: the bytes are the same on every machine, whatever the number of its cores. Kernels
/// are called MODEL.CPU.NAME and hidden, so that object files of several models go into one program.
class ObjectCompiler {
public:
  /// `model`: what the names of kernels begin with.
  explicit ObjectCompiler(std::string model);
  ~ObjectCompiler();

  /// Lowers the kernels of `module` (consumed, as by JitProgram::create) and starts to compile them.
  llvm::Error add(mlir::ModuleOp module, const Program &program, const Target &target);

  /// Waits for all that was added, and adds objects with the tables, in the order of `add`, with the front and with the artefact's
  /// note. What is not a kernel runs on any CPU of the architecture.
  llvm::Expected<std::vector<std::unique_ptr<llvm::MemoryBuffer>>> finish(Front front, const ArtefactFacts &facts);

  /// What was added, with CPUs and the names of kernels.
  llvm::ArrayRef<Program> programs() const;

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_COMPILEOBJECTS_H
