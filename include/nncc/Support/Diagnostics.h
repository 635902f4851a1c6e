// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_SUPPORT_DIAGNOSTICS_H
#define NNCC_SUPPORT_DIAGNOSTICS_H

#include "nncc/Support/SourceFile.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nncc {

enum class Severity { Error, Warning };

/// One message about one place of the source, with notes.
struct Diagnostic {
  struct Note {
    std::string text;
    /// Printed behind the text as "at model.nn:6:6".
    std::optional<uint32_t> offset;
  };

  Severity severity = Severity::Error;
  SourceRange where;
  std::string text;
  std::vector<Note> notes;

  Diagnostic &note(const llvm::Twine &text) {
    notes.push_back({text.str(), std::nullopt});
    return *this;
  }
  Diagnostic &note(const llvm::Twine &text, SourceRange at) {
    notes.push_back({text.str(), at.begin});
    return *this;
  }
};

/// Collects what is to be said about one source file; printed at the end, in the order of the source:
/// ```
/// inception.nn:9:8: error: unknown layer 'Conv2d'
///   x -> Conv2d(16, 3x3)
///        ^~~~~~
/// note: did you mean 'Conv2D'?
/// ```
class Diagnostics {
public:
  /// The file that the ranges of later messages refer to.
  void setSource(std::shared_ptr<const SourceFile> file) { source = std::move(file); }
  const SourceFile *file() const { return source.get(); }

  /// The reference is good until the next message.
  Diagnostic &error(SourceRange where, const llvm::Twine &text);
  Diagnostic &warning(SourceRange where, const llvm::Twine &text);
  /// A mistake on the command line, not in the file; the command ends with status 2.
  void usageError(const llvm::Twine &text);
  /// A mistake that has no place in the text, e.g. a file that is too large.
  void fileError(const llvm::Twine &text);

  size_t errorCount() const { return errors + fileErrors.size() + usageErrors.size(); }
  bool hasErrors() const { return errorCount() != 0; }
  bool hasUsageErrors() const { return !usageErrors.empty(); }
  /// 0 without errors, 2 after a usage error, else 1.
  int exitStatus() const { return hasUsageErrors() ? 2 : hasErrors() ? 1 : 0; }

  /// All messages (of very many the first ten thousand), sorted by position (those of one place in the order in which they were reported).
  std::vector<Diagnostic> sorted() const;
  const std::vector<std::string> &usage() const { return usageErrors; }

  /// Prints usage and file errors ("nncc: error: ..."), then the messages.
  void print(llvm::raw_ostream &out) const;

private:
  Diagnostic &add(Severity severity, SourceRange where, const llvm::Twine &text);
  void printOne(const Diagnostic &diagnostic, llvm::raw_ostream &out) const;

  std::shared_ptr<const SourceFile> source;
  std::vector<Diagnostic> all; ///< the first of them; of a text that is no model there may be millions
  Diagnostic overflow;         ///< what later messages are written to
  size_t dropped = 0;          ///< how many those are
  std::vector<std::string> usageErrors;
  std::vector<std::string> fileErrors;
  size_t errors = 0;
};

} // namespace nncc

#endif // NNCC_SUPPORT_DIAGNOSTICS_H
