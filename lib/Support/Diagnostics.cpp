// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Collecting and printing of messages.

#include "nncc/Support/Diagnostics.h"

#include "nncc/Support/PrintableText.h"

#include <algorithm>
#include <numeric>

using namespace nncc;
using llvm::raw_ostream;
using llvm::StringRef;
using llvm::Twine;

void Diagnostics::usageError(const Twine &text) { usageErrors.push_back(text.str()); }

void Diagnostics::fileError(const Twine &text) { fileErrors.push_back(text.str()); }

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<uint32_t> order(all.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::make_pair(all[a].where.begin, a) < std::make_pair(all[b].where.begin, b);
  });
  std::vector<Diagnostic> result;
  for (uint32_t index : order)
    result.push_back(all[index]);
  return result;
}

namespace {

/// The longest piece of a line, and of a text that a message quotes, that is shown; a longer line is cut around the token.
constexpr size_t kShownBytes = 400;
constexpr size_t kShownText = 2000;
/// A text with more mistakes than this is something else, not a model.
constexpr size_t kMostShown = 500;
/// Some more are kept: they are found in another order than that of the source.
constexpr size_t kMostKept = 10'000;

/// A piece of a source line as a terminal can show it. Its tabs stay, as the caret's line repeats them.
std::string shownLine(StringRef piece) {
  std::string result;
  while (true) {
    const auto [text, rest] = piece.split('\t');
    result += printable(text);
    if (text.size() == piece.size())
      return result;
    result += '\t';
    piece = rest;
  }
}

/// Moves an index forward to the start of a character.
size_t characterStart(StringRef text, size_t index) {
  while (index < text.size() && (static_cast<uint8_t>(text[index]) & 0xC0) == 0x80)
    ++index;
  return std::min(index, text.size());
}

/// A message may quote a word of any length.
std::string shownText(StringRef text) {
  if (text.size() <= kShownText)
    return printable(text);
  return printable(text.take_front(characterStart(text, kShownText))) + "...";
}

} // namespace

Diagnostic &Diagnostics::add(Severity severity, SourceRange where, const Twine &text) {
  if (all.size() >= kMostKept) {
    ++dropped;
    return overflow = Diagnostic();
  }
  all.push_back({severity, where, text.str(), {}});
  return all.back();
}

Diagnostic &Diagnostics::error(SourceRange where, const Twine &text) {
  ++errors;
  return add(Severity::Error, where, text);
}

Diagnostic &Diagnostics::warning(SourceRange where, const Twine &text) { return add(Severity::Warning, where, text); }

void Diagnostics::printOne(const Diagnostic &diagnostic, raw_ostream &out) const {
  out << printable(source->describe(diagnostic.where.begin)) << ": "
      << (diagnostic.severity == Severity::Error ? "error: " : "warning: ");
  out << shownText(diagnostic.text) << '\n';

  StringRef line = source->lineAt(diagnostic.where.begin);
  size_t begin = diagnostic.where.begin - source->lineStart(diagnostic.where.begin);
  begin = std::min(begin, line.size());
  size_t end = std::min<size_t>(begin + (diagnostic.where.end - diagnostic.where.begin), line.size());
  if (source->lineStart(diagnostic.where.begin) == 0 && line.starts_with("\xEF\xBB\xBF")) {
    line = line.drop_front(3);
    begin -= std::min<size_t>(3, begin);
    end -= std::min<size_t>(3, end);
  }
  if (line.size() > kShownBytes) {
    const size_t from = characterStart(line, begin > kShownBytes / 4 ? begin - kShownBytes / 4 : 0);
    const size_t to = characterStart(line, std::min(line.size(), from + kShownBytes));
    line = line.slice(from, to);
    begin -= from;
    end = std::min(end - from, line.size());
  }
  const std::string head = shownLine(line.take_front(begin)), token = shownLine(line.slice(begin, end));
  out << head << token << shownLine(line.drop_front(end)) << '\n';
  for (StringRef before = head; !before.empty(); before = before.drop_front(utf8Length(before)))
    out << (before.front() == '\t' ? '\t' : ' ');
  out << '^';
  const uint32_t width = countCharacters(token);
  for (uint32_t i = 1; i < width; ++i)
    out << '~';
  out << '\n';

  for (const Diagnostic::Note &note : diagnostic.notes) {
    out << "note: " << shownText(note.text);
    if (note.offset)
      out << " at " << printable(source->describe(*note.offset));
    out << '\n';
  }
}

void Diagnostics::print(raw_ostream &out) const {
  for (const std::string &text : usageErrors)
    out << "nncc: error: " << shownText(text) << '\n';
  for (const std::string &text : fileErrors)
    out << (source ? printable(source->name()) : "nncc") << ": error: " << shownText(text) << '\n';
  size_t shown = 0;
  for (const Diagnostic &diagnostic : sorted()) {
    if (++shown > kMostShown) {
      out << "nncc: " << all.size() + dropped - kMostShown << " more messages are not shown\n";
      break;
    }
    printOne(diagnostic, out);
  }
}
