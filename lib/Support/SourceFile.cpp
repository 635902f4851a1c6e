// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Lines and columns of a source text.

#include "nncc/Support/SourceFile.h"

#include <algorithm>

using namespace nncc;
using llvm::StringRef;

unsigned nncc::utf8Length(StringRef text) {
  auto byte = [&](size_t index) -> unsigned { return index < text.size() ? static_cast<uint8_t>(text[index]) : 0; };
  auto inside = [&](size_t index, unsigned low, unsigned high) { return byte(index) >= low && byte(index) <= high; };
  auto follows = [&](size_t index) { return inside(index, 0x80, 0xBF); };
  const unsigned lead = byte(0);
  if (lead < 0x80)
    return 1;
  if (lead >= 0xC2 && lead <= 0xDF)
    return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return inside(1, low, high) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return inside(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

uint32_t nncc::countCharacters(StringRef text) {
  uint32_t count = 0;
  while (!text.empty()) {
    text = text.drop_front(std::max(1u, utf8Length(text)));
    ++count;
  }
  return count;
}

SourceFile::SourceFile(StringRef name, StringRef text) : fileName(name), contents(text) {
  lineStarts.push_back(0);
  for (size_t at = contents.find('\n'); at != std::string::npos; at = contents.find('\n', at + 1))
    lineStarts.push_back(static_cast<uint32_t>(at + 1));
  isAscii = std::none_of(contents.begin(), contents.end(), [](char c) { return static_cast<uint8_t>(c) >= 0x80; });
}

uint32_t SourceFile::lineStart(uint32_t offset) const {
  return *std::prev(std::upper_bound(lineStarts.begin(), lineStarts.end(), offset));
}

LineColumn SourceFile::position(uint32_t offset) const {
  auto after = std::upper_bound(lineStarts.begin(), lineStarts.end(), offset);
  const uint32_t start = *std::prev(after);
  const uint32_t line = static_cast<uint32_t>(after - lineStarts.begin());
  if (isAscii)
    return {line, offset - start + 1};
  if (countedStart != start || countedOffset > offset || countedOffset < start) {
    countedStart = countedOffset = start;
    countedColumn = 1;
  }
  StringRef before = text().slice(countedOffset, offset);
  // The byte-order mark is skipped: it is no character of the first line.
  if (countedOffset == 0)
    before.consume_front("\xEF\xBB\xBF");
  countedColumn += countCharacters(before);
  countedOffset = offset;
  return {line, countedColumn};
}

StringRef SourceFile::lineAt(uint32_t offset) const {
  StringRef line = text().drop_front(std::min<size_t>(lineStart(offset), contents.size()));
  line = line.take_front(line.find('\n'));
  line.consume_back("\r");
  return line;
}

std::string SourceFile::describe(uint32_t offset) const {
  const LineColumn at = position(offset);
  return fileName + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}
