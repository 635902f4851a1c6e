// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Html.h"

#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/PrintableText.h"
#include <cmath>

namespace nncc::runtime::report {

static void append(std::string &text, uint32_t c) {
  auto byte = [&](uint32_t value) { text += static_cast<char>(value); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | c >> 6);
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3F));
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

std::string escapeShort(const std::string &text, size_t most) {
  std::string result;
  size_t at = 0;
  for (size_t count = 0; at < text.size(); ++count) {
    if (count == most)
      return result + "\u2026";
    switch (uint32_t c = nextCharacter(text, at)) {
    case '&': result += "&amp;"; break;
    case '<': result += "&lt;"; break;
    case '>': result += "&gt;"; break;
    case '"': result += "&quot;"; break;
    case '\'': result += "&#39;"; break;
    default: append(result, c);
    }
  }
  return result;
}

std::string escape(const std::string &text) { return escapeShort(text, SIZE_MAX); }

std::string cell(const std::string &html, const char *style) {
  return (*style ? format("<td class=\"%s\">", style) : "<td>") + html + "</td>";
}

std::string headCell(const std::string &html, bool isNumber) {
  return (isNumber ? "<th class=\"n\">" : "<th>") + html + "</th>";
}

std::string dataUri(const char *type, const std::string &bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result = std::string("data:") + type + ";base64,";
  result.reserve(result.size() + (bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k)
      result += i + k <= bytes.size() ? digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return result;
}

std::string numberText(double value) { return format("%.4g", value); }

std::string groupedText(int64_t value) {
  std::string digits = std::to_string(value);
  const size_t sign = value < 0;
  for (size_t i = digits.size(); i > sign + 3; i -= 3)
    digits.insert(i - 3, ",");
  return digits;
}

std::string shortCount(double value) {
  constexpr const char *units[] = {"", " k", " M", " G", " T", " P", " E"};
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < sizeof units / sizeof *units; ++unit)
    value /= 1000;
  return format("%.*f%s", unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value, units[unit]);
}

std::string percentText(double part) { return std::isfinite(part) ? format("%.1f\u00A0%%", 100 * part) : "\u2013"; }

std::string durationText(double seconds) {
  if (seconds < 0.9995)
    return format("%.*f ms", seconds < 0.00995 ? 2 : seconds < 0.0995 ? 1 : 0, seconds * 1e3);
  if (seconds < 59.95)
    return format("%.1f s", seconds);
  auto whole = static_cast<long long>(seconds + 0.5);
  if (whole < 3600)
    return format("%lld min %lld s", whole / 60, whole % 60);
  return format("%lld h %lld min", whole / 3600, whole % 3600 / 60);
}

std::string lengthText(double value) {
  std::string text = format("%.1f", value);
  if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0)
    text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

} // namespace nncc::runtime::report
