// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of pools on numbers worked out by hand.

#include "Reference/Run.h"

namespace nncc::reference {
namespace {

const char *kTwoByTwo = "padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>, window = array<i64: 2, 2>";

// Four windows of a 4x4 map; the odd row and column of a 5x5 one are left out.
TEST(Pooling, Maximum) {
  Tensor y = runUnary(std::string("max_pool %x {") + kTwoByTwo + "}", "tensor<?x4x4x1xf32>", "tensor<?x2x2x1xf32>",
                      counting({1, 4, 4, 1}));
  EXPECT_THAT(y.data, near({6, 8, 14, 16}));
  y = runUnary(std::string("max_pool %x {") + kTwoByTwo + "}", "tensor<?x5x5x1xf32>", "tensor<?x2x2x1xf32>",
               counting({1, 5, 5, 1}));
  EXPECT_THAT(y.data, near({7, 9, 17, 19}));
}

// Padding never is the maximum, not even of negative numbers.
TEST(Pooling, MaximumIgnoresPadding) {
  Tensor y = runUnary("max_pool %x {padding = array<i64: 1, 1>, strides = array<i64: 1>, window = array<i64: 3>}",
                      "tensor<?x3x1xf32>", "tensor<?x3x1xf32>", Tensor({1, 3, 1}, {-3, -1, -2}));
  EXPECT_THAT(y.data, near({-1, -1, -1}));
}

// The position in the window, of the first maximum where several tie; the gradient goes there and adds up where windows
// meet.
TEST(Pooling, ArgmaxAndGradient) {
  auto results = run(
      "%x: tensor<?x4x1xf32>, %dy: tensor<?x3x1xf32>", "tensor<?x3x1xi8>, tensor<?x4x1xf32>",
      "%y, %a = nn.max_pool_train %x {padding = array<i64: 0, 0>, strides = array<i64: 1>, window = array<i64: 2>} : "
      "(tensor<?x4x1xf32>) -> (tensor<?x3x1xf32>, tensor<?x3x1xi8>)\n"
      "%dx = nn.max_pool_grad %dy, %a {padding = array<i64: 0, 0>, strides = array<i64: 1>, window = array<i64: 2>} : "
      "(tensor<?x3x1xf32>, tensor<?x3x1xi8>) -> tensor<?x4x1xf32>\n"
      "return %a, %dx : tensor<?x3x1xi8>, tensor<?x4x1xf32>",
      {Tensor({1, 4, 1}, {1, 5, 2, 2}), Tensor({1, 3, 1}, {10, 20, 30})});
  EXPECT_THAT(results[0].data, near({1, 0, 0}));
  EXPECT_THAT(results[1].data, near({0, 30, 30, 0}));
}

// The mean does not count padding: the outer windows hold two elements.
TEST(Pooling, Average) {
  const char *op = "{padding = array<i64: 1, 1>, strides = array<i64: 1>, window = array<i64: 3>}";
  Tensor y = runUnary(std::string("average_pool %x ") + op, "tensor<?x3x1xf32>", "tensor<?x3x1xf32>",
                      Tensor({1, 3, 1}, {3, 6, 12}));
  EXPECT_THAT(y.data, near({4.5, 7, 9}));
  Tensor dx = runUnary(std::string("average_pool_grad %x ") + op, "tensor<?x3x1xf32>", "tensor<?x3x1xf32>",
                       Tensor({1, 3, 1}, {6, 6, 6}));
  EXPECT_THAT(dx.data, near({3 + 2, 3 + 2 + 3, 2 + 3}));
}

TEST(Pooling, Global) {
  Tensor x({1, 2, 2, 2}, {1, 10, 2, 20, 3, 30, 6, 0});
  EXPECT_THAT(runUnary("global_max_pool %x", "tensor<?x2x2x2xf32>", "tensor<?x2xf32>", x).data, near({6, 30}));
  Tensor y = runUnary("global_average_pool %x {keepdims = true}", "tensor<?x2x2x2xf32>", "tensor<?x1x1x2xf32>", x);
  EXPECT_THAT(y.data, near({3, 15}));
  EXPECT_EQ(y.shape, (llvm::SmallVector<int64_t>{1, 1, 1, 2}));
}

// Ties share the gradient of a global maximum.
TEST(Pooling, GlobalGradients) {
  auto dx = run("%x: tensor<?x4x1xf32>, %y: tensor<?x1xf32>, %dy: tensor<?x1xf32>", "tensor<?x4x1xf32>",
                "%dx = nn.global_max_pool_grad %x, %y, %dy : (tensor<?x4x1xf32>, tensor<?x1xf32>, tensor<?x1xf32>) -> "
                "tensor<?x4x1xf32>"
                "return %dx : tensor<?x4x1xf32>",
                {Tensor({1, 4, 1}, {7, 1, 7, 2}), Tensor({1, 1}, {7}), Tensor({1, 1}, {10})});
  EXPECT_THAT(dx[0].data, near({5, 0, 5, 0}));
  Tensor average =
      runUnary("global_average_pool_grad %x", "tensor<?x1xf32>", "tensor<?x4x1xf32>", Tensor({1, 1}, {10}));
  EXPECT_THAT(average.data, near({2.5, 2.5, 2.5, 2.5}));
}

} // namespace
} // namespace nncc::reference
