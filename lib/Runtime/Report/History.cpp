// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/History.h"

#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Sort.h"
#include <algorithm>
#include <cstdlib>

namespace nncc::runtime {

std::string History::csv(const std::string &separator, bool hasHeader) const {
  std::vector<std::string> columns;
  bool validated = false;
  if (!epochs.empty())
    for (const auto &[name, value] : epochs[0]) {
      columns.push_back(name);
      validated |= name.rfind("val_", 0) == 0;
    }
  sortList(columns);
  if (!validated)
    for (size_t i = 0, count = columns.size(); i < count; ++i)
      columns.push_back("val_" + columns[i]);
  std::string text = "epoch";
  for (const std::string &column : columns)
    text += separator + column;
  text += "\n";
  if (!hasHeader)
    text.clear();
  for (size_t epoch = 0; epoch < epochs.size(); ++epoch) {
    text += std::to_string(epoch);
    for (const std::string &column : columns) {
      auto found = std::find_if(epochs[epoch].begin(), epochs[epoch].end(), [&](const auto &log) { return log.first == column; });
      text += separator + (found == epochs[epoch].end() ? "NA" : shortest(found->second));
    }
    text += "\n";
  }
  return text;
}

static std::vector<std::string> split(const std::string &text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::vector<Logs> History::parse(const std::string &csv) {
  std::vector<Logs> epochs;
  const std::vector<std::string> lines = split(csv, '\n'), names = split(lines[0], ',');
  if (names[0] != "epoch")
    return epochs;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = split(lines[i], ',');
    if (cells.size() != names.size())
      break;
    Logs logs;
    for (size_t k = 1; k < cells.size(); ++k)
      if (cells[k] != "NA")
        logs.push_back({names[k], strtod(cells[k].c_str(), nullptr)});
    epochs.push_back(std::move(logs));
  }
  return epochs;
}

std::string csvCell(const std::string &text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos)
    return text;
  std::string quoted = "\"";
  for (char c : text)
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

} // namespace nncc::runtime
