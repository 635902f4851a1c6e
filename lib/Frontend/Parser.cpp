// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Tokens to AST.

#include "nncc/Frontend/Parser.h"

#include "nncc/Frontend/LayerTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

namespace {

class Parser {
public:
  Parser(const SourceFile &file, const Tokens &tokens, Diagnostics &diagnostics)
      : file(file), tokens(tokens), diagnostics(diagnostics) {}

  ast::File parseFile();
  std::optional<ast::Value> parseOnlyValue();

private:
  // Tokens.
  const Token &peek(size_t ahead = 0) const {
    return tokens.list[std::min(at + ahead, tokens.list.size() - 1)];
  }
  bool is(TokenKind kind) const { return peek().kind == kind; }
  Token take() {
    const Token token = peek();
    if (at + 1 < tokens.list.size())
      ++at;
    return token;
  }
  bool accept(TokenKind kind) {
    if (!is(kind))
      return false;
    take();
    return true;
  }
  const Token &previous() const { return tokens.list[at == 0 ? 0 : at - 1]; }
  SourceRange since(const Token &first) const { return spanning(first.where, previous().where); }
  SourceRange since(SourceRange first) const { return spanning(first, previous().where); }

  // Errors. All return false.
  bool fail(const Token &token, const Twine &message, const Twine &hint = "", const Token *opened = nullptr);
  bool failExpected(const Twine &expected, const Twine &hint = "", const Token *opened = nullptr) {
    return fail(peek(), "expected " + expected + ", found " + describeToken(peek(), file), hint, opened);
  }
  bool expect(TokenKind kind, const Twine &purpose) {
    return accept(kind) || failExpected(kindName(kind) + Twine(purpose));
  }

  /// Counts one more level of nesting while it lives.
  struct Nesting {
    explicit Nesting(unsigned &depth, bool nests = true) : depth(depth), levels(nests) { depth += levels; }
    ~Nesting() { depth -= levels; }
    unsigned &depth;
    unsigned levels;
  };
  bool tooDeep() {
    return depth > kMaxNesting && !fail(peek(), "nested more than " + Twine(kMaxNesting) + " deep");
  }

  // Recovery.
  static bool startsDeclaration(TokenKind kind) {
    return kind == TokenKind::Const || kind == TokenKind::Block || kind == TokenKind::Model || kind == TokenKind::Train;
  }
  bool recoverTo(TokenKind close, bool stopAtArrow = false);
  void recoverStatement();
  void recoverSetting();
  void recoverDeclaration() {
    while (!is(TokenKind::EndOfFile) && !startsDeclaration(peek().kind))
      take();
  }

  // Values.
  ast::Value brokenValue(const Token &first) {
    ast::Value value;
    value.where = first.where;
    return value;
  }
  bool parseValue(ast::Value &value);
  bool parseTerm(ast::Value &value);
  bool parseFactor(ast::Value &value);
  bool parseArithmetic(ast::Value &value, TokenKind a, TokenKind b, bool (Parser::*operand)(ast::Value &));
  bool parseArguments(std::vector<ast::Argument> &arguments, bool *recovered = nullptr);
  bool parseArgument(std::vector<ast::Argument> &arguments, bool &sawNamed);

  // Pipelines.
  bool parsePipeline(ast::Pipeline &pipeline);
  bool parseSource(ast::Source &source);
  bool parseStages(std::vector<ast::Stage> &stages);
  bool parseStage(ast::Stage &stage);
  bool parseRepeat(ast::Stage &stage);
  void parseBody(ast::Body &body, const Twine &owner);

  // Declarations.
  bool parseName(ast::Name &name, const Twine &what);
  bool parseConst(ast::Const &result);
  void parseBlock(ast::Block &block);
  bool parseBlockHead(ast::Block &block);
  bool parseBlockParameter(ast::Block &block);
  void parseModel(ast::Model &model);
  bool parseModelHead(ast::Model &model);
  bool parseInput(ast::Model &model);
  void parseTrain(ast::Train &train);

  const SourceFile &file;
  const Tokens &tokens;
  Diagnostics &diagnostics;
  size_t at = 0;
  unsigned depth = 0;
  bool broken = false;
};

bool Parser::fail(const Token &token, const Twine &message, const Twine &hint, const Token *opened) {
  broken = true;
  // The lexer has reported this one.
  if (token.kind == TokenKind::Error)
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
  while (!is(TokenKind::EndOfFile) && !is(TokenKind::RightBrace) && !startsDeclaration(peek().kind)) {
    if (peek().firstOnLine && is(TokenKind::Identifier) && peek(1).kind == TokenKind::Equal)
      return;
    take();
  }
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

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

bool Parser::parseArgument(std::vector<ast::Argument> &arguments, bool &sawNamed) {
  const Token first = peek();
  ast::Argument argument;
  if (first.kind == TokenKind::Identifier && peek(1).kind == TokenKind::Equal) {
    argument.name = ast::Name{file.text(first.where).str(), first.where};
    take();
    take();
    sawNamed = true;
  }
  if (!parseValue(argument.value))
    return false;
  argument.where = since(first);
  if (!argument.name && sawNamed) {
    broken = true;
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
  bool sawNamed = false;
  while (!accept(TokenKind::RightParen)) {
    bool good = parseArgument(arguments, sawNamed);
    if (good && !accept(TokenKind::Comma) && !is(TokenKind::RightParen))
      good = failExpected("',' or ')'", "", &open);
    if (!good) {
      const bool found = recoverTo(TokenKind::RightParen, /*stopAtArrow=*/true);
      if (recovered)
        *recovered = found;
      return false;
    }
  }
  return true;
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

//===----------------------------------------------------------------------===//
// Pipelines
//===----------------------------------------------------------------------===//

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
    const bool isLayer = findLayer(source.name.text) != nullptr;
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

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

bool Parser::parseName(ast::Name &name, const Twine &what) {
  const Token token = peek();
  name.where = token.where;
  if (accept(TokenKind::Identifier)) {
    name.text = file.text(token.where).str();
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
    return failExpected("']'", is(TokenKind::Comma) ? "extents are joined by 'x': 32x32x3" : "");
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
    default:
      failExpected("a declaration: 'const', 'block', 'model' or 'train'");
      take();
      recoverDeclaration();
    }
  }
  result.broken = broken;
  return result;
}

} // namespace

ast::File frontend::parse(const SourceFile &file, const Tokens &tokens, Diagnostics &diagnostics) {
  return Parser(file, tokens, diagnostics).parseFile();
}

std::optional<ast::Value> frontend::parseValue(const SourceFile &file, const Tokens &tokens, Diagnostics &diagnostics) {
  return Parser(file, tokens, diagnostics).parseOnlyValue();
}
