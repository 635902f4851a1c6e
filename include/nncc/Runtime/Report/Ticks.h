// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where an axis starts and ends, and which numbers stand at it.
#ifndef NNCC_RUNTIME_REPORT_TICKS_H
#define NNCC_RUNTIME_REPORT_TICKS_H

#include <string>
#include <vector>

namespace nncc::runtime::report {

enum class Scale {
  Linear,
  Integer,     ///< linear, and no tick between integers
  Logarithmic, ///< all values are > 0
};

struct Ticks {
  double low = 0, high = 1;
  Scale scale = Scale::Linear;
  std::vector<double> values;
  std::vector<std::string> labels; ///< one a value

  /// Where a value lies on the axis: 0 at its low end, 1 at its high end.
  double place(double value) const;
};

/// For values from `low` to `high`: about `wanted` ticks at 1, 2 or 5 times a power of ten. `tight`: the axis ends at the values;
/// else at the next ticks outside, or, logarithmic, a little outside. An empty range is widened.
Ticks chooseTicks(double low, double high, Scale scale, int wanted, bool tight);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_TICKS_H
