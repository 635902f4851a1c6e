// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Names of tokens.

#include "nncc/Frontend/Token.h"

#include "llvm/ADT/Twine.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;

StringRef frontend::kindName(TokenKind kind) {
  switch (kind) {
  case TokenKind::Identifier: return "identifier";
  case TokenKind::Integer: return "integer";
  case TokenKind::Float: return "float";
  case TokenKind::String: return "string";
  case TokenKind::Dimensions: return "dimensions";
  case TokenKind::Const: return "'const'";
  case TokenKind::Block: return "'block'";
  case TokenKind::Model: return "'model'";
  case TokenKind::Train: return "'train'";
  case TokenKind::Let: return "'let'";
  case TokenKind::Repeat: return "'repeat'";
  case TokenKind::True: return "'true'";
  case TokenKind::False: return "'false'";
  case TokenKind::None: return "'none'";
  case TokenKind::LeftBrace: return "'{'";
  case TokenKind::RightBrace: return "'}'";
  case TokenKind::LeftParen: return "'('";
  case TokenKind::RightParen: return "')'";
  case TokenKind::LeftBracket: return "'['";
  case TokenKind::RightBracket: return "']'";
  case TokenKind::Comma: return "','";
  case TokenKind::Colon: return "':'";
  case TokenKind::Equal: return "'='";
  case TokenKind::Arrow: return "'->'";
  case TokenKind::Plus: return "'+'";
  case TokenKind::Minus: return "'-'";
  case TokenKind::Star: return "'*'";
  case TokenKind::Slash: return "'/'";
  case TokenKind::Error: return "error";
  case TokenKind::EndOfFile: return "end of file";
  }
  return "";
}

std::string frontend::describeToken(const Token &token, const SourceFile &file) {
  StringRef text = file.text(token.where);
  switch (token.kind) {
  case TokenKind::EndOfFile:
    return "the end of the file";
  case TokenKind::String:
    return ("the string " + text).str();
  case TokenKind::Const:
  case TokenKind::Block:
  case TokenKind::Model:
  case TokenKind::Train:
  case TokenKind::Let:
  case TokenKind::Repeat:
    return ("the keyword '" + text + "'").str();
  default:
    return ("'" + text + "'").str();
  }
}
