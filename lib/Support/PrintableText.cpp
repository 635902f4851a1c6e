// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Text from outside that a terminal may show.

#include "nncc/Support/PrintableText.h"

#include "nncc/Support/SourceFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Unicode.h"

using namespace nncc;
using llvm::StringRef;

/// The code point of a valid character.
static uint32_t codePoint(StringRef character) {
  uint32_t result = static_cast<uint8_t>(character[0]);
  if (character.size() > 1)
    result &= 0x7Fu >> character.size();
  for (char c : character.drop_front())
    result = result << 6 | (static_cast<uint8_t>(c) & 0x3F);
  return result;
}

static std::string escape(StringRef text, StringRef kept) {
  std::string result;
  while (!text.empty()) {
    const unsigned length = utf8Length(text);
    const uint8_t lead = static_cast<uint8_t>(text.front());
    if (kept.contains(static_cast<char>(lead)))
      result += static_cast<char>(lead);
    else if (lead == '\n' || lead == '\t' || lead == '\r')
      result += lead == '\n' ? "\\n" : lead == '\t' ? "\\t" : "\\r";
    else if (length == 0 || lead < 0x20 || lead == 0x7F)
      result += "\\x" + llvm::utohexstr(lead, /*LowerCase=*/false, /*Width=*/2);
    else if (const uint32_t code = codePoint(text.take_front(length));
             length == 1 || llvm::sys::unicode::isPrintable(static_cast<int>(code)))
      result += text.take_front(length);
    else
      result += "\\u{" + llvm::utohexstr(code) + "}";
    text = text.drop_front(std::max(1u, length));
  }
  return result;
}

std::string nncc::printable(StringRef text) { return escape(text, ""); }

std::string nncc::printableLines(StringRef text) { return escape(text, "\n\t"); }
