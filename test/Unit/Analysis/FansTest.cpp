// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/Fans.h"

#include "gtest/gtest.h"

using nncc::analysis::computeFans;

static std::pair<int64_t, int64_t> fans(llvm::ArrayRef<int64_t> shape) {
  auto [in, out] = computeFans(shape);
  return {in, out};
}

TEST(Fans, AsKeras) {
  using Pair = std::pair<int64_t, int64_t>;
  EXPECT_EQ(fans({}), Pair(1, 1));
  EXPECT_EQ(fans({7}), Pair(7, 7));
  EXPECT_EQ(fans({5, 3}), Pair(5, 3));
  EXPECT_EQ(fans({3, 5, 8}), Pair(15, 24));
  EXPECT_EQ(fans({3, 3, 1, 32}), Pair(9, 288));
  EXPECT_EQ(fans({2, 3, 5, 7, 11}), Pair(210, 330));
}
