// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes to compress: of small and large alphabets, with repetitions near and far.
#ifndef NNCC_TEST_UNIT_RUNTIME_RANDOMBYTES_H
#define NNCC_TEST_UNIT_RUNTIME_RANDOMBYTES_H

#include <algorithm>
#include <random>
#include <string>

class RandomBytes {
public:
  explicit RandomBytes(uint32_t seed) : engine(seed) {}

  size_t below(size_t limit) { return limit ? engine() % limit : 0; }

  /// Of up to `most` bytes and a little more; repetitions make it that long.
  std::string text(size_t most) {
    std::string result;
    const size_t length = most ? 1 + below(most) : 0, alphabet = 1 + below(256), repetitions = below(3);
    while (result.size() < length) {
      if (repetitions == 0 || result.size() < 10 || below(2)) {
        result += static_cast<char>(below(alphabet));
        continue;
      }
      const size_t distance = 1 + below(std::min<size_t>(result.size(), repetitions == 1 ? 40 : 40000));
      for (size_t count = 3 + below(400); count; --count)
        result += result[result.size() - distance];
    }
    return result;
  }

private:
  std::mt19937 engine;
};

#endif // NNCC_TEST_UNIT_RUNTIME_RANDOMBYTES_H
