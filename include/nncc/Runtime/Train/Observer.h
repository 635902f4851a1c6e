// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Who looks at a training from outside: the report, the table of --track. An observer changes nothing.
#ifndef NNCC_RUNTIME_TRAIN_OBSERVER_H
#define NNCC_RUNTIME_TRAIN_OBSERVER_H

#include "nncc/Runtime/Core/Instance.h"
#include "nncc/Runtime/Report/Progress.h"
#include "nncc/Runtime/Train/Options.h"
#include "nncc/Runtime/Data/OutputFile.h"

#include <cmath>

namespace nncc::runtime {

/// What stays the same over the whole training.
struct TrainingSetup {
  const nncc_program *program; ///< compiled
  nncc_instance *instance;
  const RunOptions &options;
  int64_t trainCount, validationCount; ///< samples; 0: there is nothing to validate on
  int64_t batch, steps, epochs; ///< steps of an epoch; epochs as asked for, of which callbacks may leave some out
  uint64_t seed;
  int64_t firstEpoch;                  ///< from 0; a resumed training begins later
  std::string data, validationData;    ///< sources as they were named; validationData "" for a split or a test part
  std::vector<std::string> classNames; ///< in the order of the class numbers; empty where the source names none
};

/// Sizes of one layer's tensors in the last step of an epoch: root mean squares over the batch. NaN: the layer has no
/// such tensor, or it is never in memory because another layer's kernel goes on with it.
struct LayerSizes {
  std::string layer;
  double activation = NAN;    ///< of its output
  double zeros = NAN;         ///< part of its output's elements that are 0
  double dead = NAN;          ///< part of its units (last axis) that are 0 in all of the batch
  double weight = NAN;        ///< of its trainable variables together
  double gradient = NAN;      ///< of the loss to them; infinity if one is not finite
  double inputGradient = NAN; ///< of the loss to its input
};

/// One finished epoch.
struct EpochRecord {
  int64_t epoch = 0;       ///< from 0
  Logs logs;               ///< of training and validation, and "lr" of a ReduceLROnPlateau
  double learningRate = 0; ///< of its last step
  double seconds = 0;
  std::vector<LayerSizes> layers; ///< in the model's order; empty unless an observer wants them
};

/// Samples of the last pass over the validation data (over the training data where there is none), in inference mode.
struct PredictionBatch {
  int64_t first, count;              ///< numbers of the samples in that data
  std::vector<const float *> inputs; ///< per model input, count rows
  const float *predictions;          ///< count * program.output.elements
  const float *targets;              ///< count * program.target.elements
};

class TrainingObserver {
public:
  virtual ~TrainingObserver() = default;
  /// Before the first step, after everything was checked: throws Error for what it refuses.
  virtual void atStart(const TrainingSetup &) {}
  /// After each step: its number over all epochs, from 0, and its loss.
  virtual void atStep(int64_t, double) {}
  /// After each epoch. A resumed training first tells of the epochs that its checkpoint knows.
  virtual void atEpochEnd(const EpochRecord &) {}
  virtual bool wantsLayerSizes() const { return false; }
  virtual bool wantsPredictions() const { return false; }
  /// After the last epoch: every sample once, in order.
  virtual void atPredictions(const PredictionBatch &) {}
  /// At the end of a training that succeeded: adds its files, which are put in place together with the others.
  virtual void atEnd(OutputFiles &) {}
  /// At the end of a training that began and did not succeed: interrupted, diverged, out of space. Throws nothing.
  virtual void atFailure(const std::string &) {}
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_TRAIN_OBSERVER_H
