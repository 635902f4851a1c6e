// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Keras 2.15's progress lines (keras/utils/generic_utils.py, Progbar).
#ifndef NNCC_RUNTIME_REPORT_PROGRESS_H
#define NNCC_RUNTIME_REPORT_PROGRESS_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace nncc::runtime {

/// Names and values in the order in which they are shown: loss, metrics, val_loss, val_ metrics.
using Logs = std::vector<std::pair<std::string, double>>;

/// " - loss: 0.4127 - accuracy: 0.8011": four decimals, or 1.0000e-04 where those would show nothing. Keras' line of an epoch
/// (not its bar) does so with all negative values.
std::string logsText(const Logs &logs, bool isLine = false);
/// " 35ms/step"
std::string timePerUnit(double seconds, const char *unit);

/// The progress of one epoch. Returns text instead of printing it, and takes the time as an argument: so it can be tested.
class Progress {
public:
  /// verbose 0, 1 or 2. `now` in seconds. The bar is redrawn in place, on a terminal and elsewhere, as Keras does it on Linux.
  Progress(int verbose, int64_t steps, double now) : verbose(verbose), steps(steps), start(now) {}

  /// After step `done` of the epoch. Empty when nothing is to be shown now.
  std::string update(int64_t done, const Logs &logs, double now);
  /// At the end of the epoch, validation included.
  std::string finish(const Logs &logs, double now);

private:
  std::string bar(int64_t done, const Logs &logs, double now, bool last);

  int verbose;
  int64_t steps;
  double start, afterFirst = -1, shown = -1e9;
  size_t width = 0;
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_REPORT_PROGRESS_H
