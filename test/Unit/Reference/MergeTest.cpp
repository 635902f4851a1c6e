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

TEST(Merge, ProductAndExtrema) {
  auto results =
      run("%a: tensor<?x3xf32>, %b: tensor<?x3xf32>",
          "tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>",
          "%p = nn.multiply %a, %b : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>\n"
          "%q = nn.maximum %a, %b : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>\n"
          "%r = nn.minimum %a, %b : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>\n"
          "%g = nn.maximum_grad %p, %a, %b {index = 0} : (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) -> "
          "tensor<?x3xf32>\n"
          "%h = nn.minimum_grad %p, %a, %b {index = 1} : (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) -> "
          "tensor<?x3xf32>\n"
          "return %p, %q, %r, %g, %h : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>",
          {Tensor({1, 3}, {1, 5, 3}), Tensor({1, 3}, {2, -4, 3})});
  EXPECT_THAT(results[0].data, near({2, -20, 9}));
  EXPECT_THAT(results[1].data, near({2, 5, 3}));
  EXPECT_THAT(results[2].data, near({1, -4, 3}));
  EXPECT_THAT(results[3].data, near({0, -20, 9})); // of equal inputs the first
  EXPECT_THAT(results[4].data, near({0, -20, 0}));
}

TEST(Merge, Rescale) {
  Tensor y = runUnary("rescale %x {scale = 0.5, offset = -1.0}", "tensor<?x3xf32>", "tensor<?x3xf32>", counting({1, 3}));
  EXPECT_THAT(y.data, near({-0.5, 0, 0.5}));
}

TEST(Merge, WithAParameter) {
  auto results = run("%x: tensor<?x2x2xf32>, %p: tensor<2x1xf32>, %q: tensor<2xf32>", "tensor<?x2x2xf32>, tensor<?x2x2xf32>",
                     "%y = nn.scale_by %x, %p : (tensor<?x2x2xf32>, tensor<2x1xf32>) -> tensor<?x2x2xf32>\n"
                     "%z = nn.shift_by %x, %q : (tensor<?x2x2xf32>, tensor<2xf32>) -> tensor<?x2x2xf32>\n"
                     "return %y, %z : tensor<?x2x2xf32>, tensor<?x2x2xf32>",
                     {counting({1, 2, 2}), Tensor({2, 1}, {10, 100}), Tensor({2}, {0.5, 0.25})});
  EXPECT_THAT(results[0].data, near({10, 20, 300, 400}));
  EXPECT_THAT(results[1].data, near({1.5, 2.25, 3.5, 4.25}));
}

// Mean 2, variance 2/3 (and epsilon 1/3): y is x - 2.
TEST(Normalization, Standardize) {
  Tensor y = runUnary("standardize %x {axes = 1, epsilon = 0.333333333333333333}", "tensor<?x3xf32>", "tensor<?x3xf32>",
                      counting({1, 3}));
  EXPECT_THAT(y.data, near({-1, 0, 1}));
}

TEST(Shape, Permute) {
  Tensor y = runUnary("permute %x {permutation = array<i64: 2, 1>}", "tensor<?x2x3xf32>", "tensor<?x3x2xf32>",
                      counting({1, 2, 3}));
  EXPECT_THAT(y.data, near({1, 4, 2, 5, 3, 6}));
}

TEST(Shape, PadAndCrop) {
  Tensor y = runUnary("pad %x {padding = array<i64: 1, 0, -1, 1>}", "tensor<?x2x3xf32>", "tensor<?x3x3xf32>",
                      counting({1, 2, 3}));
  EXPECT_THAT(y.data, near({0, 0, 0, 2, 3, 0, 5, 6, 0}));
}

TEST(Shape, BroadcastAndSum) {
  Tensor y = runUnary("broadcast %x {shape = array<i64: 2, 3>}", "tensor<?x2x1xf32>", "tensor<?x2x3xf32>",
                      counting({1, 2, 1}));
  EXPECT_THAT(y.data, near({1, 1, 1, 2, 2, 2}));
  Tensor z = runUnary("reduce_sum %x", "tensor<?x2x3xf32>", "tensor<?x2x1xf32>", counting({1, 2, 3}));
  EXPECT_THAT(z.data, near({6, 15}));
  Tensor overBatch = runUnary("reduce_sum %x", "tensor<?x2x3xf32>", "tensor<1x3xf32>", counting({2, 2, 3}));
  EXPECT_THAT(overBatch.data, near({1 + 4 + 7 + 10, 2 + 5 + 8 + 11, 3 + 6 + 9 + 12}));
}

TEST(Shape, Reshape) {
  Tensor y =
      runUnary("reshape %x {shape = array<i64: 3, 2>}", "tensor<?x2x3xf32>", "tensor<?x3x2xf32>", counting({2, 2, 3}));
  EXPECT_EQ(y.shape, (llvm::SmallVector<int64_t>{2, 3, 2}));
  EXPECT_EQ(y.data, counting({12}).data);
}

} // namespace
} // namespace nncc::reference
