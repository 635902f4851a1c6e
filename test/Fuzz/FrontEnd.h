// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is expected of the front end for any text.
#ifndef NNCC_TEST_FUZZ_FRONTEND_H
#define NNCC_TEST_FUZZ_FRONTEND_H

#include "Fuzz.h"
#include "nncc/Frontend/AST.h"
#include "nncc/Support/Diagnostics.h"

#include "llvm/ADT/StringRef.h"

#include <memory>

namespace nncc::fuzz {

/// A text and what lexer and parser make of it.
struct Parsed {
  explicit Parsed(llvm::StringRef text);

  /// The tree without positions.
  std::string dump() const;

  std::shared_ptr<const SourceFile> file;
  Diagnostics diagnostics;
  frontend::ast::File tree;
  size_t comments;
};

/// All messages have a place in the file and can be printed.
void checkMessages(const Diagnostics &diagnostics, size_t length);

/// Takes a text up to its `nn` module. It must be refused with an error, or give a module that is valid, and is the same when it is
/// printed and read again. True where it is a module.
bool checkImport(llvm::StringRef text);

} // namespace nncc::fuzz
#endif // NNCC_TEST_FUZZ_FRONTEND_H
