// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_LEXER_H
#define NNCC_FRONTEND_LEXER_H

#include "nncc/Frontend/Token.h"
#include "nncc/Support/Diagnostics.h"

namespace nncc::frontend {

/// The largest source that is read.
inline constexpr size_t kMaxSourceBytes = size_t(16) << 20;

/// The longest name, number or list of dimensions, and the longest string.
inline constexpr size_t kMaxWordBytes = 1000;
inline constexpr size_t kMaxStringBytes = 10'000;

/// Splits a text into tokens. Errors go to `diagnostics`; the list always ends with EndOfFile. A text that is larger than
/// kMaxSourceBytes is an error and gives no tokens but the end.
Tokens lex(const SourceFile &file, Diagnostics &diagnostics);

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_LEXER_H
