// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_ANALYSIS_WIDESUMMARY_H
#define NNCC_ANALYSIS_WIDESUMMARY_H

#include "nncc/Analysis/ModelGraph.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace nncc::analysis {

/// What a layer costs in a compiled program, for a batch.
struct LayerCosts {
  int64_t forwardFlops = 0;
  int64_t backwardFlops = 0;
  int64_t keptBytes = 0; ///< of the arena, from the forward to the backward pass
};

/// Bytes that an entry of a compiled program needs, for a batch.
struct EntryMemory {
  int64_t parameters = 0;
  int64_t gradients = 0;
  int64_t optimizerState = 0;
  int64_t arena = 0;
  int64_t kept = 0;    ///< of the arena: what lives from the forward to the backward pass
  int64_t scratch = 0; ///< of each thread

  int64_t peak(int64_t threads) const { return parameters + gradients + optimizerState + arena + threads * scratch; }
};

/// What a compiled program costs: all numbers are those of its table (ABI/Program.h), evaluated for one batch.
struct ModelCosts {
  int64_t batch = 1;
  llvm::StringMap<LayerCosts> layers;
  LayerCosts others;       ///< steps that belong to no layer: the loss, copies
  int64_t updateFlops = 0; ///< optimizer and moving statistics
  EntryMemory inference;
  EntryMemory training;
  bool trains = true; ///< false: the model has no train section, and `training` is that of its gradients

  LayerCosts total() const;
};

/// The table of `printSummary` with more columns between parameters and connections: FLOPs of the forward and the backward
/// pass, bytes kept between them, receptive field; and the memory plan under the totals.
void printWideSummary(const ModelGraph &graph, const ModelCosts &costs, llvm::raw_ostream &out);

} // namespace nncc::analysis

#endif // NNCC_ANALYSIS_WIDESUMMARY_H
