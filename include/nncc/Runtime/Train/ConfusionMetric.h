// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Metrics from counts of true and false positives: Precision, Recall and AUC, as Keras 2.15's
// (keras/metrics/confusion_metrics.py, keras/utils/metrics_utils.py).
#ifndef NNCC_RUNTIME_TRAIN_CONFUSIONMETRIC_H
#define NNCC_RUNTIME_TRAIN_CONFUSIONMETRIC_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Train/State.h"

#include <memory>
#include <string>
#include <vector>

namespace nncc::runtime {

class ConfusionMetric {
public:
  virtual ~ConfusionMetric() = default;

  /// The metric of a call; null for one of another kind. Throws Error(exitBadInput) where the program's targets do not
  /// have the shape of its outputs.
  static std::unique_ptr<ConfusionMetric> make(const nncc_program &program, const nncc_call &call);

  /// Its name in Keras' history, but for the number of a second one: "precision".
  virtual const char *baseName() const = 0;
  virtual void reset() = 0;
  /// `count` predictions in [0, 1] and their targets (positive where they are not 0), whole rows of classes. Throws
  /// Error(exitBadInput) for predictions that are outside, as Keras does.
  virtual void update(const float *predictions, const float *targets, int64_t count) = 0;
  /// Over all that came since the reset; 0 where it would be 0 / 0.
  virtual double result() const = 0;
  /// The counts since the reset, for a checkpoint within an epoch.
  virtual void visitState(State &state) = 0;
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_TRAIN_CONFUSIONMETRIC_H
