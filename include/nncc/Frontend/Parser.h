// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_PARSER_H
#define NNCC_FRONTEND_PARSER_H

#include "nncc/Frontend/AST.h"
#include "nncc/Frontend/Token.h"
#include "nncc/Support/Diagnostics.h"

namespace nncc::frontend {

/// How deep parentheses, lists, `repeat`s and uses of blocks may nest.
inline constexpr unsigned kMaxNesting = 256;
/// Elements of a list of values.
inline constexpr size_t kMaxElements = 100'000;

/// Tokens to the tree of language.md's grammar, by recursive descent. After a syntax error the parser goes on at the next
/// stage, statement or declaration; what it could not read is marked broken.
ast::File parse(const SourceFile &file, const Tokens &tokens, Diagnostics &diagnostics);

/// Parses a text that is one value and nothing else, e.g. that of -D; none where it is not.
std::optional<ast::Value> parseValue(const SourceFile &file, const Tokens &tokens, Diagnostics &diagnostics);

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_PARSER_H
