// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_LIBRARYTEXT_H
#define NNCC_CODEGEN_LIBRARYTEXT_H

#include "nncc/Codegen/Program.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

/// The texts that are written beside a library, from the templates in lib/Codegen/Templates.
namespace nncc::codegen {

/// NAME.h, C99: the functions of `libraryExports`, documented, with types of the layout of nncc/ABI/Library.h. `programs`: those of the
/// model, one a CPU, with their entries.
std::string libraryHeader(llvm::ArrayRef<const Program *> programs);

/// NAME.hpp, C++20: a class over NAME.h that owns an instance, takes spans and throws.
std::string libraryCppHeader(const Program &program);

/// A Python package that needs no compiler: ctypes and NumPy over a shared library that lies in the package.
struct PythonPackage {
  std::string init; ///< __init__.py
  std::string main; ///< __main__.py
};
PythonPackage pythonPackage(const Program &program, llvm::StringRef libraryFile);

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_LIBRARYTEXT_H
