// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/WideSummary.h"

#include "Table.h"
#include "nncc/Analysis/ReceptiveField.h"
#include "nncc/Analysis/SummaryTable.h"

namespace nncc::analysis {

LayerCosts ModelCosts::total() const {
  LayerCosts sum = others;
  for (const auto &layer : layers) {
    sum.forwardFlops += layer.second.forwardFlops;
    sum.backwardFlops += layer.second.backwardFlops;
    sum.keptBytes += layer.second.keptBytes;
  }
  return sum;
}

static std::string formatBytes(int64_t bytes) {
  return std::to_string(bytes) + " (" + formatMemorySize(static_cast<double>(bytes)) + ")";
}

static void printMemory(const ModelCosts &costs, llvm::raw_ostream &out) {
  static constexpr size_t ends[] = {29, 58, 87};
  Table table(ends, out);
  auto row = [&](llvm::StringRef what, int64_t EntryMemory::*bytes) {
    table.row({what.str(), formatBytes(costs.inference.*bytes), formatBytes(costs.training.*bytes)});
  };
  table.row({"Memory plan (bytes)", "Inference", costs.trains ? "Training" : "Gradients"});
  table.rule('=');
  row("Parameters", &EntryMemory::parameters);
  row("Gradients", &EntryMemory::gradients);
  row("Optimizer state", &EntryMemory::optimizerState);
  row("Arena", &EntryMemory::arena);
  row("  of it kept for backward", &EntryMemory::kept);
  row("Scratch of a thread", &EntryMemory::scratch);
  table.rule('=');
  table.row({"Peak, one thread", formatBytes(costs.inference.peak(1)), formatBytes(costs.training.peak(1))});
  table.rule('_');
}

void printWideSummary(const ModelGraph &graph, const ModelCosts &costs, llvm::raw_ostream &out) {
  bool chain = graph.isChain();
  static constexpr size_t chainEnds[] = {29, 55, 67, 84, 102, 117, 132};
  static constexpr size_t graphEnds[] = {29, 58, 70, 87, 105, 120, 138, 168};
  Table table(chain ? llvm::ArrayRef<size_t>(chainEnds) : llvm::ArrayRef<size_t>(graphEnds), out);
  out << "Model: \"" << graph.name() << "\", batch " << costs.batch << "\n";
  table.rule('_');
  llvm::SmallVector<std::string> header = {"Layer (type)",   "Output Shape", "Param #",        "Forward FLOPs",
                                           "Backward FLOPs", "Kept bytes",   "Receptive field"};
  if (!chain)
    header.push_back("Connected to");
  table.row(header);
  table.rule('=');
  for (const LayerInfo &layer : graph.layers()) {
    // The input has a row even in a chain: it is kept, too.
    llvm::SmallVector<std::string> cells = layerCells(graph, layer, !chain);
    LayerCosts own = costs.layers.lookup(layer.name);
    std::string more[] = {std::to_string(own.forwardFlops), std::to_string(own.backwardFlops),
                          std::to_string(own.keptBytes), formatField(layer.field)};
    cells.insert(cells.begin() + 3, std::begin(more), std::end(more));
    table.row(cells);
    table.rule(' ');
  }
  table.rule('=');
  printParameterTotals(graph, out);
  LayerCosts total = costs.total();
  out << "Forward FLOPs: " << total.forwardFlops << "\n"
      << "Backward FLOPs: " << total.backwardFlops << "\n"
      << "Update FLOPs: " << costs.updateFlops << "\n";
  table.rule('_');
  printMemory(costs, out);
}

} // namespace nncc::analysis
