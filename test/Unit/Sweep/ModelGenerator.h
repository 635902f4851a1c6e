// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_SWEEP_MODELGENERATOR_H
#define NNCC_TEST_UNIT_SWEEP_MODELGENERATOR_H

#include "Sweep/LayerGenerator.h"

namespace nncc::sweep {

/// What one input of a model is fed with.
struct Feed {
  std::string name;
  Extents shape;       ///< of a sample
  int64_t classes = 0; ///< integers below this; 0: numbers in [-1, 1)
};

/// A small legal model around one layer, with a train section.
struct GeneratedModel {
  uint64_t seed;
  const frontend::LayerSpec *layer; ///< the layer that it is made for
  std::string text;                 ///< the `.nn` source
  std::vector<Feed> feeds;          ///< one for each input, in order
  int64_t batch;
};

/// The model of a seed: the same on every machine. Seeds that follow each other go through all layers of the table.
/// Fails (no text) where no legal use of the layer was found, which is a defect of the generator or of Sema.
GeneratedModel generateModel(uint64_t seed);

} // namespace nncc::sweep

#endif // NNCC_TEST_UNIT_SWEEP_MODELGENERATOR_H
