// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loss of every step, as a curve of bounded length.
#ifndef NNCC_RUNTIME_REPORT_LOSSTRACE_H
#define NNCC_RUNTIME_REPORT_LOSSTRACE_H

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nncc::runtime::report {

/// Means over equally many steps; when there are too many of them, neighbours are joined.
class LossTrace {
public:
  void add(double loss);
  /// (steps done, mean loss), at most 400; the last one may be of fewer steps.
  std::vector<std::pair<double, double>> points() const;
  /// The first step, from 0, whose loss was not finite; -1: none was.
  int64_t firstNonFinite() const { return nonFinite; }

private:
  static constexpr size_t most = 400;
  int64_t stepsPerPoint = 1, steps = 0, nonFinite = -1;
  std::vector<double> sums; ///< each of `stepsPerPoint` steps
};

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_LOSSTRACE_H
