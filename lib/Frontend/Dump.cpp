// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Tokens and AST as text.

#include "nncc/Frontend/Dump.h"

#include "llvm/ADT/StringExtras.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::raw_ostream;
using llvm::StringRef;

void frontend::dumpTokens(const SourceFile &file, const Tokens &tokens, raw_ostream &out) {
  for (const Token &token : tokens.list) {
    const LineColumn at = file.position(token.where.begin);
    out << at.line << ':' << at.column << ' ' << kindName(token.kind);
    switch (token.kind) {
    case TokenKind::Identifier:
    case TokenKind::Integer:
    case TokenKind::Float:
    case TokenKind::String:
    case TokenKind::Dimensions:
    case TokenKind::Error:
      out << ' ' << file.text(token.where);
      break;
    default:
      break;
    }
    out << '\n';
  }
}

//===----------------------------------------------------------------------===//
// Source text of nodes
//===----------------------------------------------------------------------===//

static void printString(StringRef text, raw_ostream &out) {
  out << '"';
  for (char c : text) {
    switch (c) {
    case '"': out << "\\\""; break;
    case '\\': out << "\\\\"; break;
    case '\n': out << "\\n"; break;
    case '\t': out << "\\t"; break;
    default: out << c;
    }
  }
  out << '"';
}

static void printFloat(double number, raw_ostream &out) {
  // The shortest text that reads back as the same number, with a point or an exponent as the lexer wants it.
  char buffer[64];
  for (int digits = 1; digits <= 17; ++digits) {
    snprintf(buffer, sizeof buffer, "%.*g", digits, number);
    if (strtod(buffer, nullptr) == number)
      break;
  }
  // 1e-07 is 1e-7, 1e+20 is 1e20.
  auto [mantissa, exponent] = StringRef(buffer).split('e');
  out << mantissa;
  if (!exponent.empty())
    out << 'e' << (exponent.consume_front("-") ? "-" : "") << exponent.ltrim("+0");
  else if (!mantissa.contains('.'))
    out << ".0";
}

static void printArguments(llvm::ArrayRef<ast::Argument> arguments, raw_ostream &out) {
  out << '(';
  llvm::interleaveComma(arguments, out, [&](const ast::Argument &argument) {
    if (argument.name)
      out << argument.name->text << '=';
    printValue(argument.value, out);
  });
  out << ')';
}

void frontend::printValue(const ast::Value &value, raw_ostream &out) {
  using Kind = ast::Value::Kind;
  switch (value.kind) {
  case Kind::Broken: out << "<error>"; break;
  case Kind::Integer: out << value.integer; break;
  case Kind::Float:
    // As it was written, if it was.
    if (value.text.empty())
      printFloat(value.number, out);
    else
      out << value.text;
    break;
  case Kind::String: printString(value.text, out); break;
  case Kind::Dimensions: llvm::interleave(value.extents, out, "x"); break;
  case Kind::True: out << "true"; break;
  case Kind::False: out << "false"; break;
  case Kind::None: out << "none"; break;
  case Kind::Name: out << value.text; break;
  case Kind::Call:
    out << value.text;
    printArguments(value.arguments, out);
    break;
  case Kind::List:
    out << '[';
    llvm::interleaveComma(value.operands, out, [&](const ast::Value &element) { printValue(element, out); });
    out << ']';
    break;
  case Kind::Negate:
    out << '-';
    printValue(value.operands[0], out);
    break;
  case Kind::Paren:
    out << '(';
    printValue(value.operands[0], out);
    out << ')';
    break;
  case Kind::Arithmetic:
    printValue(value.operands[0], out);
    for (size_t i = 0; i < value.operators.size(); ++i) {
      out << ' ' << value.operators[i] << ' ';
      printValue(value.operands[i + 1], out);
    }
    break;
  }
}

void frontend::printStage(const ast::Stage &stage, raw_ostream &out) {
  if (!stage.isRepeat()) {
    out << stage.name.text;
    // `Flatten()` is `Flatten`.
    if (!stage.arguments.empty())
      printArguments(stage.arguments, out);
    return;
  }
  out << "repeat ";
  printValue(*stage.count, out);
  out << " { ";
  llvm::interleave(stage.body, out, [&](const ast::Stage &inner) { printStage(inner, out); }, " -> ");
  out << " }";
}

void frontend::printSource(const ast::Source &source, raw_ostream &out) {
  switch (source.kind) {
  case ast::Source::Kind::Broken: out << "<error>"; break;
  case ast::Source::Kind::Name: out << source.name.text; break;
  case ast::Source::Kind::List:
    out << '[';
    llvm::interleaveComma(source.elements, out, [&](const ast::Pipeline &element) { printPipeline(element, out); });
    out << ']';
    break;
  case ast::Source::Kind::Paren:
    out << '(';
    printPipeline(source.elements[0], out);
    out << ')';
    break;
  }
}

void frontend::printPipeline(const ast::Pipeline &pipeline, raw_ostream &out) {
  printSource(pipeline.source, out);
  for (const ast::Stage &stage : pipeline.stages) {
    out << " -> ";
    printStage(stage, out);
  }
}

//===----------------------------------------------------------------------===//
// The tree
//===----------------------------------------------------------------------===//

namespace {

class Dumper {
public:
  Dumper(const SourceFile &file, raw_ostream &out, bool positions) : file(file), out(out), positions(positions) {}

  void dump(const ast::File &tree) {
    for (const ast::File::Entry &entry : tree.order) {
      switch (entry.kind) {
      case ast::File::Kind::Const: dump(tree.consts[entry.index]); break;
      case ast::File::Kind::Block: dump(tree.blocks[entry.index]); break;
      case ast::File::Kind::Model: dump(tree.models[entry.index]); break;
      case ast::File::Kind::Train: dump(tree.trains[entry.index]); break;
      }
    }
  }

private:
  /// Starts the line of a node; what the function prints is one level deeper.
  template <typename Inside>
  void node(SourceRange where, const llvm::Twine &head, Inside inside) {
    out.indent(2 * level) << head;
    if (positions) {
      const LineColumn at = file.position(where.begin);
      out << " <" << at.line << ':' << at.column << '>';
    }
    out << '\n';
    ++level;
    inside();
    --level;
  }
  void leaf(SourceRange where, const llvm::Twine &head) {
    node(where, head, [] {});
  }

  void dump(const ast::Const &declaration) {
    node(declaration.where, "const " + declaration.name.text, [&] { dump(declaration.value); });
  }

  void dump(const ast::Block &block) {
    node(block.where, "block " + block.name.text, [&] {
      for (const ast::Parameter &tensor : block.tensors)
        leaf(tensor.name.where, "tensor " + tensor.name.text);
      for (const ast::Parameter &hyper : block.hypers)
        node(hyper.name.where, "parameter " + hyper.name.text, [&] {
          if (hyper.defaultValue)
            dump(*hyper.defaultValue);
        });
      dump(block.body);
    });
  }

  void dump(const ast::Model &model) {
    node(model.where, "model " + model.name.text, [&] {
      for (const ast::Input &input : model.inputs) {
        std::string shape;
        for (int64_t extent : input.extents)
          shape += (shape.empty() ? "" : "x") + std::to_string(extent);
        leaf(input.where, "input " + input.name.text + ": f32[" + shape + "]");
      }
      dump(model.body);
    });
  }

  void dump(const ast::Train &train) {
    node(train.where, "train", [&] {
      for (const ast::Setting &setting : train.settings)
        node(setting.where, "setting " + setting.key.text, [&] { dump(setting.value); });
    });
  }

  void dump(const ast::Body &body) {
    for (const ast::Let &let : body.lets)
      node(let.where, "let " + let.name.text, [&] { dump(let.pipeline); });
    if (body.result)
      node(body.result->where, "result", [&] { dump(*body.result); });
  }

  void dump(const ast::Pipeline &pipeline) {
    // Parentheses around a pipeline without stages of its own change nothing.
    if (pipeline.source.kind == ast::Source::Kind::Paren) {
      dump(pipeline.source.elements[0]);
    } else if (pipeline.source.kind == ast::Source::Kind::List) {
      node(pipeline.source.where, "list", [&] {
        for (const ast::Pipeline &element : pipeline.source.elements)
          node(element.where, "pipeline", [&] { dump(element); });
      });
    } else if (pipeline.source.kind == ast::Source::Kind::Name) {
      leaf(pipeline.source.where, "source " + pipeline.source.name.text);
    } else {
      leaf(pipeline.source.where, "error");
    }
    for (const ast::Stage &stage : pipeline.stages)
      dump(stage);
  }

  void dump(const ast::Stage &stage) {
    node(stage.where, stage.isRepeat() ? std::string("repeat") : "stage " + stage.name.text, [&] {
      if (stage.isRepeat())
        dump(*stage.count);
      for (const ast::Argument &argument : stage.arguments)
        dump(argument);
      for (const ast::Stage &inner : stage.body)
        dump(inner);
    });
  }

  void dump(const ast::Argument &argument) {
    if (!argument.name)
      return dump(argument.value);
    node(argument.where, "argument " + argument.name->text, [&] { dump(argument.value); });
  }

  void dump(const ast::Value &value) {
    using Kind = ast::Value::Kind;
    std::string text;
    llvm::raw_string_ostream stream(text);
    switch (value.kind) {
    case Kind::Paren:
      return dump(value.operands[0]);
    case Kind::Call:
      return node(value.where, "call " + value.text, [&] {
        for (const ast::Argument &argument : value.arguments)
          dump(argument);
      });
    case Kind::List:
    case Kind::Negate:
      return node(value.where, value.kind == Kind::List ? "values" : "negate", [&] {
        for (const ast::Value &operand : value.operands)
          dump(operand);
      });
    case Kind::Arithmetic:
      return node(value.where, "arithmetic", [&] {
        dump(value.operands[0]);
        for (size_t i = 0; i < value.operators.size(); ++i)
          node(value.operands[i + 1].where, llvm::StringRef(&value.operators[i], 1), [&] { dump(value.operands[i + 1]); });
      });
    case Kind::Name:
      return leaf(value.where, "name " + value.text);
    default:
      printValue(value, stream);
      return leaf(value.where, text);
    }
  }

  const SourceFile &file;
  raw_ostream &out;
  bool positions;
  unsigned level = 0;
};

} // namespace

void frontend::dumpAST(const SourceFile &file, const ast::File &tree, raw_ostream &out, bool positions) {
  Dumper(file, out, positions).dump(tree);
}
