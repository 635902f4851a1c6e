// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/LossTrace.h"

#include <algorithm>
#include <cmath>

namespace nncc::runtime::report {

void LossTrace::add(double loss) {
  if (nonFinite < 0 && !std::isfinite(loss))
    nonFinite = steps;
  if (steps % stepsPerPoint == 0) {
    if (sums.size() == most) {
      for (size_t i = 0; i < most / 2; ++i)
        sums[i] = sums[2 * i] + sums[2 * i + 1];
      sums.resize(most / 2);
      stepsPerPoint *= 2;
    }
    sums.push_back(0);
  }
  sums.back() += loss;
  ++steps;
}

std::vector<std::pair<double, double>> LossTrace::points() const {
  std::vector<std::pair<double, double>> points;
  for (size_t i = 0; i < sums.size(); ++i) {
    const int64_t first = static_cast<int64_t>(i) * stepsPerPoint, end = std::min(first + stepsPerPoint, steps);
    points.push_back({static_cast<double>(end), sums[i] / static_cast<double>(end - first)});
  }
  return points;
}

} // namespace nncc::runtime::report
