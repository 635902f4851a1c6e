// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_PARSERIMPL_H
#define NNCC_LIB_FRONTEND_PARSERIMPL_H

#include "nncc/Frontend/Parser.h"

#include "llvm/ADT/StringSet.h"

#include <algorithm>

namespace nncc::frontend {

/// The recursive descent parser. Parts: Parser.cpp (errors, recovery), ParserValues.cpp, ParserPipelines.cpp,
/// ParserDeclarations.cpp. A function that returns false has reported an error and left the rest to its caller's recovery.
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
  bool fail(const Token &token, const llvm::Twine &message, const llvm::Twine &hint = "", const Token *opened = nullptr);
  bool failExpected(const llvm::Twine &expected, const llvm::Twine &hint = "", const Token *opened = nullptr) {
    return fail(peek(), "expected " + expected + ", found " + describeToken(peek(), file), hint, opened);
  }
  bool expect(TokenKind kind, const llvm::Twine &purpose) {
    return accept(kind) || failExpected(kindName(kind) + llvm::Twine(purpose));
  }

  /// Counts one more level of nesting while it lives.
  struct Nesting {
    explicit Nesting(unsigned &depth, bool nests = true) : depth(depth), levels(nests) { depth += levels; }
    ~Nesting() { depth -= levels; }
    unsigned &depth;
    unsigned levels;
  };
  bool tooDeep() {
    return depth > kMaxNesting && !fail(peek(), "nested more than " + llvm::Twine(kMaxNesting) + " deep");
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
  struct ArgumentOrder {
    bool sawNamed = false;
    bool isWrong = false;
  };
  bool parseArgument(std::vector<ast::Argument> &arguments, ArgumentOrder &order);

  // Pipelines.
  bool parsePipeline(ast::Pipeline &pipeline);
  bool parseSource(ast::Source &source);
  bool parseStages(std::vector<ast::Stage> &stages);
  bool parseStage(ast::Stage &stage);
  bool parseRepeat(ast::Stage &stage);
  void parseBody(ast::Body &body, const llvm::Twine &owner);

  // Declarations.
  bool parseName(ast::Name &name, const llvm::Twine &what);
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
  /// Names of layers that something is declared as, which is reported later.
  llvm::StringSet<> declaredLayers;
  size_t at = 0;
  unsigned depth = 0;
  bool broken = false;
};

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_PARSERIMPL_H
