// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of merging layers, slices and reshapes on numbers worked out by hand.

#include "Reference/Run.h"

namespace nncc::reference {
namespace {

TEST(Merge, ConcatenateAndSlice) {
  auto results =
      run("%a: tensor<?x2x1xf32>, %b: tensor<?x2x2xf32>", "tensor<?x2x3xf32>, tensor<?x2x2xf32>",
          "%y = nn.concatenate %a, %b {axis = 2} : (tensor<?x2x1xf32>, tensor<?x2x2xf32>) -> tensor<?x2x3xf32>\n"
          "%z = nn.slice %y {axis = 2, offset = 1, size = 2} : (tensor<?x2x3xf32>) -> tensor<?x2x2xf32>\n"
          "return %y, %z : tensor<?x2x3xf32>, tensor<?x2x2xf32>",
          {Tensor({1, 2, 1}, {1, 2}), Tensor({1, 2, 2}, {10, 20, 30, 40})});
  EXPECT_THAT(results[0].data, near({1, 10, 20, 2, 30, 40}));
  EXPECT_THAT(results[1].data, near({10, 20, 30, 40}));
}

TEST(Merge, ConcatenateAlongMiddleAxis) {
  auto y = run("%a: tensor<?x1x2xf32>, %b: tensor<?x2x2xf32>", "tensor<?x3x2xf32>",
               "%y = nn.concatenate %a, %b {axis = 1} : (tensor<?x1x2xf32>, tensor<?x2x2xf32>) -> tensor<?x3x2xf32>\n"
               "return %y : tensor<?x3x2xf32>",
               {counting({2, 1, 2}), counting({2, 2, 2}, 10)});
  EXPECT_THAT(y[0].data, near({1, 2, 10, 11, 12, 13, 3, 4, 14, 15, 16, 17}));
}

TEST(Merge, AddOfThree) {
  auto y = run("%a: tensor<?x2xf32>, %b: tensor<?x2xf32>", "tensor<?x2xf32>",
               "%y = nn.add %a, %b, %a : (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>\n"
               "return %y : tensor<?x2xf32>",
               {Tensor({1, 2}, {1, 2}), Tensor({1, 2}, {10, 20})});
  EXPECT_THAT(y[0].data, near({12, 24}));
}

TEST(Shape, Reshape) {
  Tensor y =
      runUnary("reshape %x {shape = array<i64: 3, 2>}", "tensor<?x2x3xf32>", "tensor<?x3x2xf32>", counting({2, 2, 3}));
  EXPECT_EQ(y.shape, (llvm::SmallVector<int64_t>{2, 3, 2}));
  EXPECT_EQ(y.data, counting({12}).data);
}

} // namespace
} // namespace nncc::reference
