// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_LIBRARYMODULE_H
#define NNCC_CODEGEN_LIBRARYMODULE_H

#include "nncc/Codegen/Program.h"
#include "nncc/Codegen/Target.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class Constant;
class LLVMContext;
class Module;
} // namespace llvm

/// The code of a model's C interface: what a library has beside its programs and the runtime.
namespace nncc::codegen {

/// The functions that a library of this program exports, all of them: "series_create", ... A program without training lacks
/// those that train.
std::vector<std::string> libraryExports(const Program &program);

/// These functions: each adds the external symbol NNCC_PROGRAMS_SYMBOL where the runtime wants it, makes arrays of the pointers to inputs,
/// and calls the runtime (nncc/Runtime/Core/Model.h). They run on any CPU of the target's architecture, as it is they that find out
/// whether the programs do.
llvm::Expected<std::unique_ptr<llvm::Module>> buildLibraryModule(llvm::LLVMContext &context, const Program &program,
                                                                 const Target &target);

/// Adds the constant `nncc_info` of a program to a module that has its data layout: what the table's field `info` points to. The
/// program has its entries, and its CPU's name and features.
llvm::Constant *emitLibraryInfo(llvm::Module &module, const Program &program);

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_LIBRARYMODULE_H
