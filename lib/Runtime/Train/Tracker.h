// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --track: sizes of activations, weights and gradients by layer, after each epoch. Internal to Train.
#ifndef NNCC_LIB_RUNTIME_TRAIN_TRACKER_H
#define NNCC_LIB_RUNTIME_TRAIN_TRACKER_H

#include "nncc/Runtime/Train/Observer.h"

namespace nncc::runtime {

/// What sizes give rise to a warning.
struct TrackLimits {
  double dead = 0.5;       ///< part of a layer's units that were 0 for the whole batch
  double vanishing = 1e-4; ///< gradient against the largest of all layers
  double exploding = 1e3;  ///< gradient against the layer's weights
};

/// The warnings, "conv2d: ...", without an end of line. Layers that drop units are known by their classes.
std::vector<std::string> trackWarnings(const std::vector<LayerSizes> &layers, const nncc_program &program,
                                       const TrackLimits &limits = {});
/// The table, ending in a newline.
std::string trackTable(const std::vector<LayerSizes> &layers);

class Tracker : public TrainingObserver {
public:
  /// `path`: a CSV file of all epochs; "" for none.
  explicit Tracker(std::string path) : path(std::move(path)) {}
  void atStart(const TrainingSetup &setup) override;
  void atEpochEnd(const EpochRecord &record) override;
  bool wantsLayerSizes() const override { return true; }
  void atEnd(OutputFiles &files) override;

private:
  std::string path, rows;
  const nncc_program *program = nullptr;
  int64_t firstEpoch = 0;
};

} // namespace nncc::runtime
#endif // NNCC_LIB_RUNTIME_TRAIN_TRACKER_H
