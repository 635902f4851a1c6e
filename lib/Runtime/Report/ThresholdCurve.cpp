// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/ThresholdCurve.h"

#include <algorithm>
#include <numeric>

namespace nncc::runtime::report {

void ThresholdCurve::add(double probability, bool isPositive) {
  if (!(probability >= 0 && probability <= 1))
    return;
  const size_t bin = std::min(static_cast<size_t>(probability * bins), bins - 1);
  ++(isPositive ? positive : negative)[bin];
}

int64_t ThresholdCurve::positives() const { return std::accumulate(positive.begin(), positive.end(), int64_t{0}); }
int64_t ThresholdCurve::negatives() const { return std::accumulate(negative.begin(), negative.end(), int64_t{0}); }

std::vector<std::pair<double, double>> ThresholdCurve::roc() const {
  const auto allPositive = static_cast<double>(positives()), allNegative = static_cast<double>(negatives());
  std::vector<std::pair<double, double>> points{{0, 0}};
  double hits = 0, falls = 0;
  for (size_t bin = bins; bin-- > 0;) {
    if (!positive[bin] && !negative[bin])
      continue;
    hits += static_cast<double>(positive[bin]);
    falls += static_cast<double>(negative[bin]);
    points.push_back({allNegative > 0 ? falls / allNegative : 0, allPositive > 0 ? hits / allPositive : 0});
  }
  return points;
}

std::vector<std::pair<double, double>> ThresholdCurve::precisionRecall() const {
  const auto all = static_cast<double>(positives());
  std::vector<std::pair<double, double>> points;
  double hits = 0, taken = 0;
  for (size_t bin = bins; bin-- > 0;) {
    hits += static_cast<double>(positive[bin]);
    taken += static_cast<double>(positive[bin] + negative[bin]);
    if (positive[bin] && all > 0)
      points.push_back({hits / all, hits / taken});
  }
  return points;
}

double ThresholdCurve::area() const {
  double sum = 0;
  const auto points = roc();
  for (size_t i = 1; i < points.size(); ++i)
    sum += (points[i].first - points[i - 1].first) * (points[i].second + points[i - 1].second) / 2;
  return sum;
}

} // namespace nncc::runtime::report
