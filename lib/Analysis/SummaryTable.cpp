// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/SummaryTable.h"

#include "Table.h"

#include "llvm/Support/Format.h"

namespace nncc::analysis {

/// A position in UTF-8 text behind `count` more characters, or its end.
static size_t skipCharacters(llvm::StringRef text, size_t count) {
  size_t position = 0;
  while (count != 0 && position < text.size()) {
    ++position;
    while (position < text.size() && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80)
      ++position;
    --count;
  }
  return position;
}

static size_t countCharacters(llvm::StringRef text) {
  return llvm::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

/// Cuts off what goes into a row of a cell: `width` characters, or less up to the end of a tuple or a string of a list.
static llvm::StringRef takeRow(llvm::StringRef &left, size_t width) {
  llvm::StringRef part = left.take_front(skipCharacters(left, width));
  size_t cut = llvm::StringRef::npos;
  for (llvm::StringRef end : {"),", "},", "],", "',"})
    if (size_t found = part.find(end); found != llvm::StringRef::npos)
      cut = std::min(cut, found + end.size());
  part = part.take_front(cut);
  left = left.drop_front(part.size());
  return part;
}

void Table::rule(char c) { (out << std::string(ends.back(), c)) << '\n'; }

void Table::row(llvm::ArrayRef<std::string> cells) {
  llvm::SmallVector<llvm::StringRef> left(cells.begin(), cells.end());
  while (llvm::any_of(left, [](llvm::StringRef text) { return !text.empty(); })) {
    size_t written = 0;
    for (size_t column = 0; column < ends.size(); ++column) {
      bool last = column + 1 == ends.size();
      size_t width = ends[column] - (column ? ends[column - 1] : 0);
      llvm::StringRef part = takeRow(left[column], last ? width : width - 3);
      if (column == 0) {
        out << ' ';
        ++written;
      }
      out << part;
      written += countCharacters(part);
      if (written < ends[column]) {
        out.indent(ends[column] - written);
        written = ends[column];
      }
    }
    out << '\n';
  }
}

std::string formatMemorySize(double bytes) {
  std::string text;
  llvm::raw_string_ostream out(text);
  llvm::StringRef units[] = {"Byte", "KB", "MB", "GB", "TB", "PB"};
  for (llvm::StringRef unit : units) {
    if (bytes / 1024 < 1) {
      out << llvm::format("%.2f ", bytes) << unit;
      return text;
    }
    bytes /= 1024;
  }
  // Keras divides once more than it has units.
  out << llvm::format("%.2f ", bytes) << "PB";
  return text;
}

/// "(None, 4, 4, 32)", as Python prints a tuple.
static std::string formatTuple(llvm::ArrayRef<int64_t> sample) {
  std::string text = "(None";
  for (int64_t extent : sample)
    text += ", " + std::to_string(extent);
  return text + (sample.empty() ? ",)" : ")");
}

/// A string as Python's repr prints it.
static std::string quote(llvm::StringRef text) {
  char mark = text.contains('\'') && !text.contains('"') ? '"' : '\'';
  std::string quoted(1, mark);
  for (char c : text) {
    if (c == mark || c == '\\')
      quoted += '\\';
    quoted += c;
  }
  return quoted + mark;
}

static void printTotal(llvm::StringRef what, int64_t count, llvm::raw_ostream &out) {
  out << what << " params: " << count << " (" << formatMemorySize(4.0 * static_cast<double>(count)) << ")\n";
}

llvm::SmallVector<std::string> layerCells(const ModelGraph &graph, const LayerInfo &layer, bool connections) {
  std::string shape = formatTuple(layer.shape);
  if (layer.isInput())
    shape = "[" + shape + "]";
  llvm::SmallVector<std::string> cells = {layer.name + " (" + layer.className + ")", shape,
                                          std::to_string(layer.parameters())};
  if (connections) {
    std::string names;
    for (size_t input : layer.inputs)
      names += (names.empty() ? "" : ", ") + quote(graph.layers()[input].name + "[0][0]");
    cells.push_back("[" + names + "]");
  }
  return cells;
}

void printParameterTotals(const ModelGraph &graph, llvm::raw_ostream &out) {
  int64_t trainable = graph.trainableParameters(), others = graph.nonTrainableParameters();
  printTotal("Total", trainable + others, out);
  printTotal("Trainable", trainable, out);
  printTotal("Non-trainable", others, out);
}

void printSummary(const ModelGraph &graph, llvm::raw_ostream &out) {
  bool chain = graph.isChain();
  static constexpr size_t chainEnds[] = {29, 55, 65}, graphEnds[] = {29, 58, 68, 98};
  Table table(chain ? llvm::ArrayRef<size_t>(chainEnds) : llvm::ArrayRef<size_t>(graphEnds), out);
  out << "Model: \"" << graph.name() << "\"\n";
  table.rule('_');
  llvm::SmallVector<std::string> header = {"Layer (type)", "Output Shape", "Param #"};
  if (!chain)
    header.push_back("Connected to");
  table.row(header);
  table.rule('=');
  for (const LayerInfo &layer : graph.layers()) {
    // Keras' Sequential has no row for its input. Only a model without layers, which no Sequential can be, has that row
    // alone.
    if (chain && layer.isInput() && graph.layers().size() > 1)
      continue;
    table.row(layerCells(graph, layer, !chain));
    table.rule(' ');
  }
  table.rule('=');
  printParameterTotals(graph, out);
  table.rule('_');
}

void printSummary(mlir::ModuleOp module, llvm::raw_ostream &out) {
  llvm::FailureOr<ModelGraph> graph = ModelGraph::of(module);
  if (llvm::succeeded(graph))
    printSummary(*graph, out);
}

} // namespace nncc::analysis
