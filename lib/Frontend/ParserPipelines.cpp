// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Pipelines and bodies.

#include "ParserImpl.h"

#include "nncc/Frontend/LayerTable.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::Twine;

bool Parser::parsePipeline(ast::Pipeline &pipeline) {
  const Token first = peek();
  bool good = parseSource(pipeline.source);
  pipeline.broken = pipeline.source.kind == ast::Source::Kind::Broken;
  if (good && accept(TokenKind::Arrow))
    good = parseStages(pipeline.stages);
  pipeline.broken |= !good;
  pipeline.where = since(first);
  return good;
}

/// IDENT | "[" pipeline { "," pipeline } "]" | "(" pipeline ")".
bool Parser::parseSource(ast::Source &source) {
  const Token first = peek();
  source.where = first.where;
  if (accept(TokenKind::Identifier)) {
    source.name = {file.text(first.where).str(), first.where};
    // A stage without its '->' is told as such; what follows it can still be read.
    const bool isLayer = findLayer(source.name.text) && !declaredLayers.contains(source.name.text);
    if (isLayer || is(TokenKind::LeftParen)) {
      fail(first, "'" + source.name.text + (isLayer ? "' is a layer, not a tensor" : "' takes no arguments here: a pipeline starts with a tensor"),
           "a pipeline starts with a tensor; is a '->' missing?");
      std::vector<ast::Argument> ignored;
      if (is(TokenKind::LeftParen))
        parseArguments(ignored);
      source.kind = ast::Source::Kind::Broken;
      return true;
    }
    source.kind = ast::Source::Kind::Name;
    return true;
  }
  if (!is(TokenKind::LeftBracket) && !is(TokenKind::LeftParen)) {
    if (is(TokenKind::Repeat))
      return failExpected("a tensor", "'repeat' stands behind '->'");
    return failExpected("a tensor: a name, a list [a, b] or a pipeline in parentheses");
  }

  Nesting nesting(depth);
  if (tooDeep())
    return false;
  take();
  const bool isList = first.kind == TokenKind::LeftBracket;
  const TokenKind close = isList ? TokenKind::RightBracket : TokenKind::RightParen;
  bool good = true;
  while (true) {
    if (isList && is(close) && !source.elements.empty())
      break; // a trailing comma
    source.elements.emplace_back();
    good = parsePipeline(source.elements.back());
    if (!good || !isList || !accept(TokenKind::Comma))
      break;
  }
  if (good && !accept(close))
    good = failExpected(isList ? "',', '->' or ']'" : "'->' or ')'", "", &first);
  if (!good) {
    source.kind = ast::Source::Kind::Broken;
    return recoverTo(close);
  }
  source.kind = isList ? ast::Source::Kind::List : ast::Source::Kind::Paren;
  source.where = since(first);
  return true;
}

bool Parser::parseStages(std::vector<ast::Stage> &stages) {
  do {
    stages.emplace_back();
    if (!parseStage(stages.back())) {
      stages.back().broken = true;
      return false;
    }
  } while (accept(TokenKind::Arrow));
  return true;
}

bool Parser::parseStage(ast::Stage &stage) {
  const Token first = peek();
  stage.where = first.where;
  if (is(TokenKind::Repeat))
    return parseRepeat(stage);
  if (!accept(TokenKind::Identifier))
    return failExpected("a layer, a block or 'repeat' behind '->'");
  stage.name = {file.text(first.where).str(), first.where};
  if (is(TokenKind::LeftParen)) {
    stage.hasParens = true;
    // A list that could not be read ends here; what follows the stage can be.
    stage.broken = !parseArguments(stage.arguments);
  }
  stage.where = since(first);
  return true;
}

/// "repeat" value "{" stage { "->" stage } "}".
bool Parser::parseRepeat(ast::Stage &stage) {
  Nesting nesting(depth);
  if (tooDeep())
    return false;
  const Token first = take();
  stage.name = {"repeat", first.where};
  stage.count = std::make_unique<ast::Value>();
  bool good = parseValue(*stage.count);
  const Token open = peek();
  if (good && !accept(TokenKind::LeftBrace))
    good = failExpected("'{' behind the count of 'repeat'");
  if (!good) {
    stage.broken = true;
    // Go on behind the braces, if they are there.
    while (!is(TokenKind::LeftBrace) && !is(TokenKind::RightBrace) && !is(TokenKind::Let) &&
           !is(TokenKind::EndOfFile) && !startsDeclaration(peek().kind) && !is(TokenKind::Arrow))
      take();
    return accept(TokenKind::LeftBrace) && recoverTo(TokenKind::RightBrace);
  }
  if (is(TokenKind::Arrow))
    good = failExpected("a layer, a block or 'repeat'", "the first stage of a 'repeat' has no '->'");
  else if (is(TokenKind::RightBrace))
    good = failExpected("a layer, a block or 'repeat'");
  else
    good = parseStages(stage.body);
  if (good && !accept(TokenKind::RightBrace))
    good = failExpected("'->' or '}'", "", &open);
  if (!good) {
    stage.broken = true;
    return recoverTo(TokenKind::RightBrace);
  }
  stage.where = since(first);
  return true;
}

/// "{" { "let" IDENT "=" pipeline } pipeline "}".
void Parser::parseBody(ast::Body &body, const Twine &owner) {
  const Token open = peek();
  if (!accept(TokenKind::LeftBrace)) {
    failExpected("'{' and the body of " + owner);
    body.broken = true;
    recoverDeclaration();
    return;
  }
  while (true) {
    const Token first = peek();
    if (first.kind == TokenKind::RightBrace) {
      take();
      // An error in the text before may have swallowed the result.
      if (!body.result && !body.broken) {
        broken = body.broken = true;
        diagnostics.error(first.where, "the body of " + owner + " has no result")
            .note("it ends with a pipeline that is not bound by 'let'");
      }
      break;
    }
    if (first.kind == TokenKind::EndOfFile || startsDeclaration(first.kind)) {
      failExpected("'}' to end the body of " + owner, "", &open);
      body.broken = true;
      break;
    }
    if (first.kind == TokenKind::Let) {
      if (body.result && !body.broken) {
        fail(first, "a 'let' stands behind the result", "the result is the last pipeline of a body");
        body.broken = true;
      }
      take();
      ast::Let let;
      bool good = parseName(let.name, "behind 'let'") && expect(TokenKind::Equal, " behind the name") &&
                  parsePipeline(let.pipeline);
      let.broken = !good || let.pipeline.broken;
      let.where = since(first);
      body.lets.push_back(std::move(let));
      if (!good)
        recoverStatement();
      continue;
    }
    const size_t start = at;
    ast::Pipeline pipeline;
    // Whatever follows a complete result is one mistake: a missing '->', a missing 'let', or a stray token.
    if (body.result) {
      if (!body.broken)
        failExpected("'->' or '}' behind the result", "a body has one result; bind other pipelines with 'let NAME = ...'");
      body.broken = true;
      take();
      recoverStatement();
      continue;
    }
    if (!parsePipeline(pipeline)) {
      recoverStatement();
      // Nothing is taken where the very first token is wrong and stops the recovery too.
      if (at == start && !is(TokenKind::RightBrace) && !is(TokenKind::Let) && !startsDeclaration(peek().kind))
        take();
      body.broken = true;
      // A broken last pipeline is the result; a broken line before it is not.
      if (is(TokenKind::RightBrace))
        body.result = std::move(pipeline);
      continue;
    }
    // Likewise a stage without its '->'.
    const bool isStray = pipeline.source.kind == ast::Source::Kind::Broken && !is(TokenKind::RightBrace);
    body.broken |= isStray;
    if (!isStray)
      body.result = std::move(pipeline);
  }
  body.where = since(open);
}
