// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_TOKEN_H
#define NNCC_FRONTEND_TOKEN_H

#include "nncc/Support/SourceFile.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nncc::frontend {

enum class TokenKind : uint8_t {
  // Literals and names.
  Identifier,
  Integer,
  Float,
  String,
  Dimensions,
  // Keywords.
  Const,
  Block,
  Model,
  Train,
  Let,
  Repeat,
  True,
  False,
  None,
  // Punctuation.
  LeftBrace,
  RightBrace,
  LeftParen,
  RightParen,
  LeftBracket,
  RightBracket,
  Comma,
  Colon,
  Equal,
  Arrow,
  Plus,
  Minus,
  Star,
  Slash,
  // What the lexer has already reported; a parser that meets it says nothing more.
  Error,
  EndOfFile,
};

/// One token. Its text is the source's, at `where`; numbers are decoded.
struct Token {
  TokenKind kind = TokenKind::EndOfFile;
  /// No other token stands before it on its line.
  bool firstOnLine = false;
  SourceRange where;
  int64_t integer = 0; // Integer
  double number = 0;   // Float
  /// Index into `Tokens::strings` or `Tokens::dimensions`.
  uint32_t index = 0;
};

/// A comment, from its '#' to the end of the line.
struct Comment {
  SourceRange where;
  bool firstOnLine = false;
};

/// All tokens of a file, the last being EndOfFile, and what they refer to.
struct Tokens {
  std::vector<Token> list;
  std::vector<std::string> strings;             // decoded
  std::vector<std::vector<int64_t>> dimensions; // two or more extents each
  std::vector<Comment> comments;
};

/// The kind's name in -emit=tokens: "identifier", "integer", "'->'", "'let'".
llvm::StringRef kindName(TokenKind kind);
/// A token in an error message: "'Conv2D'", "the string \"a\"", "the end of the file".
std::string describeToken(const Token &token, const SourceFile &file);

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_TOKEN_H
