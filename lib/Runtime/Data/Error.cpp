// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Failure.h"
#include "nncc/Runtime/Data/PrintableText.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace nncc::runtime {

static std::string formatList(const char *pattern, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(nullptr, 0, pattern, again);
  va_end(again);
  std::string text(length > 0 ? length : 0, '\0');
  if (length > 0)
    vsnprintf(text.data(), text.size() + 1, pattern, arguments);
  return text;
}

std::string format(const char *pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  std::string text = formatList(pattern, arguments);
  va_end(arguments);
  return text;
}

void fail(int status, const char *pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  std::string text = formatList(pattern, arguments);
  va_end(arguments);
  failWith({status, std::move(text)});
}

int reportFailure(const Error &error) {
  fflush(stdout);
  if (!error.message.empty()) {
    fprintf(stderr, "error: %s\n", printable(error.message).c_str());
    fflush(stderr);
  }
  return error.status;
}

std::string shapeText(const int64_t *extents, int64_t rank, int64_t batch) {
  std::string text = "(";
  int64_t axes = rank;
  if (batch != -2) {
    text += batch == -1 ? "None" : format("%lld", static_cast<long long>(batch));
    ++axes;
  }
  for (int64_t i = 0; i < rank; ++i)
    text += format("%s%lld", text.size() > 1 ? ", " : "", static_cast<long long>(extents[i]));
  return text + (axes == 1 ? ",)" : ")");
}

/// Lays out the digits and exponent of printf's "%.*e" as Python does: plain from 1e-4 to below 1e16, and never without ".0".
static std::string layOut(const char *scientific) {
  std::string sign, digits;
  const char *p = scientific;
  if (*p == '-')
    sign = *p++;
  for (; *p && *p != 'e'; ++p)
    if (*p != '.')
      digits += *p;
  int exponent = *p == 'e' ? atoi(p + 1) : 0;
  while (digits.size() > 1 && digits.back() == '0')
    digits.pop_back();
  int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    std::string mantissa = digits.substr(0, 1);
    if (count > 1)
      mantissa += "." + digits.substr(1);
    return sign + mantissa + format("e%c%02d", exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0)
    return sign + "0." + std::string(-exponent - 1, '0') + digits;
  if (count <= exponent + 1)
    return sign + digits + std::string(exponent + 1 - count, '0') + ".0";
  return sign + digits.substr(0, exponent + 1) + "." + digits.substr(exponent + 1);
}

template <typename T> static std::string shortestOf(T value, int mostDigits, T (*parse)(const char *, char **)) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  char text[40];
  for (int digits = 0; digits < mostDigits; ++digits) {
    snprintf(text, sizeof text, "%.*e", digits, static_cast<double>(value));
    if (parse(text, nullptr) == value)
      break;
  }
  return layOut(text);
}

std::string shortest(double value) { return shortestOf<double>(value, 17, strtod); }
std::string shortest(float value) { return shortestOf<float>(value, 9, strtof); }

/// Levenshtein's distance with transpositions of neighbours counted once.
static size_t distance(const std::string &a, const std::string &b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

const char *nearest(const std::string &name, const char *const *candidates) {
  const char *best = nullptr;
  if (name.size() > 64)
    return best;
  size_t limit = name.size() < 4 ? 1 : name.size() < 8 ? 2 : 3;
  for (; *candidates; ++candidates)
    if (size_t d = distance(name, *candidates); d <= limit) {
      best = *candidates;
      limit = d ? d - 1 : 0;
      if (d == 0)
        break;
    }
  return best;
}

} // namespace nncc::runtime
