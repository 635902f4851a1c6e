// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The callbacks of the train section, as Keras 2.15's (keras/callbacks.py).
#ifndef NNCC_RUNTIME_TRAIN_CALLBACKS_H
#define NNCC_RUNTIME_TRAIN_CALLBACKS_H

#include "nncc/Runtime/Core/Instance.h"
#include "nncc/Runtime/Report/Progress.h"
#include "nncc/Runtime/Train/State.h"

#include <memory>
#include <string>
#include <vector>

namespace nncc::runtime {

/// What a callback sees at an epoch's end, and may change.
struct EpochEnd {
  int64_t epoch;           ///< from 0
  Logs &logs;              ///< of training and validation
  nncc_instance *instance; ///< its variables
  double &learningRate;    ///< of the next steps, where no schedule stands
  bool &stop;              ///< no more epochs
};

/// What it sees after each step.
struct BatchEnd {
  int64_t epoch, batch; ///< from 0
  const Logs &logs;     ///< of the epoch so far
  nncc_instance *instance;
};

class EpochCallback {
public:
  virtual ~EpochCallback() = default;
  virtual void atEpochEnd(EpochEnd &end) = 0;
  virtual bool wantsBatches() const { return false; }
  virtual void atBatchEnd(const BatchEnd &) {}
  virtual void atTrainingEnd() {}
  /// Throws Error(exitBadInput) for what will fail with logs of these names.
  virtual void check(const Logs &) const {}
  virtual void visitState(State &state, const nncc_program &program) = 0;
};

/// A history that is written at the end.
struct HistoryFile {
  std::string path;
  std::string separator = ",";
  bool appends = false; ///< to the file that is there, without a header
};

struct Callbacks {
  bool terminateOnNaN = false;
  std::vector<HistoryFile> historyFiles; ///< CSVLogger's

  /// Throws Error(exitBadInput) for one that is not supported.
  explicit Callbacks(const nncc_training &training);
  void check(const Logs &names) const;
  /// Calls EarlyStopping, ReduceLROnPlateau and ModelCheckpoint in their order.
  void atEpochEnd(EpochEnd end);
  /// Whether one of them looks at steps, which then are told.
  bool wantsBatches() const;
  void atBatchEnd(const BatchEnd &end);
  void atTrainingEnd();
  void visitState(State &state, const nncc_program &program);

private:
  std::vector<std::unique_ptr<EpochCallback>> callbacks;
};

/// Python's str.format for a ModelCheckpoint's path: {epoch}, {epoch:02d}, {batch}, {val_loss:.2f}, {loss:.3e}, {{;
/// epochs and batches count from 1, where there is a batch. Throws Error(exitBadInput) for a name that the logs lack
/// and for a format that is none of numbers.
std::string checkpointPath(const std::string &pattern, int64_t epoch, const Logs &logs, int64_t batch = -1);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_TRAIN_CALLBACKS_H
