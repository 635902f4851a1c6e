// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_NAMESCOPE_H
#define NNCC_LIB_FRONTEND_NAMESCOPE_H

#include "Reporter.h"

#include "nncc/Frontend/Signature.h"
#include "nncc/Frontend/Value.h"
#include "nncc/Support/NearestName.h"

#include <optional>
#include <vector>

namespace nncc::frontend {

/// The constants and parameters that a value may refer to.
class NameScope {
public:
  virtual ~NameScope() = default;

  /// The value of a constant or parameter; Unknown after an error; none where the name is neither, and may be an
  /// enumeration value.
  virtual std::optional<Value> lookUp(llvm::StringRef name, SourceRange where) const = 0;
  /// All names that `lookUp` knows, sorted.
  virtual std::vector<llvm::StringRef> names() const = 0;

  /// The name that was probably meant: one of `expected`, a constant, a parameter, or a keyword that is a value.
  llvm::StringRef nearest(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> expected = {}) const {
    std::vector<llvm::StringRef> candidates = expected;
    const std::vector<llvm::StringRef> visible = names();
    candidates.insert(candidates.end(), visible.begin(), visible.end());
    candidates.insert(candidates.end(), {"true", "false", "none"});
    return nearestName(name, candidates);
  }

  /// Reports a symbol that no argument of the language takes, where no symbol but perhaps the expected ones may stand; nothing for any
  /// other value.
  std::optional<Report> reportUnknown(const Value &value, Reporter &reporter,
                                      llvm::ArrayRef<llvm::StringRef> expected = {}) const {
    if (!value.is(Value::Kind::Symbol) || llvm::is_contained(enumerationNames(), value.text()))
      return std::nullopt;
    return reporter.error(value.where, "unknown name '" + value.text() + "'").hint(nearest(value.text(), expected));
  }
};

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_NAMESCOPE_H
