// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Support/SnakeCase.h"

#include "llvm/ADT/StringExtras.h"

std::string nncc::snakeCase(llvm::StringRef name) {
  std::string result;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const char next = i + 1 < name.size() ? name[i + 1] : '\0';
    const bool startsWord = llvm::isLower(next) || llvm::isDigit(next);
    if (i > 0 && llvm::isUpper(c) && (startsWord || llvm::isLower(name[i - 1])))
      result += '_';
    result += llvm::toLower(c);
  }
  return result;
}
