// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of dense layers on numbers worked out by hand.

#include "Reference/Run.h"

namespace nncc::reference {
namespace {

// [1 2] [1 2 3; 4 5 6] + [10 20 30] = [19 32 45]; the second row is negative and relu makes it 0.
TEST(Dense, BiasAndActivation) {
  auto y = run("%x: tensor<?x2xf32>, %w: tensor<2x3xf32>, %b: tensor<3xf32>", "tensor<?x3xf32>",
               "%y = nn.dense %x, %w, %b {activation = #nn.activation<relu>} : (tensor<?x2xf32>, tensor<2x3xf32>, "
               "tensor<3xf32>) -> "
               "tensor<?x3xf32> return %y : tensor<?x3xf32>",
               {Tensor({2, 2}, {1, 2, -10, -20}), counting({2, 3}), Tensor({3}, {10, 20, 30})});
  EXPECT_THAT(y[0].data, near({19, 32, 45, 0, 0, 0}));
}

// The layer acts on the last axis, whatever stands before it.
TEST(Dense, LastAxisOfThree) {
  auto y = run(
      "%x: tensor<?x2x2xf32>, %w: tensor<2x1xf32>", "tensor<?x2x1xf32>",
      "%y = nn.dense %x, %w : (tensor<?x2x2xf32>, tensor<2x1xf32>) -> tensor<?x2x1xf32> return %y : tensor<?x2x1xf32>",
      {counting({1, 2, 2}), Tensor({2, 1}, {1, 10})});
  EXPECT_THAT(y[0].data, near({21, 43}));
}

TEST(Dense, Gradients) {
  auto gradients =
      run("%x: tensor<?x2xf32>, %dy: tensor<?x3xf32>, %w: tensor<2x3xf32>", "tensor<?x2xf32>, tensor<2x3xf32>",
          "%dx = nn.dense_grad_input %dy, %w : (tensor<?x3xf32>, tensor<2x3xf32>) -> tensor<?x2xf32>\n"
          "%dw = nn.dense_grad_kernel %x, %dy : (tensor<?x2xf32>, tensor<?x3xf32>) -> tensor<2x3xf32>\n"
          "return %dx, %dw : tensor<?x2xf32>, tensor<2x3xf32>",
          {counting({2, 2}), Tensor({2, 3}, {1, 0, 1, 0, 1, 0}), counting({2, 3})});
  EXPECT_THAT(gradients[0].data, near({1 + 3, 4 + 6, 2, 5}));
  EXPECT_THAT(gradients[1].data, near({1, 3, 1, 2, 4, 2}));
}

} // namespace
} // namespace nncc::reference
