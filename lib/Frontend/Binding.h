// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_BINDING_H
#define NNCC_LIB_FRONTEND_BINDING_H

#include "NameScope.h"

#include "nncc/Frontend/Signature.h"

namespace nncc::frontend {

/// Arguments matched with a signature.
struct Bound {
  /// One value per argument of the signature, converted: defaults filled in, an activation's `none` a `linear`, extents a
  /// list, a class a call of its Keras name with all arguments. Unknown where an error was reported.
  std::vector<Value> values;
  /// Whether the argument was given.
  std::vector<bool> isGiven;
  bool isBroken = false;
};

/// Who takes the arguments.
struct Callee {
  llvm::StringRef name; // "Conv2D"
  SourceRange where;    // of its name
  const NameScope &scope;
  /// Extents of a window are given for so many axes.
  unsigned spatialRank = 0;
};

/// Matches arguments with a signature and checks kinds and ranges; reports every mistake.
Bound bind(const Callee &callee, const Signature &signature, llvm::ArrayRef<NamedValue> given, Reporter &reporter);

/// Converts one value to what an argument takes; none after an error. `owner` stands behind "of" in messages.
std::optional<Value> convert(const ArgumentSpec &spec, const Value &value, const Callee &callee, Reporter &reporter);

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_BINDING_H
