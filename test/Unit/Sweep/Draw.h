// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_SWEEP_DRAW_H
#define NNCC_TEST_UNIT_SWEEP_DRAW_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <initializer_list>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace nncc::sweep {

using Extents = std::vector<int64_t>;

/// Random choices: the same on every machine for one seed.
class Draw {
public:
  explicit Draw(uint64_t seed) : engine(seed * 0x9E3779B97F4A7C15 + 1) {}

  /// Both ends included.
  int64_t in(int64_t low, int64_t high) { return low + int64_t(engine() % uint64_t(high - low + 1)); }
  bool chance(int64_t percent) { return in(1, 100) <= percent; }
  double uniform(double low, double high) { return low + (high - low) * double(engine() >> 11) * 0x1p-53; }
  uint64_t seed() { return engine(); }

  template <typename T> T oneOf(std::initializer_list<T> values) { return values.begin()[in(0, values.size() - 1)]; }
  template <typename T> const T &oneOf(llvm::ArrayRef<T> values) { return values[in(0, values.size() - 1)]; }
  template <typename T> void shuffle(std::vector<T> &values) {
    for (size_t i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[in(0, i - 1)]);
  }

  Extents each(size_t count, int64_t low, int64_t high) {
    Extents result;
    for (size_t i = 0; i < count; ++i)
      result.push_back(in(low, high));
    return result;
  }
  /// A small count, among them those that no vector width divides.
  int64_t smallCount() { return oneOf<int64_t>({1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 19, 24, 32, 33, 48}); }

private:
  std::mt19937_64 engine;
};

/// "[1, 2, 3]".
inline std::string listText(llvm::ArrayRef<int64_t> values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "]";
}

/// A number from the environment, as NNCC_SWEEP.
inline uint64_t fromEnvironment(const char *name, uint64_t otherwise) {
  const char *value = std::getenv(name);
  return value ? std::strtoull(value, nullptr, 10) : otherwise;
}

/// A decimal number as the language writes it: "-0.25".
std::string numberText(double value);

} // namespace nncc::sweep

#endif // NNCC_TEST_UNIT_SWEEP_DRAW_H
