// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_VALUE_H
#define NNCC_FRONTEND_VALUE_H

#include "nncc/Support/SourceFile.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace nncc::frontend {

struct NamedValue;

/// What a value of the source evaluates to: constants and parameters replaced, arithmetic done.
struct Value {
  enum class Kind : uint8_t {
    /// Not known: an error was reported, or a block is checked without a use of it. Says nothing about anything.
    Unknown,
    None,
    Boolean,
    Integer,
    Float,
    String,
    /// A list, or dimensions (which are a list of integers).
    List,
    /// A name that is no constant or parameter: an enumeration value such as `same`, or a class without arguments.
    Symbol,
    Call,
  };

  Kind kind = Kind::Unknown;
  bool isDimensions = false;
  /// Where the value is given: for a constant or parameter where it is used.
  SourceRange where;
  int64_t integer = 0; // Integer; Boolean: 0 or 1
  double number = 0;   // Float

  struct Payload;
  std::shared_ptr<const Payload> payload;

  llvm::StringRef text() const;
  llvm::ArrayRef<Value> elements() const;
  llvm::ArrayRef<NamedValue> arguments() const;

  bool is(Kind wanted) const { return kind == wanted; }
  bool isKnown() const { return kind != Kind::Unknown; }
  bool isNone() const { return kind == Kind::None; }
  bool isNumber() const { return kind == Kind::Integer || kind == Kind::Float; }
  /// Of a number.
  double toDouble() const { return kind == Kind::Integer ? static_cast<double>(integer) : number; }

  Value at(SourceRange place) const {
    Value result = *this;
    result.where = place;
    return result;
  }
  /// The argument of a call by its name; null where there is none.
  const Value *argument(llvm::StringRef name) const;
  /// The elements of a list of integers.
  std::vector<int64_t> integers() const;

  static Value unknown(SourceRange where) { return make(Kind::Unknown, where); }
  static Value none(SourceRange where) { return make(Kind::None, where); }
  static Value boolean(bool value, SourceRange where) {
    Value result = make(Kind::Boolean, where);
    result.integer = value;
    return result;
  }
  static Value ofInteger(int64_t value, SourceRange where) {
    Value result = make(Kind::Integer, where);
    result.integer = value;
    return result;
  }
  static Value ofFloat(double value, SourceRange where) {
    Value result = make(Kind::Float, where);
    result.number = value;
    return result;
  }
  static Value string(llvm::StringRef text, SourceRange where);
  static Value symbol(llvm::StringRef text, SourceRange where);
  static Value list(std::vector<Value> elements, SourceRange where, bool isDimensions = false);
  static Value call(llvm::StringRef name, std::vector<NamedValue> arguments, SourceRange where);

private:
  static Value make(Kind kind, SourceRange where) {
    Value result;
    result.kind = kind;
    result.where = where;
    return result;
  }
};

/// An argument as given; the name is empty where it is positional.
struct NamedValue {
  std::string name;
  SourceRange nameWhere;
  Value value;
};

struct Value::Payload {
  std::string text;
  std::vector<Value> elements;
  std::vector<NamedValue> arguments;
};

/// A value in a message, as it would stand in the source: "3x3", "[1, 2.5]", "'relu'", "the string \"a\"".
std::string describe(const Value &value);

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_VALUE_H
