// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_ANALYSIS_TABLE_H
#define NNCC_LIB_ANALYSIS_TABLE_H

#include "nncc/Analysis/ModelGraph.h"

#include "llvm/Support/raw_ostream.h"

#include <string>

/// What the tables of Keras' layout are made of.
namespace nncc::analysis {

/// A table of columns that end at fixed positions; long cells go on in the next row.
class Table {
public:
  Table(llvm::ArrayRef<size_t> ends, llvm::raw_ostream &out) : ends(ends), out(out) {}

  void rule(char c);
  void row(llvm::ArrayRef<std::string> cells);

private:
  llvm::ArrayRef<size_t> ends;
  llvm::raw_ostream &out;
};

/// The cells of a layer's row: name and class, output shape, parameters; with `connections` also the inputs' names.
llvm::SmallVector<std::string> layerCells(const ModelGraph &graph, const LayerInfo &layer, bool connections);

/// "Total params: 320 (1.25 KB)" and the two lines below it.
void printParameterTotals(const ModelGraph &graph, llvm::raw_ostream &out);

} // namespace nncc::analysis

#endif // NNCC_LIB_ANALYSIS_TABLE_H
