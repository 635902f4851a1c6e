// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Constants, blocks, the model, the train section.

#include "ParserImpl.h"

#include "nncc/Frontend/LayerTable.h"
#include "nncc/Support/NearestName.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::Twine;

bool Parser::parseName(ast::Name &name, const Twine &what) {
  const Token token = peek();
  name.where = token.where;
  if (accept(TokenKind::Identifier)) {
    name.text = file.text(token.where).str();
    if (findLayer(name.text))
      declaredLayers.insert(name.text);
    return true;
  }
  const bool isKeyword = token.kind >= TokenKind::Const && token.kind <= TokenKind::None;
  failExpected("a name " + what, isKeyword ? "a keyword cannot be a name" : "");
  if (isKeyword || token.kind == TokenKind::Error) {
    // Read on as if it were a name: the rest of the declaration is worth reading.
    take();
    return true;
  }
  return false;
}

bool Parser::parseConst(ast::Const &result) {
  const Token first = take();
  const bool good = parseName(result.name, "behind 'const'") && expect(TokenKind::Equal, " and the constant's value") &&
                    parseValue(result.value);
  if (!good)
    result.value = brokenValue(first);
  result.where = since(first);
  return good;
}

bool Parser::parseBlockParameter(ast::Block &block) {
  ast::Parameter parameter;
  if (!parseName(parameter.name, "for a parameter"))
    return false;
  if (accept(TokenKind::Colon)) {
    if (!is(TokenKind::Identifier) || file.text(peek().where) != "tensor")
      return failExpected("'tensor'", "numbers and names are parameters without a type: 'filters' or 'kernel = 3x3'");
    take();
    parameter.isTensor = true;
    if (!block.hypers.empty()) {
      broken = block.broken = true;
      diagnostics.error(parameter.name.where, "a tensor parameter stands behind others")
          .note("a block's tensor parameters come first");
    }
    block.tensors.push_back(std::move(parameter));
    return true;
  }
  if (accept(TokenKind::Equal)) {
    parameter.defaultValue.emplace();
    if (!parseValue(*parameter.defaultValue))
      return false;
  }
  if (block.tensors.empty() && block.hypers.empty()) {
    broken = block.broken = true;
    diagnostics.error(parameter.name.where, "the first parameter of a block is a tensor")
        .note("write '" + parameter.name.text + ": tensor'");
  }
  block.hypers.push_back(std::move(parameter));
  return true;
}

bool Parser::parseBlockHead(ast::Block &block) {
  if (!parseName(block.name, "behind 'block'"))
    return false;
  const Token open = peek();
  if (!expect(TokenKind::LeftParen, " and the block's parameters"))
    return false;
  if (is(TokenKind::RightParen))
    failExpected("a tensor parameter like 'x: tensor'");
  bool good = !is(TokenKind::RightParen);
  while (good && !is(TokenKind::RightParen)) {
    good = parseBlockParameter(block);
    if (good && !accept(TokenKind::Comma) && !is(TokenKind::RightParen))
      good = failExpected("',' or ')'", "", &open);
  }
  if (!good) {
    block.broken = true;
    return recoverTo(TokenKind::RightParen, /*stopAtArrow=*/true) || is(TokenKind::LeftBrace);
  }
  take();
  return true;
}

void Parser::parseBlock(ast::Block &block) {
  const Token first = take();
  if (parseBlockHead(block)) {
    parseBody(block.body, "block '" + block.name.text + "'");
  } else {
    block.broken = block.body.broken = true;
    recoverDeclaration();
  }
  block.where = since(first);
}

bool Parser::parseInput(ast::Model &model) {
  ast::Input input;
  const Token first = peek();
  const std::string form = "an input is written 'image: f32[32x32x3]'";
  if (!parseName(input.name, "for an input"))
    return false;
  if (!accept(TokenKind::Colon))
    return failExpected("':' and the type of the input", form);
  const Token type = peek();
  if (!accept(TokenKind::Identifier))
    return failExpected("the type 'f32'", form);
  if (file.text(type.where) != "f32") {
    broken = input.broken = true;
    diagnostics.error(type.where, "unknown type '" + file.text(type.where) + "'").note("the only type is f32");
  }
  if (!accept(TokenKind::LeftBracket))
    return failExpected("'[' and the shape of a sample", form);
  const Token shape = peek();
  input.extentsWhere = shape.where;
  if (accept(TokenKind::Integer)) {
    input.extents = {shape.integer};
  } else if (accept(TokenKind::Dimensions)) {
    input.extents = tokens.dimensions[shape.index];
  } else if (accept(TokenKind::Error)) {
    broken = input.broken = true;
  } else {
    return failExpected("the shape of a sample, as 500x7", "the batch axis is not written");
  }
  if (!accept(TokenKind::RightBracket))
    return failExpected("']'", is(TokenKind::Comma) || is(TokenKind::Identifier) ? "extents are joined by 'x' without spaces: 32x32x3" : "");
  input.where = since(first);
  model.inputs.push_back(std::move(input));
  return true;
}

bool Parser::parseModelHead(ast::Model &model) {
  if (!parseName(model.name, "behind 'model'"))
    return false;
  const Token open = peek();
  if (!expect(TokenKind::LeftParen, " and the model's inputs"))
    return false;
  if (is(TokenKind::RightParen))
    failExpected("an input like 'image: f32[32x32x3]'");
  bool good = !is(TokenKind::RightParen);
  while (good && !is(TokenKind::RightParen)) {
    good = parseInput(model);
    if (good && !accept(TokenKind::Comma) && !is(TokenKind::RightParen))
      good = failExpected("',' or ')'", "", &open);
  }
  if (!good) {
    model.broken = true;
    return recoverTo(TokenKind::RightParen, /*stopAtArrow=*/true) || is(TokenKind::LeftBrace);
  }
  take();
  return true;
}

void Parser::parseModel(ast::Model &model) {
  const Token first = take();
  if (parseModelHead(model)) {
    parseBody(model.body, "model '" + model.name.text + "'");
  } else {
    model.broken = model.body.broken = true;
    recoverDeclaration();
  }
  model.where = since(first);
}

void Parser::parseTrain(ast::Train &train) {
  const Token first = take();
  train.keyword = first.where;
  const Token open = peek();
  if (!expect(TokenKind::LeftBrace, " behind 'train'")) {
    train.broken = true;
    recoverDeclaration();
    return;
  }
  while (!accept(TokenKind::RightBrace)) {
    const Token key = peek();
    if (is(TokenKind::EndOfFile) || startsDeclaration(key.kind)) {
      failExpected("'}' to end the train section", "", &open);
      train.broken = true;
      break;
    }
    ast::Setting setting;
    bool good = true;
    if (is(TokenKind::Comma))
      good = failExpected("a setting 'key = value' or '}'", "settings are not separated by commas");
    else
      good = parseName(setting.key, "of a setting") && expect(TokenKind::Equal, " behind the setting's name");
    // The next setting is no value.
    if (good && peek().firstOnLine && is(TokenKind::Identifier) && peek(1).kind == TokenKind::Equal)
      good = failExpected("a value for '" + setting.key.text + "'");
    good = good && parseValue(setting.value);
    if (!good) {
      // A half-read setting still counts as given: one mistake, one error.
      setting.value = brokenValue(key);
      train.broken |= setting.key.text.empty();
      if (is(TokenKind::Comma))
        take();
      recoverSetting();
    }
    setting.where = since(key);
    train.settings.push_back(std::move(setting));
  }
  train.where = since(first);
}

ast::File Parser::parseFile() {
  using Kind = ast::File::Kind;
  ast::File result;
  while (!is(TokenKind::EndOfFile)) {
    switch (peek().kind) {
    case TokenKind::Const:
      result.order.push_back({Kind::Const, result.consts.size()});
      result.consts.emplace_back();
      if (!parseConst(result.consts.back()))
        recoverDeclaration();
      break;
    case TokenKind::Block:
      result.order.push_back({Kind::Block, result.blocks.size()});
      result.blocks.emplace_back();
      parseBlock(result.blocks.back());
      break;
    case TokenKind::Model:
      result.order.push_back({Kind::Model, result.models.size()});
      result.models.emplace_back();
      parseModel(result.models.back());
      break;
    case TokenKind::Train:
      result.order.push_back({Kind::Train, result.trains.size()});
      result.trains.emplace_back();
      parseTrain(result.trains.back());
      break;
    default: {
      const llvm::StringRef nearest =
          is(TokenKind::Identifier) ? nearestName(file.text(peek().where), {"const", "block", "model", "train"}) : "";
      failExpected("a declaration: 'const', 'block', 'model' or 'train'",
                   nearest.empty() ? Twine("") : "did you mean '" + nearest + "'?");
      take();
      recoverDeclaration();
    }
    }
  }
  result.broken = broken;
  return result;
}
