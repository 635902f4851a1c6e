// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/PrintableText.h"

namespace nncc::runtime {

uint32_t nextCharacter(const std::string &text, size_t &at) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0u; };
  uint32_t first = byte(at);
  int more = first < 0x80                    ? 0
             : first >= 0xC2 && first < 0xE0 ? 1
             : (first & 0xF0) == 0xE0        ? 2
             : first >= 0xF0 && first < 0xF5 ? 3
                                             : -1;
  if (more < 0)
    return ++at, 0xFFFD;
  uint32_t c = more == 0 ? first : first & (0x3Fu >> more);
  for (int i = 1; i <= more; ++i) {
    if ((byte(at + static_cast<size_t>(i)) & 0xC0) != 0x80)
      return ++at, 0xFFFD;
    c = c << 6 | (byte(at + static_cast<size_t>(i)) & 0x3F);
  }
  constexpr uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
    return ++at, 0xFFFD;
  at += static_cast<size_t>(more) + 1;
  const bool isControl = (c < 0x20 && c != '\n') || (c >= 0x7F && c < 0xA0);
  const bool isDirection = (c >= 0x200E && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return isControl || isDirection || (c & 0xFFFE) == 0xFFFE ? 0xFFFD : c;
}

std::string printable(const std::string &text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const bool isShown = nextCharacter(text, at) != 0xFFFD || text.compare(begin, at - begin, "\uFFFD") == 0;
    if (isShown)
      result.append(text, begin, at - begin);
    else
      for (size_t i = begin; i < at; ++i) {
        const uint8_t byte = static_cast<uint8_t>(text[i]);
        result += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
      }
  }
  return result;
}

} // namespace nncc::runtime
