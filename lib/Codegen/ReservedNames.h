// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_CODEGEN_RESERVEDNAMES_H
#define NNCC_LIB_CODEGEN_RESERVEDNAMES_H

#include "llvm/ADT/StringRef.h"

/// Identifiers that a generated header cannot take for its own.
namespace nncc::codegen {

/// Of C or C++.
bool isKeyword(llvm::StringRef name);

/// A function, type or macro of the C library.
bool isLibraryName(llvm::StringRef name);

} // namespace nncc::codegen

#endif // NNCC_LIB_CODEGEN_RESERVEDNAMES_H
