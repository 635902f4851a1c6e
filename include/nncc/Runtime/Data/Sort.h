// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sorting. One function sorts numbers of elements, whatever they are: std::sort is a kilobyte of code for each type.
#ifndef NNCC_RUNTIME_DATA_SORT_H
#define NNCC_RUNTIME_DATA_SORT_H

#include <cstdint>
#include <functional>
#include <vector>

namespace nncc::runtime {

/// The numbers [0, count) in the order of `isBefore`; equal ones as they are.
std::vector<int64_t> sortedOrder(size_t count, const std::function<bool(int64_t, int64_t)> &isBefore);

/// Sorts a list; equal elements stay as they are.
template <typename T, typename IsBefore = std::less<>> void sortList(std::vector<T> &list, IsBefore isBefore = {}) {
  std::vector<T> sorted;
  sorted.reserve(list.size());
  for (int64_t index : sortedOrder(list.size(), [&](int64_t a, int64_t b) { return isBefore(list.data()[a], list.data()[b]); }))
    sorted.push_back(std::move(list.data()[index]));
  list.swap(sorted);
}

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_SORT_H
