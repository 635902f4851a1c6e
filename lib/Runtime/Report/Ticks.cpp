// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Ticks.h"

#include "nncc/Runtime/Data/Error.h"
#include <algorithm>
#include <cmath>

namespace nncc::runtime::report {

double Ticks::place(double value) const {
  if (scale == Scale::Logarithmic)
    return std::log(value / low) / std::log(high / low);
  return (value - low) / (high - low);
}

/// 1, 2 or 5 times a power of ten, the first that is not less.
static double niceStep(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-9))
      return factor * power;
  return 10 * power;
}

/// Labels of one axis have equally many decimals; very large and small numbers have exponents.
static void labelLinear(Ticks &ticks, double step) {
  const double most = std::max(std::fabs(ticks.low), std::fabs(ticks.high));
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  for (double value : ticks.values) {
    if (std::fabs(value) < step * 1e-6)
      value = 0;
    ticks.labels.push_back(value != 0 && (most >= 1e5 || decimals > 4) ? format("%.3g", value)
                                                                       : format("%.*f", decimals, value));
  }
}

static Ticks chooseLinear(double low, double high, Scale scale, int wanted, bool tight) {
  if (!(high > low)) {
    const double room = scale == Scale::Integer ? 1 : low == 0 ? 1 : std::fabs(low) * 0.1;
    low -= room / 2;
    high += room / 2;
    tight = tight || scale == Scale::Integer;
  }
  double step = niceStep((high - low) / wanted);
  if (scale == Scale::Integer)
    step = std::max(1.0, step);
  Ticks ticks;
  ticks.scale = scale;
  ticks.low = tight ? low : std::floor(low / step + 1e-9) * step;
  ticks.high = tight ? high : std::ceil(high / step - 1e-9) * step;
  for (double k = std::ceil(ticks.low / step - 1e-9); k * step <= ticks.high + step * 1e-9; ++k)
    ticks.values.push_back(k * step);
  labelLinear(ticks, step);
  return ticks;
}

static Ticks chooseLogarithmic(double low, double high, int wanted) {
  const double room = std::max(1.05, std::pow(high / low, 0.04));
  Ticks ticks;
  ticks.scale = Scale::Logarithmic;
  ticks.low = low / room;
  ticks.high = high * room;
  const double decades = std::log10(ticks.high / ticks.low);
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / wanted)));
  std::vector<double> factors{1};
  if (decades < 2.5)
    factors = {1, 2, 5};
  if (decades < 0.8)
    factors = {1, 1.5, 2, 3, 4, 5, 6, 8};
  for (int power = static_cast<int>(std::floor(std::log10(ticks.low))); power <= std::ceil(std::log10(ticks.high));
       ++power)
    for (double factor : factors)
      if (double value = factor * std::pow(10, power);
          power % stride == 0 && value >= ticks.low && value <= ticks.high) {
        ticks.values.push_back(value);
        ticks.labels.push_back(format(value < 1e-3 || value >= 1e5 ? "%.0e" : "%.4g", value));
      }
  return ticks;
}

Ticks chooseTicks(double low, double high, Scale scale, int wanted, bool tight) {
  return scale == Scale::Logarithmic ? chooseLogarithmic(low, high, wanted)
                                     : chooseLinear(low, high, scale, wanted, tight);
}

} // namespace nncc::runtime::report
