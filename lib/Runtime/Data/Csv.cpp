// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// csv: - a header, then numbers (RFC 4180: cells may be quoted, lines end in LF or CRLF).
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Source.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace nncc::runtime {

namespace {

/// Reads a file row by row.
class CsvReader {
public:
  CsvReader(const std::string &path, char separator) : file(path), separator(separator) {
    left = file.size();
    if (peek() == 0xef) // the byte order mark of UTF-8
      for (int i = 0; i < 3; ++i)
        take();
  }

  /// The next row that is not empty; false at the end. `line` is where it starts.
  bool next(std::vector<std::string> &cells) {
    while (peek() == '\n' || peek() == '\r')
      take();
    if (peek() < 0)
      return false;
    rowLine = currentLine;
    size_t count = 0;
    for (bool more = true; more;) {
      if (cells.size() <= count)
        cells.emplace_back();
      more = readCell(cells[count++]);
    }
    cells.resize(count);
    return true;
  }
  int64_t line() const { return rowLine; }

private:
  static constexpr size_t longestCell = 4096;

  int peek() {
    if (at == block.size()) {
      block.resize(std::min<uint64_t>(left, 1 << 16));
      file.read(file.size() - left, block.data(), block.size());
      left -= block.size();
      at = 0;
      if (block.empty())
        return -1;
    }
    return block[at];
  }
  int take() {
    int c = peek();
    at += c >= 0;
    currentLine += c == '\n';
    return c;
  }
  /// True if another cell follows in the row.
  bool readCell(std::string &cell) {
    cell.clear();
    bool quoted = peek() == '"';
    if (quoted)
      take();
    for (;;) {
      int c = take();
      if (cell.size() > longestCell)
        fail(exitBadInput, "'%s', line %lld: a cell of more than %zu bytes%s", file.path().c_str(),
             static_cast<long long>(rowLine), longestCell, quoted ? "; is a quotation mark missing?" : "");
      if (quoted && c == '"' && peek() == '"')
        cell += static_cast<char>(take());
      else if (quoted && c == '"')
        quoted = false;
      else if (quoted && c < 0)
        fail(exitBadInput, "'%s', line %lld: a quoted cell has no end", file.path().c_str(),
             static_cast<long long>(rowLine));
      else if (!quoted && (c < 0 || c == '\n'))
        return false;
      else if (!quoted && c == static_cast<uint8_t>(separator))
        return true;
      else if (quoted || c != '\r')
        cell += static_cast<char>(c);
    }
  }

  InputFile file;
  char separator;
  uint64_t left;
  std::vector<uint8_t> block;
  size_t at = 0;
  int64_t currentLine = 1, rowLine = 1;
};

/// Which columns are labels: the last, or those named in ?label=a,b.
std::vector<size_t> labelColumns(const SourceSpec &spec, const std::vector<std::string> &header) {
  std::string wanted = spec.string("label", "");
  if (wanted.empty())
    return {header.size() - 1};
  std::vector<size_t> columns;
  for (size_t from = 0; from <= wanted.size();) {
    size_t comma = std::min(wanted.find(',', from), wanted.size());
    std::string name = wanted.substr(from, comma - from);
    auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) {
      std::vector<const char *> names;
      for (const std::string &known : header)
        names.push_back(known.c_str());
      names.push_back(nullptr);
      const char *near = nearest(name, names.data());
      fail(exitBadInput, "'%s' has no column '%s'%s%s%s", spec.location.c_str(), name.c_str(),
           near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    columns.push_back(static_cast<size_t>(found - header.begin()));
    from = comma + 1;
  }
  return columns;
}

float readNumber(const SourceSpec &spec, const CsvReader &reader, const std::string &column, const std::string &cell) {
  const char *text = cell.c_str();
  while (*text == ' ' || *text == '\t')
    ++text;
  char *end;
  float value = strtof(text, &end);
  while (*end == ' ' || *end == '\t')
    ++end;
  bool isNumber = *text && !*end && !strpbrk(text, "xX") && std::isfinite(value);
  if (!isNumber)
    fail(exitBadInput, "'%s', line %lld, column '%s': %s%s%s; every cell must be a finite number",
         spec.location.c_str(), static_cast<long long>(reader.line()), column.c_str(),
         *text ? "found '" : "the cell is empty", *text ? cell.substr(0, 60).c_str() : "", *text ? "'" : "");
  return value;
}

char separatorOf(const SourceSpec &spec) {
  std::string text = spec.string("sep", ",");
  if (text == "tab" || text == "\\t")
    return '\t';
  if (text.size() != 1 || text[0] == '"' || text[0] == '\n')
    fail(spec.usageStatus, "'%s': sep must be one character or `tab`, found '%s'", spec.text.c_str(), text.c_str());
  return text[0];
}

std::vector<std::string> readHeader(const SourceSpec &spec, CsvReader &reader) {
  std::vector<std::string> header;
  if (!reader.next(header))
    fail(exitBadInput, "'%s' is empty; expected a header and rows of numbers", spec.location.c_str());
  return header;
}

} // namespace

int64_t csvInputColumns(const SourceSpec &spec) {
  CsvReader reader(spec.location, separatorOf(spec));
  std::vector<std::string> header = readHeader(spec, reader);
  return static_cast<int64_t>(header.size() - labelColumns(spec, header).size());
}

RawData readCsvSource(const nncc_program &program, const SourceSpec &spec, nncc_pool *) {
  constexpr const char *known[] = {"label", "sep", nullptr};
  spec.onlyParameters(known);
  spec.needOneInput(program);
  CsvReader reader(spec.location, separatorOf(spec));
  std::vector<std::string> header = readHeader(spec, reader), cells;
  std::vector<size_t> labels = labelColumns(spec, header), inputs;
  for (size_t i = 0; i < header.size(); ++i)
    if (std::find(labels.begin(), labels.end(), i) == labels.end())
      inputs.push_back(i);
  const nncc_tensor &input = program.inputs[0];
  if (static_cast<int64_t>(inputs.size()) != input.elements)
    fail(exitBadInput, "'%s' has %zu columns beside the label%s; the input '%s' of model '%s', %s, needs %lld%s",
         spec.location.c_str(), inputs.size(), labels.size() > 1 ? "s" : "", input.name, program.name,
         shapeText(input.extents, input.rank, -1).c_str(), static_cast<long long>(input.elements),
         header.size() == 1 ? "; is the separator another (?sep=;)?" : "");

  Floats values, targets;
  int64_t count = 0;
  for (; reader.next(cells); ++count) {
    if (cells.size() != header.size())
      fail(exitBadInput, "'%s', line %lld: %zu cells, the header has %zu", spec.location.c_str(),
           static_cast<long long>(reader.line()), cells.size(), header.size());
    for (size_t i : inputs)
      values.push_back(readNumber(spec, reader, header[i], cells[i]));
    for (size_t i : labels)
      targets.push_back(readNumber(spec, reader, header[i], cells[i]));
  }
  RawData data;
  RawPart &part = data.train;
  std::vector<int64_t> shape{count};
  shape.insert(shape.end(), input.extents, input.extents + input.rank);
  part.inputs.emplace_back(shape, std::make_shared<FloatRows>(std::move(values), count));
  part.labels.shape = {count};
  if (labels.size() > 1)
    part.labels.shape.push_back(static_cast<int64_t>(labels.size()));
  part.labels.values = std::move(targets);
  part.inputName = part.labelName = "'" + spec.location + "'";
  return data;
}

} // namespace nncc::runtime
