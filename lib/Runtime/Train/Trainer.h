// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The training loop: Keras 2.15's Model.fit. Internal to Train.
#ifndef NNCC_LIB_RUNTIME_TRAIN_TRAINER_H
#define NNCC_LIB_RUNTIME_TRAIN_TRAINER_H

#include "Checkpoint.h"
#include "Command.h"

#include "nncc/Runtime/Train/Callbacks.h"
#include "nncc/Runtime/Train/Observer.h"

namespace nncc::runtime {

/// What is trained and validated on: ranges of sets.
struct TrainingData {
  Dataset data, other;
  const SampleSet *validation = nullptr;
  int64_t trainCount = 0, validationFirst = 0, validationCount = 0;
};

class Trainer {
public:
  explicit Trainer(Command &command);
  void addObserver(std::unique_ptr<TrainingObserver> observer) { observers.push_back(std::move(observer)); }
  /// Everything from the checks to the files. Throws Error.
  void run();

private:
  void checkUsage() const;
  void loadData();
  void prepare();
  void start();
  void trainToEnd();
  void trainEpoch();
  void step(BatchLoader &loader);
  Logs finishEpoch();
  void runStep(int64_t part);
  /// Explains the first loss that is not finite; throws with TerminateOnNaN.
  void diverge(float loss, int64_t part);
  void stopIfInterrupted();
  void showPredictions();
  void writeFiles();

  // Checkpoints.
  Settings settings() const;
  void openCheckpoint();
  void loadCheckpoint();
  void saveCheckpoint();
  void visitState(State &state);
  std::string describeCode() const;

  int64_t globalStep() const { return epoch * steps + batchesDone; }
  std::string validationSource() const;

  Command &command;
  const RunOptions &options;
  const nncc_training &training;
  Callbacks callbacks;
  Augmentation augmentation;
  Metrics metrics;
  std::vector<std::unique_ptr<TrainingObserver>> observers;

  // What stays.
  TrainingData data;
  const nncc_entry *entry = nullptr;
  int64_t batch = 0, validationBatch = 0, steps = 0, epochs = 0;
  nncc_call schedule{};
  double initialRate = 0;
  Settings fixed; ///< what a checkpoint of this training must agree with
  int verbose = 0;

  // Where the training is.
  int64_t epoch = 0;
  int64_t batchesDone = 0; ///< of the epoch
  double learningRate = 0; ///< callbacks change it; a schedule does not look at it
  bool isStopped = false;  ///< by a callback
  std::vector<EpochRecord> history;
  bool hasDiverged = false, hasGradients = false;
  std::vector<LayerSizes> layerSizes; ///< of an epoch's last step, if anybody wants them
  std::vector<int64_t> order;         ///< of the epoch's samples; empty: as they are
  Progress progress{0, 1, 0};
  std::unique_ptr<Checkpoint> resumed; ///< until its values are loaded
  State resumedState;
  std::string resumedCode; ///< who compiled the code that wrote it
};

} // namespace nncc::runtime
#endif // NNCC_LIB_RUNTIME_TRAIN_TRAINER_H
