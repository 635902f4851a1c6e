// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_ANALYSIS_SUMMARYTABLE_H
#define NNCC_ANALYSIS_SUMMARYTABLE_H

#include "nncc/Analysis/ModelGraph.h"

#include "llvm/Support/raw_ostream.h"

namespace nncc::analysis {

/// Prints the table of Keras 2.15's `Model.summary()`, to the byte: 65 columns for a chain of layers, else 98 columns
/// with the inputs' rows and the connections. Source: keras/utils/layer_utils.py, print_summary.
void printSummary(const ModelGraph &graph, llvm::raw_ostream &out);

/// The same for a module's `@model`; prints nothing but a diagnostic where the module has none.
void printSummary(mlir::ModuleOp module, llvm::raw_ostream &out);

/// "14.13 MB". Source: keras/utils/layer_utils.py, readable_memory_size.
std::string formatMemorySize(double bytes);

} // namespace nncc::analysis

#endif // NNCC_ANALYSIS_SUMMARYTABLE_H
