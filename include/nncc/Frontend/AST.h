// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_AST_H
#define NNCC_FRONTEND_AST_H

#include "nncc/Support/SourceFile.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The abstract syntax of language.md's grammar, one struct a production. Every node knows its place. A node that holds a
/// syntax error (already reported) is `broken`: what it says is incomplete and says nothing about the rest.
namespace nncc::frontend::ast {

struct Name {
  std::string text;
  SourceRange where;
};

struct Argument;

/// value, term and factor.
struct Value {
  enum class Kind {
    Broken,     // reported
    Integer,    // integer
    Float,      // number; text: as written
    String,     // text
    Dimensions, // extents
    True,
    False,
    None,
    Name,       // text
    Call,       // text, nameWhere, arguments
    List,       // operands
    Negate,     // operands[0]
    Arithmetic, // operands[0] operators[0] operands[1] operators[1] ..., from left to right, of one precedence
    Paren,      // operands[0]; kept for the formatter
  };
  Kind kind = Kind::Broken;
  SourceRange where;
  int64_t integer = 0;
  double number = 0;
  std::string text;
  SourceRange nameWhere;
  std::vector<int64_t> extents;
  std::vector<Value> operands;
  std::vector<char> operators;
  std::vector<Argument> arguments;
};

/// value | IDENT "=" value.
struct Argument {
  std::optional<Name> name;
  Value value;
  SourceRange where;
};

struct Pipeline;

struct Stage {
  SourceRange where;
  /// A layer or a block; empty for `repeat`.
  Name name;
  std::vector<Argument> arguments;
  bool hasParens = false;
  bool broken = false;
  /// Set for `repeat`: `where` of the name is the keyword's.
  std::unique_ptr<Value> count;
  std::vector<Stage> body;

  bool isRepeat() const { return count != nullptr; }
};

struct Source {
  enum class Kind { Broken, Name, List, Paren };
  Kind kind = Kind::Broken;
  SourceRange where;
  Name name;
  std::vector<Pipeline> elements; // List: one or more; Paren: one
};

struct Pipeline {
  SourceRange where;
  Source source;
  std::vector<Stage> stages;
  bool broken = false;
};

struct Let {
  SourceRange where;
  Name name;
  Pipeline pipeline;
  bool broken = false;
};

struct Body {
  SourceRange where; // braces included
  std::vector<Let> lets;
  std::optional<Pipeline> result;
  /// A syntax error in the body itself: its result is not what was meant.
  bool broken = false;
};

struct Const {
  SourceRange where;
  Name name;
  Value value;
};

struct Parameter {
  Name name;
  bool isTensor = false;
  std::optional<Value> defaultValue;
};

struct Block {
  SourceRange where;
  Name name;
  std::vector<Parameter> tensors;
  std::vector<Parameter> hypers;
  Body body;
  bool broken = false; // in its head
};

struct Input {
  SourceRange where;
  Name name;
  std::vector<int64_t> extents;
  SourceRange extentsWhere;
  bool broken = false;
};

struct Model {
  SourceRange where;
  Name name;
  std::vector<Input> inputs;
  Body body;
  bool broken = false; // in its head
};

struct Setting {
  Name key;
  Value value;
  SourceRange where;
};

struct Train {
  SourceRange where;
  SourceRange keyword;
  std::vector<Setting> settings;
  bool broken = false;
};

/// A whole file; `order` lists the declarations as they stand.
struct File {
  enum class Kind { Const, Block, Model, Train };
  struct Entry {
    Kind kind;
    size_t index;
  };
  std::vector<Const> consts;
  std::vector<Block> blocks;
  std::vector<Model> models;
  std::vector<Train> trains;
  std::vector<Entry> order;
  /// Some syntax error was reported.
  bool broken = false;
};

} // namespace nncc::frontend::ast

#endif // NNCC_FRONTEND_AST_H
