// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_SUPPORT_PRINTABLETEXT_H
#define NNCC_SUPPORT_PRINTABLETEXT_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace nncc {

/// A text that came from outside, as a message may show it: what would move the cursor, change colours, turn the direction of
/// writing, or is no character at all, stands as an escape (`\n`, `\x1B`, `\u{202E}`). All else, in any script, stays as it is, a
/// backslash too: the result is for people and need not be unescaped.
std::string printable(llvm::StringRef text);

/// The same of a text of several lines: their ends and tabs stay.
std::string printableLines(llvm::StringRef text);

} // namespace nncc

#endif // NNCC_SUPPORT_PRINTABLETEXT_H
