// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_ANALYSIS_GRAPHOUTPUT_H
#define NNCC_ANALYSIS_GRAPHOUTPUT_H

#include "nncc/Analysis/ModelGraph.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace nncc::analysis {

/// Prints the facts of the summary as one JSON object: `name`, `layers` (in the summary's order: `name`, `class`,
/// `output_shape` with null for the batch, `params`, `trainable_params`, `flops`, `inputs`, `blocks` (the uses of blocks around it), `line`), and `totals`.
/// `more` may add attributes to the object.
void printJson(const ModelGraph &graph, llvm::raw_ostream &out,
               llvm::function_ref<void(llvm::json::OStream &)> more = nullptr);

/// Prints the graph of layers in Graphviz' language: nodes with the facts of their layers, blocks as clusters, shapes on edges.
void printDot(const ModelGraph &graph, llvm::raw_ostream &out);
/// Prints the graph of layers as a picture in SVG 1.1, complete in itself: from top to bottom, towers side by side, blocks as
/// boxes, shapes on edges; for light and dark backgrounds. The same model gives the same bytes.
void printSvg(const ModelGraph &graph, llvm::raw_ostream &out);

} // namespace nncc::analysis

#endif // NNCC_ANALYSIS_GRAPHOUTPUT_H
