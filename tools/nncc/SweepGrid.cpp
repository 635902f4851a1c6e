// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SweepGrid.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace nncc::tool {

Expected<std::vector<std::string>> splitValues(StringRef text) {
  std::vector<std::string> values;
  unsigned depth = 0;
  bool isString = false;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c == '"')
      isString = !isString;
    else if (!isString && (c == '(' || c == '['))
      ++depth;
    else if (!isString && (c == ')' || c == ']') && depth > 0)
      --depth;
    if (i < text.size() && (c != ',' || isString || depth > 0))
      continue;
    const std::string value = text.slice(begin, i).trim().str();
    if (value.empty())
      return createStringError("an empty value in '" + text + "'");
    if (is_contained(values, value))
      return createStringError("the value '" + value + "' is there twice in '" + text + "'");
    values.push_back(value);
    begin = i + 1;
  }
  return values;
}

std::vector<std::vector<size_t>> combinations(ArrayRef<SweepAxis> axes) {
  std::vector<std::vector<size_t>> list{{}};
  for (const SweepAxis &axis : axes) {
    std::vector<std::vector<size_t>> longer;
    for (const std::vector<size_t> &indices : list)
      for (size_t value = 0; value < axis.values.size(); ++value) {
        longer.push_back(indices);
        longer.back().push_back(value);
      }
    list = std::move(longer);
  }
  return list;
}

std::string runName(ArrayRef<SweepAxis> axes, ArrayRef<size_t> indices) {
  std::string name;
  for (auto [axis, index] : zip(axes, indices))
    name += (name.empty() ? "" : "_") + axis.name + "=" + axis.values[index];
  for (char &c : name)
    if (!isAlnum(c) && !StringRef("=._-+").contains(c))
      c = '-';
  return name.empty() ? "run" : name;
}

} // namespace nncc::tool
