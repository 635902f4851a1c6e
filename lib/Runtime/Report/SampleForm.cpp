// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/SampleForm.h"

#include <algorithm>
#include <cmath>

namespace nncc::runtime::report {

SampleForm formOf(const int64_t *extents, int64_t rank) {
  switch (rank) {
  case 1: {
    const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(extents[0]))));
    if (side >= 12 && side * side == extents[0])
      return {SampleForm::Still, 1, side, side, 1};
    break;
  }
  case 2:
    if (extents[1] <= 8)
      return {SampleForm::Plot, 1, extents[0], 1, extents[1]};
    return {SampleForm::Still, 1, extents[0], extents[1], 1};
  case 3: return {SampleForm::Still, 1, extents[0], extents[1], extents[2]};
  case 4: return {SampleForm::Slices, extents[0], extents[1], extents[2], extents[3]};
  default: break;
  }
  return {SampleForm::Plot, 1, rank ? extents[0] : 1, 1, 1};
}

FiniteRange finiteRange(const float *values, int64_t count) {
  FiniteRange range{INFINITY, -INFINITY};
  for (int64_t i = 0; i < count; ++i)
    if (std::isfinite(values[i])) {
      range.least = std::min(range.least, values[i]);
      range.most = std::max(range.most, values[i]);
    }
  return range;
}

} // namespace nncc::runtime::report
