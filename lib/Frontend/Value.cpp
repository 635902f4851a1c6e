// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Values and their text.

#include "nncc/Frontend/Value.h"

#include "nncc/Frontend/Dump.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;

StringRef Value::text() const { return payload ? StringRef(payload->text) : StringRef(); }

llvm::ArrayRef<Value> Value::elements() const {
  return payload ? llvm::ArrayRef<Value>(payload->elements) : llvm::ArrayRef<Value>();
}

llvm::ArrayRef<NamedValue> Value::arguments() const {
  return payload ? llvm::ArrayRef<NamedValue>(payload->arguments) : llvm::ArrayRef<NamedValue>();
}

const Value *Value::argument(StringRef name) const {
  for (const NamedValue &argument : arguments())
    if (argument.name == name)
      return &argument.value;
  return nullptr;
}

std::vector<int64_t> Value::integers() const {
  std::vector<int64_t> result;
  for (const Value &element : elements())
    result.push_back(element.integer);
  return result;
}

static Value withPayload(Value::Kind kind, SourceRange where, Value::Payload payload) {
  Value result;
  result.kind = kind;
  result.where = where;
  result.payload = std::make_shared<const Value::Payload>(std::move(payload));
  return result;
}

Value Value::string(StringRef text, SourceRange where) {
  return withPayload(Kind::String, where, {text.str(), {}, {}});
}

Value Value::symbol(StringRef text, SourceRange where) {
  return withPayload(Kind::Symbol, where, {text.str(), {}, {}});
}

Value Value::list(std::vector<Value> elements, SourceRange where, bool isDimensions) {
  Value result = withPayload(Kind::List, where, {"", std::move(elements), {}});
  result.isDimensions = isDimensions;
  return result;
}

Value Value::call(StringRef name, std::vector<NamedValue> arguments, SourceRange where) {
  return withPayload(Kind::Call, where, {name.str(), {}, std::move(arguments)});
}

/// The value as source text, for use inside of other values.
static ast::Value toTree(const Value &value) {
  ast::Value tree;
  switch (value.kind) {
  case Value::Kind::Unknown: break;
  case Value::Kind::None: tree.kind = ast::Value::Kind::None; break;
  case Value::Kind::Boolean: tree.kind = value.integer ? ast::Value::Kind::True : ast::Value::Kind::False; break;
  case Value::Kind::Integer:
    tree.kind = ast::Value::Kind::Integer;
    tree.integer = value.integer;
    break;
  case Value::Kind::Float:
    tree.kind = ast::Value::Kind::Float;
    tree.number = value.number;
    break;
  case Value::Kind::String:
    tree.kind = ast::Value::Kind::String;
    tree.text = value.text().str();
    break;
  case Value::Kind::Symbol:
    tree.kind = ast::Value::Kind::Name;
    tree.text = value.text().str();
    break;
  case Value::Kind::List:
    tree.kind = value.isDimensions ? ast::Value::Kind::Dimensions : ast::Value::Kind::List;
    for (const Value &element : value.elements()) {
      if (value.isDimensions)
        tree.extents.push_back(element.integer);
      else
        tree.operands.push_back(toTree(element));
    }
    break;
  case Value::Kind::Call:
    tree.kind = ast::Value::Kind::Call;
    tree.text = value.text().str();
    for (const NamedValue &argument : value.arguments()) {
      ast::Argument inner;
      if (!argument.name.empty())
        inner.name = ast::Name{argument.name, {}};
      inner.value = toTree(argument.value);
      tree.arguments.push_back(std::move(inner));
    }
    break;
  }
  return tree;
}

std::string frontend::describe(const Value &value) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (value.kind == Value::Kind::String)
    stream << "the string ";
  if (value.kind == Value::Kind::Symbol || value.kind == Value::Kind::Call)
    stream << '\'';
  printValue(toTree(value), stream);
  if (value.kind == Value::Kind::Symbol || value.kind == Value::Kind::Call)
    stream << '\'';
  // A message is one short line.
  if (text.size() > 80) {
    text.resize(77);
    while (!text.empty() && (static_cast<uint8_t>(text.back()) & 0x80))
      text.pop_back();
    text += "...";
  }
  return text;
}
