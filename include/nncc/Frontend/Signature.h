// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_SIGNATURE_H
#define NNCC_FRONTEND_SIGNATURE_H

#include "nncc/Frontend/Value.h"

#include "llvm/ADT/ArrayRef.h"

#include <limits>
#include <optional>
#include <vector>

/// What the tables of layers and of other classes say about arguments.
namespace nncc::frontend {

/// Families of classes whose use is a value: `glorot_uniform`, `Adam(learning_rate=0.01)`.
enum class ClassFamily : uint8_t { Initializer, Regularizer, Constraint, Schedule, Optimizer, Loss, Metric, Callback, Augmentation };

enum class ArgumentKind : uint8_t {
  Integer,        // in [low, high]
  Number,         // in the range; an integer is one
  Boolean,
  String,
  Enumeration,    // one of `symbols`
  Activation,     // an activation function; `none` is `linear`
  Extents,        // one integer >= 1 (or `low`) for every spatial axis, or a list of them; becomes a list
  Pairs,          // one integer >= 0, one per axis, or a pair per axis; becomes a list of pairs
  Integers,       // a list of integers in [low, high]
  Numbers,        // a list of numbers in the range
  Axes,           // an integer or a list of integers
  Class,          // of `family`
  Classes,        // a list of those; one is a list of one
  NumberOrClass,  // a number in the range, or a class of `family` (a learning rate)
  CountOrFull,    // an integer >= 1, or `full` (or the symbol), which becomes none
};

/// One argument of a layer or class: name, kind, range and default in Keras 2.15's words.
struct ArgumentSpec {
  llvm::StringLiteral name;
  ArgumentKind kind;
  /// The default as source text; empty where the argument is required.
  llvm::StringRef defaultText = "";
  bool isNullable = false;
  /// This version supports no other value than the default.
  bool isOnlyDefault = false;
  /// Only as NAME=VALUE.
  bool isNamedOnly = false;
  /// The elements of a list may be `none`.
  bool hasNoneElements = false;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool lowIsOpen = false, highIsOpen = false;
  ClassFamily family = ClassFamily::Initializer;
  /// One number is a list of one.
  bool takesOneNumber = false;
  std::vector<llvm::StringRef> symbols = {};
  /// A symbol may stand in quotes, as Keras has it.
  bool takesQuotes = false;
  /// Why `none` is refused, where Keras knows it.
  llvm::StringRef whyNotNone = "";

  bool isRequired() const { return defaultText.empty(); }

  // For tables: argument("rate", Number).in(0, 1).below().
  ArgumentSpec defaults(llvm::StringRef text) const { return with([&](ArgumentSpec &a) { a.defaultText = text; }); }
  /// The default is `none`, which may be given too.
  ArgumentSpec optional() const {
    return with([](ArgumentSpec &a) { a.defaultText = "none", a.isNullable = true; });
  }
  ArgumentSpec orOneNumber() const { return with([](ArgumentSpec &a) { a.takesOneNumber = true; }); }
  ArgumentSpec notNone(llvm::StringRef why) const { return with([&](ArgumentSpec &a) { a.whyNotNone = why; }); }
  ArgumentSpec onlyDefault() const { return with([](ArgumentSpec &a) { a.isOnlyDefault = true; }); }
  ArgumentSpec namedOnly() const { return with([](ArgumentSpec &a) { a.isNamedOnly = true; }); }
  ArgumentSpec elementsOrNone() const { return with([](ArgumentSpec &a) { a.hasNoneElements = true; }); }
  ArgumentSpec from(double least) const { return with([&](ArgumentSpec &a) { a.low = least; }); }
  ArgumentSpec above(double bound) const { return with([&](ArgumentSpec &a) { a.low = bound, a.lowIsOpen = true; }); }
  ArgumentSpec upTo(double most) const { return with([&](ArgumentSpec &a) { a.high = most; }); }
  ArgumentSpec below(double bound) const { return with([&](ArgumentSpec &a) { a.high = bound, a.highIsOpen = true; }); }
  ArgumentSpec oneOf(std::vector<llvm::StringRef> names) const {
    return with([&](ArgumentSpec &a) { a.symbols = std::move(names); });
  }
  ArgumentSpec quotedToo() const { return with([](ArgumentSpec &a) { a.takesQuotes = true; }); }
  ArgumentSpec of(ClassFamily which) const { return with([&](ArgumentSpec &a) { a.family = which; }); }

private:
  template <typename Change>
  ArgumentSpec with(Change change) const {
    ArgumentSpec result = *this;
    change(result);
    return result;
  }
};

using Signature = std::vector<ArgumentSpec>;

/// A class that is used as a value.
struct ClassSpec {
  llvm::StringRef name;  // Keras' class name, "GlorotUniform"
  llvm::StringRef alias; // its other name, "glorot_uniform"; or empty
  bool isSupported;
  Signature arguments;
};

/// The classes of a family, in the order of language.md.
llvm::ArrayRef<ClassSpec> classesOf(ClassFamily family);
const ClassSpec *findClass(ClassFamily family, llvm::StringRef name);
/// "an initializer", "a loss".
llvm::StringRef familyName(ClassFamily family, bool withArticle = false);

struct ActivationSpec {
  llvm::StringRef name;
  bool isSupported;
};
/// Activation functions by Keras' names.
llvm::ArrayRef<ActivationSpec> activations();

/// Every name that some argument takes as an enumeration value or class.
const std::vector<llvm::StringRef> &enumerationNames();

/// The settings of the train section, all of them named.
const Signature &trainSignature();

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_SIGNATURE_H
