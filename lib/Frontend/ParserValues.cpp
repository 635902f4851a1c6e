// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Values and lists of arguments.

#include "ParserImpl.h"

using namespace nncc;
using namespace nncc::frontend;

bool Parser::parseValue(ast::Value &value) {
  return parseArithmetic(value, TokenKind::Plus, TokenKind::Minus, &Parser::parseTerm);
}

bool Parser::parseTerm(ast::Value &value) {
  return parseArithmetic(value, TokenKind::Star, TokenKind::Slash, &Parser::parseFactor);
}

bool Parser::parseArithmetic(ast::Value &value, TokenKind a, TokenKind b, bool (Parser::*operand)(ast::Value &)) {
  const Token first = peek();
  if (!(this->*operand)(value))
    return false;
  if (!is(a) && !is(b))
    return true;
  ast::Value chain;
  chain.kind = ast::Value::Kind::Arithmetic;
  chain.operands.push_back(std::move(value));
  while (is(a) || is(b)) {
    chain.operators.push_back(file.text(take().where).front());
    chain.operands.emplace_back();
    if (!(this->*operand)(chain.operands.back()))
      return false;
  }
  chain.where = since(first);
  value = std::move(chain);
  return true;
}

bool Parser::parseFactor(ast::Value &value) {
  using Kind = ast::Value::Kind;
  const Token first = peek();
  const bool nests = first.kind == TokenKind::Minus || first.kind == TokenKind::LeftParen ||
                     first.kind == TokenKind::LeftBracket ||
                     (first.kind == TokenKind::Identifier && peek(1).kind == TokenKind::LeftParen);
  Nesting nesting(depth, nests);
  if (nests && tooDeep())
    return false;
  value.where = first.where;
  switch (first.kind) {
  case TokenKind::Integer:
    take();
    value.kind = Kind::Integer;
    value.integer = first.integer;
    return true;
  case TokenKind::Float:
    take();
    value.kind = Kind::Float;
    value.number = first.number;
    value.text = file.text(first.where).str();
    return true;
  case TokenKind::String:
    take();
    value.kind = Kind::String;
    value.text = tokens.strings[first.index];
    return true;
  case TokenKind::Dimensions:
    take();
    value.kind = Kind::Dimensions;
    value.extents = tokens.dimensions[first.index];
    return true;
  case TokenKind::True:
  case TokenKind::False:
  case TokenKind::None:
    take();
    value.kind = first.kind == TokenKind::True ? Kind::True : first.kind == TokenKind::False ? Kind::False : Kind::None;
    return true;
  case TokenKind::Error:
    // Reported by the lexer; the rest of the value may still be read.
    take();
    broken = true;
    value.kind = Kind::Broken;
    return true;
  case TokenKind::Identifier:
    take();
    value.kind = Kind::Name;
    value.text = file.text(first.where).str();
    value.nameWhere = first.where;
    if (is(TokenKind::LeftParen)) {
      value.kind = Kind::Call;
      bool recovered = false;
      if (!parseArguments(value.arguments, &recovered)) {
        value.kind = Kind::Broken;
        return recovered;
      }
      value.where = since(first);
    }
    return true;
  case TokenKind::Minus:
    take();
    value.kind = Kind::Negate;
    value.operands.emplace_back();
    if (!parseFactor(value.operands.back()))
      return false;
    value.where = since(first);
    return true;
  case TokenKind::LeftParen: {
    take();
    value.kind = Kind::Paren;
    value.operands.emplace_back();
    bool good = parseValue(value.operands.back());
    if (good && is(TokenKind::Comma))
      good = failExpected("')'", "a list of values stands in brackets: [1, 2]", &first);
    else if (good && !accept(TokenKind::RightParen))
      good = failExpected("')'", "", &first);
    if (!good) {
      // The value is lost, but what follows its end is not.
      value.kind = Kind::Broken;
      return recoverTo(TokenKind::RightParen, /*stopAtArrow=*/true);
    }
    value.where = since(first);
    return true;
  }
  case TokenKind::LeftBracket: {
    take();
    value.kind = Kind::List;
    bool good = true;
    do {
      if (is(TokenKind::RightBracket) && !value.operands.empty())
        break; // a trailing comma
      value.operands.emplace_back();
      good = parseValue(value.operands.back());
      if (good && value.operands.size() > kMaxElements)
        good = fail(first, "the list has more than 100,000 elements");
    } while (good && accept(TokenKind::Comma));
    if (good && !accept(TokenKind::RightBracket))
      good = failExpected("',' or ']'", "", &first);
    if (!good) {
      value.kind = Kind::Broken;
      return recoverTo(TokenKind::RightBracket, /*stopAtArrow=*/true);
    }
    value.where = since(first);
    return true;
  }
  default:
    return failExpected("a value");
  }
}

bool Parser::parseArgument(std::vector<ast::Argument> &arguments, ArgumentOrder &order) {
  const Token first = peek();
  ast::Argument argument;
  if (first.kind == TokenKind::Identifier && peek(1).kind == TokenKind::Equal) {
    argument.name = ast::Name{file.text(first.where).str(), first.where};
    take();
    take();
    order.sawNamed = true;
  }
  if (!parseValue(argument.value))
    return false;
  argument.where = since(first);
  if (!argument.name && order.sawNamed) {
    broken = order.isWrong = true;
    diagnostics.error(argument.where, "a positional argument stands behind a named one")
        .note("name it too, or put it first");
  }
  arguments.push_back(std::move(argument));
  return true;
}

/// "(" [ arg { "," arg } [","] ] ")". After an error the rest of the list is skipped; false then, and `recovered` says whether
/// its end was found.
bool Parser::parseArguments(std::vector<ast::Argument> &arguments, bool *recovered) {
  const Token open = take();
  ArgumentOrder order;
  while (!accept(TokenKind::RightParen)) {
    bool good = parseArgument(arguments, order);
    if (good && !accept(TokenKind::Comma) && !is(TokenKind::RightParen))
      good = failExpected("',' or ')'", "", &open);
    if (!good) {
      const bool found = recoverTo(TokenKind::RightParen, /*stopAtArrow=*/true);
      if (recovered)
        *recovered = found;
      return false;
    }
  }
  // Which argument a misplaced one is nobody knows.
  if (order.isWrong && recovered)
    *recovered = true;
  return !order.isWrong;
}

std::optional<ast::Value> Parser::parseOnlyValue() {
  ast::Value value;
  if (!parseValue(value) || broken)
    return std::nullopt;
  if (!is(TokenKind::EndOfFile)) {
    failExpected("the end of the value");
    return std::nullopt;
  }
  return value;
}
