// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_CODEGEN_COMPILEMODULE_H
#define NNCC_LIB_CODEGEN_COMPILEMODULE_H

#include "nncc/Codegen/Program.h"
#include "nncc/Codegen/Target.h"

#include "llvm/ADT/StringSet.h"

/// What JIT and object files share.
namespace nncc::codegen {

/// The program with the target's CPU and features filled in where it has none.
Program withTarget(const Program &program, const Target &target);

/// That all kernels which the program's steps name are among the functions that the module defines.
llvm::Error checkKernels(const Program &program, const llvm::StringSet<> &defined);

} // namespace nncc::codegen

#endif // NNCC_LIB_CODEGEN_COMPILEMODULE_H
