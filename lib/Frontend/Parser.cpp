// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Errors of the parser, and how it goes on after them.

#include "nncc/Frontend/Parser.h"

#include "ParserImpl.h"

#include "llvm/ADT/SmallVector.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::Twine;

bool Parser::fail(const Token &token, const Twine &message, const Twine &hint, const Token *opened) {
  broken = true;
  // The lexer has reported this one; or one that took the rest of its line, where what is missing may have stood.
  if (token.kind == TokenKind::Error ||
      (previous().kind == TokenKind::Error && (token.firstOnLine || token.kind == TokenKind::EndOfFile)))
    return false;
  SourceRange where = token.where;
  // The end of the file is shown behind the last token, where something is missing.
  if (token.kind == TokenKind::EndOfFile && tokens.list.size() > 1) {
    const uint32_t end = tokens.list[tokens.list.size() - 2].where.end;
    where = {end, end};
  }
  Diagnostic &diagnostic = diagnostics.error(where, message);
  if (!hint.isTriviallyEmpty())
    diagnostic.note(hint);
  if (opened)
    diagnostic.note("the " + kindName(opened->kind) + " stands", opened->where);
  return false;
}

/// Skips to the closing token that matches an opening one already taken, and takes it. False where the text runs into
/// something that cannot be inside.
bool Parser::recoverTo(TokenKind close, bool stopAtArrow) {
  llvm::SmallVector<TokenKind> open;
  while (true) {
    const TokenKind kind = peek().kind;
    if (kind == TokenKind::EndOfFile || kind == TokenKind::Let || startsDeclaration(kind) ||
        (stopAtArrow && kind == TokenKind::Arrow))
      return false;
    if (kind == close && open.empty()) {
      take();
      return true;
    }
    switch (kind) {
    case TokenKind::LeftParen: open.push_back(TokenKind::RightParen); break;
    case TokenKind::LeftBracket: open.push_back(TokenKind::RightBracket); break;
    case TokenKind::LeftBrace:
      if (stopAtArrow)
        return false;
      open.push_back(TokenKind::RightBrace);
      break;
    case TokenKind::RightBrace:
      // Brackets left open inside of braces end with them.
      while (!open.empty() && open.back() != TokenKind::RightBrace)
        open.pop_back();
      if (open.empty())
        return false;
      open.pop_back();
      break;
    case TokenKind::RightParen:
    case TokenKind::RightBracket:
      if (!open.empty() && open.back() == kind)
        open.pop_back();
      break;
    default:
      break;
    }
    take();
  }
}

/// Skips to what looks like the start of the next statement of a body, or to the body's end.
void Parser::recoverStatement() {
  int braces = 0, brackets = 0;
  while (true) {
    const Token &token = peek();
    if (token.kind == TokenKind::EndOfFile || startsDeclaration(token.kind) || token.kind == TokenKind::Let)
      return;
    if (token.kind == TokenKind::RightBrace && braces-- == 0)
      return;
    const bool startsPipeline = token.kind == TokenKind::Identifier || token.kind == TokenKind::LeftBracket ||
                                token.kind == TokenKind::LeftParen;
    const TokenKind before = previous().kind;
    const bool continues = before == TokenKind::Arrow || before == TokenKind::Comma || before == TokenKind::Equal ||
                           before == TokenKind::LeftParen || before == TokenKind::LeftBracket ||
                           before == TokenKind::LeftBrace;
    if (token.firstOnLine && startsPipeline && !continues && braces == 0 && brackets <= 0)
      return;
    if (token.kind == TokenKind::LeftBrace)
      ++braces;
    if (token.kind == TokenKind::LeftParen || token.kind == TokenKind::LeftBracket)
      ++brackets;
    if (token.kind == TokenKind::RightParen || token.kind == TokenKind::RightBracket)
      --brackets;
    take();
  }
}

/// Skips to the next `key =` of a train section, or to its end.
void Parser::recoverSetting() {
  int brackets = 0;
  while (!is(TokenKind::EndOfFile) && !is(TokenKind::RightBrace) && !startsDeclaration(peek().kind)) {
    const Token &token = peek();
    // Inside of parentheses it is an argument, unless a line starts with it.
    if ((token.firstOnLine || brackets <= 0) && is(TokenKind::Identifier) && peek(1).kind == TokenKind::Equal)
      return;
    brackets += is(TokenKind::LeftParen) || is(TokenKind::LeftBracket);
    brackets -= is(TokenKind::RightParen) || is(TokenKind::RightBracket);
    take();
  }
}

ast::File frontend::parse(const SourceFile &file, const Tokens &tokens, Diagnostics &diagnostics) {
  return Parser(file, tokens, diagnostics).parseFile();
}

std::optional<ast::Value> frontend::parseValue(const SourceFile &file, const Tokens &tokens, Diagnostics &diagnostics) {
  return Parser(file, tokens, diagnostics).parseOnlyValue();
}
