// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loss and metrics over an epoch: means weighted by the samples, as Keras 2.15's (keras/engine/compile_utils.py, keras/metrics).
#ifndef NNCC_RUNTIME_TRAIN_METRICS_H
#define NNCC_RUNTIME_TRAIN_METRICS_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Report/Progress.h"
#include "nncc/Runtime/Train/ConfusionMetric.h"

#include <memory>

namespace nncc::runtime {

class Metrics {
public:
  /// The metrics of the train section. Throws Error(exitBadInput) for one that is not supported.
  explicit Metrics(const nncc_program &program);

  void reset();
  /// A batch: its mean loss, and predictions and targets as the program lays them out.
  void update(double loss, const float *predictions, const float *targets, int64_t batch);
  /// "loss", then the metrics in their order, as float32 values; `prefix` goes before each name ("val_").
  Logs logs(const char *prefix = "") const;
  /// The sums since the reset, for a checkpoint within an epoch.
  void visitState(State &state);

private:
  enum class Rule { BinaryAccuracy, SparseAccuracy, CategoricalAccuracy, TopK, AbsoluteError, SquaredError, Confusion };
  struct Metric {
    std::string name;
    Rule rule;
    int64_t k = 0;
    double sum = 0, count = 0;
    std::unique_ptr<ConfusionMetric> confusion; ///< Precision, Recall, AUC
  };
  /// Keras' name of the next metric of a class: "precision", then "precision_1".
  std::string uniqueName(const std::string &name) const;
  void update(Metric &metric, const float *predictions, const float *targets, int64_t batch) const;

  const nncc_program &program;
  double lossSum = 0, samples = 0;
  std::vector<Metric> metrics;
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_TRAIN_METRICS_H
