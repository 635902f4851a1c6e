// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_REPORTER_H
#define NNCC_LIB_FRONTEND_REPORTER_H

#include "nncc/Support/Diagnostics.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SmallVector.h"

namespace nncc::frontend {

/// A message that was just reported, to add notes to; nothing where the message was suppressed.
class Report {
public:
  Report() = default;
  Report(Diagnostic &diagnostic, size_t noteAt) : diagnostic(&diagnostic), noteAt(noteAt) {}

  /// Good until the next message.
  Report &note(const llvm::Twine &text) { return add({text.str(), std::nullopt}); }
  Report &note(const llvm::Twine &text, SourceRange at) { return add({text.str(), at.begin}); }
  Report &hint(llvm::StringRef nearest) {
    return nearest.empty() ? *this : note("did you mean '" + nearest + "'?");
  }

private:
  Report &add(Diagnostic::Note note) {
    // In front of the notes that say where a block is used.
    if (diagnostic)
      diagnostic->notes.insert(diagnostic->notes.begin() + noteAt++, std::move(note));
    return *this;
  }

  Diagnostic *diagnostic = nullptr;
  size_t noteAt = 0;
};

/// Reports the errors of semantic analysis. A block's body is visited once where it stands and again for each use; an
/// error that was found without the use, or with fewer of the uses around it, is not reported again.
class Reporter {
public:
  explicit Reporter(Diagnostics &diagnostics) : diagnostics(diagnostics) {}

  Report error(SourceRange where, const llvm::Twine &text) { return report(Severity::Error, where, text); }
  Report warning(SourceRange where, const llvm::Twine &text) { return report(Severity::Warning, where, text); }

  /// All ranges reported until `redirectTo` is called again with none are this one: for text that is not in the file.
  void redirectTo(std::optional<SourceRange> where) { redirected = where; }

  size_t errorCount() const { return diagnostics.errorCount(); }

  /// While it lives, errors are in the expansion of a block for one use.
  class Use {
  public:
    Use(Reporter &reporter, llvm::StringRef block, SourceRange where) : reporter(reporter) {
      reporter.uses.push_back({block.str(), where});
    }
    ~Use() { reporter.uses.pop_back(); }

  private:
    Reporter &reporter;
  };

private:
  Report report(Severity severity, SourceRange where, const llvm::Twine &text) {
    if (redirected)
      where = *redirected;
    uint64_t key = llvm::hash_combine(where.begin, where.end, severity, withoutLayerName(text.str()));
    bool known = seen.contains(key);
    for (const auto &use : llvm::reverse(uses)) {
      key = llvm::hash_combine(key, use.where.begin);
      known |= seen.contains(key);
    }
    if (known)
      return {};
    seen.insert(key);
    Diagnostic &diagnostic = severity == Severity::Error ? diagnostics.error(where, text) : diagnostics.warning(where, text);
    // Deep expansions show their ends.
    constexpr size_t kShown = 4;
    for (size_t i = uses.size(); i-- > 0;) {
      if (uses.size() > 2 * kShown && i == uses.size() - kShown - 1) {
        diagnostic.note("... and " + llvm::Twine(uses.size() - 2 * kShown) + " uses between");
        i = kShown;
        continue;
      }
      diagnostic.note("block '" + uses[i].block + "' is used", uses[i].where);
    }
    return Report(diagnostic, 0);
  }

  /// "Conv2D 'conv2d_3': ..." as "Conv2D: ...": the name depends on the use.
  static std::string withoutLayerName(std::string text) {
    const size_t colon = text.find("': "), name = text.find(" '");
    if (colon != std::string::npos && name < colon)
      text.erase(name, colon + 1 - name);
    return text;
  }

  struct UseOfBlock {
    std::string block;
    SourceRange where;
  };

  Diagnostics &diagnostics;
  llvm::SmallVector<UseOfBlock> uses;
  llvm::DenseSet<uint64_t> seen;
  std::optional<SourceRange> redirected;
};

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_REPORTER_H
