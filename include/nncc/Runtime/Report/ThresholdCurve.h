// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a binary classifier does at every threshold: ROC and precision over recall.
#ifndef NNCC_RUNTIME_REPORT_THRESHOLDCURVE_H
#define NNCC_RUNTIME_REPORT_THRESHOLDCURVE_H

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nncc::runtime::report {

/// Counts of probabilities in 1000 equal bins: memory does not grow with the samples.
class ThresholdCurve {
public:
  void add(double probability, bool isPositive);

  int64_t positives() const;
  int64_t negatives() const;
  /// (false positive rate, true positive rate) from (0, 0) to (1, 1); points that repeat are left out.
  std::vector<std::pair<double, double>> roc() const;
  /// (recall, precision), recall rising.
  std::vector<std::pair<double, double>> precisionRecall() const;
  /// Area under `roc` by trapezoids.
  double area() const;

private:
  static constexpr size_t bins = 1000;
  std::vector<int64_t> positive = std::vector<int64_t>(bins), negative = std::vector<int64_t>(bins);
};

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_THRESHOLDCURVE_H
