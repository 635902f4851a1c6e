// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_PROGRAMTABLE_H
#define NNCC_CODEGEN_PROGRAMTABLE_H

#include "nncc/Codegen/Program.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class GlobalVariable;
class Module;
} // namespace llvm

namespace nncc::codegen {

/// Adds the constant `symbol` of type nncc_program, and all that it points to, to a module that has its triple and data
/// layout. A kernel that the module doesn't have becomes a declaration (it is in another module then). Fails for a shape of
/// more than NNCC_MAX_RANK axes.
llvm::Expected<llvm::GlobalVariable *> emitProgramTable(llvm::Module &module, const Program &program,
                                                        llvm::StringRef symbol = NNCC_PROGRAM_SYMBOL);

/// The tables of one model's programs, one for each CPU, and the constant NNCC_PROGRAMS_SYMBOL of type nncc_programs that lists
/// them in this order. What the programs agree in is there once. A single one is called NNCC_PROGRAM_SYMBOL, of several each has ".CPU"
/// behind.
llvm::Expected<llvm::GlobalVariable *> emitProgramTables(llvm::Module &module, llvm::ArrayRef<Program> programs);

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_PROGRAMTABLE_H
