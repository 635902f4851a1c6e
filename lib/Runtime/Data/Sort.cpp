// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Sort.h"

#include <algorithm>

namespace nncc::runtime {

/// Merges runs of 1, 2, 4 ... numbers.
std::vector<int64_t> sortedOrder(size_t count, const std::function<bool(int64_t, int64_t)> &isBefore) {
  std::vector<int64_t> order(count), merged(count);
  for (size_t i = 0; i < count; ++i)
    order[i] = static_cast<int64_t>(i);
  for (size_t run = 1; run < count; run *= 2) {
    for (size_t begin = 0; begin < count; begin += 2 * run) {
      const size_t middle = std::min(count, begin + run), end = std::min(count, begin + 2 * run);
      for (size_t left = begin, right = middle, to = begin; to < end; ++to) {
        const bool takesRight = left == middle || (right < end && isBefore(order[right], order[left]));
        merged[to] = order[takesRight ? right++ : left++];
      }
    }
    order.swap(merged);
  }
  return order;
}

} // namespace nncc::runtime
