// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_SUPPORT_CHECKEDMATH_H
#define NNCC_SUPPORT_CHECKEDMATH_H

#include <cstdint>
#include <optional>

/// Arithmetic on 64-bit integers that never wraps around: a result that does not fit (63 bits and the sign) is none.
namespace nncc {

inline std::optional<int64_t> checkedAdd(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_add_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

inline std::optional<int64_t> checkedSubtract(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_sub_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

inline std::optional<int64_t> checkedMultiply(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_mul_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

/// Product of a range of integers; 1 for none.
template <typename Range>
std::optional<int64_t> checkedProduct(const Range &factors) {
  std::optional<int64_t> product = 1;
  for (int64_t factor : factors) {
    // A later zero does not heal an overflow before it: such a product was never meant.
    product = checkedMultiply(*product, factor);
    if (!product)
      return std::nullopt;
  }
  return product;
}

} // namespace nncc

#endif // NNCC_SUPPORT_CHECKEDMATH_H
