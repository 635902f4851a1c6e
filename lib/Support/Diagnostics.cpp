// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Collecting and printing of messages.

#include "nncc/Support/Diagnostics.h"

#include <algorithm>
#include <numeric>

using namespace nncc;
using llvm::raw_ostream;
using llvm::StringRef;
using llvm::Twine;

Diagnostic &Diagnostics::error(SourceRange where, const Twine &text) {
  ++errors;
  all.push_back({Severity::Error, where, text.str(), {}});
  return all.back();
}

Diagnostic &Diagnostics::warning(SourceRange where, const Twine &text) {
  all.push_back({Severity::Warning, where, text.str(), {}});
  return all.back();
}

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

/// The longest piece of a line that is shown; a longer line is cut around the token.
constexpr size_t kShownBytes = 400;
/// A text with more mistakes than this is something else, not a model.
constexpr size_t kMostShown = 500;

/// A text as a terminal can show it: tabs stay, other control characters and invalid bytes become U+FFFD.
void printClean(StringRef text, raw_ostream &out) {
  while (!text.empty()) {
    const unsigned length = utf8Length(text);
    const uint8_t lead = static_cast<uint8_t>(text.front());
    if (length == 0 || (lead < 0x20 && lead != '\t') || lead == 0x7F)
      out << "\xEF\xBF\xBD";
    else
      out << text.take_front(length);
    text = text.drop_front(std::max(1u, length));
  }
}

/// Moves an index forward to the start of a character.
size_t characterStart(StringRef text, size_t index) {
  while (index < text.size() && (static_cast<uint8_t>(text[index]) & 0xC0) == 0x80)
    ++index;
  return std::min(index, text.size());
}

} // namespace

void Diagnostics::printOne(const Diagnostic &diagnostic, raw_ostream &out) const {
  out << source->describe(diagnostic.where.begin) << ": "
      << (diagnostic.severity == Severity::Error ? "error: " : "warning: ");
  printClean(diagnostic.text, out);
  out << '\n';

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
  printClean(line, out);
  out << '\n';
  for (StringRef before = line.take_front(begin); !before.empty();
       before = before.drop_front(std::max(1u, utf8Length(before))))
    out << (before.front() == '\t' ? '\t' : ' ');
  out << '^';
  const uint32_t width = countCharacters(line.slice(begin, end));
  for (uint32_t i = 1; i < width; ++i)
    out << '~';
  out << '\n';

  for (const Diagnostic::Note &note : diagnostic.notes) {
    out << "note: ";
    printClean(note.text, out);
    if (note.offset)
      out << " at " << source->describe(*note.offset);
    out << '\n';
  }
}

void Diagnostics::print(raw_ostream &out) const {
  for (const std::string &text : usageErrors)
    out << "nncc: error: " << text << '\n';
  for (const std::string &text : fileErrors)
    out << (source ? source->name() : StringRef("nncc")) << ": error: " << text << '\n';
  size_t shown = 0;
  for (const Diagnostic &diagnostic : sorted()) {
    if (++shown > kMostShown) {
      out << "nncc: " << all.size() - kMostShown << " more messages are not shown\n";
      break;
    }
    printOne(diagnostic, out);
  }
}
