// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of convolutions on numbers worked out by hand.

#include "Reference/Run.h"

namespace nncc::reference {
namespace {

const char *kPlain2D = "dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>";

std::string conv(const std::string &x, const std::string &w, const std::string &y, const std::string &attributes) {
  return "%y = nn.conv %x, %w {" + attributes + "} : (" + x + ", " + w + ") -> " + y + "\nreturn %y : " + y;
}

// [1 2 3; 4 5 6; 7 8 9] with [1 2; 3 4]: 1*1 + 2*2 + 4*3 + 5*4 = 37, ...
TEST(Convolution, TwoAxes) {
  auto y = run("%x: tensor<?x3x3x1xf32>, %w: tensor<2x2x1x1xf32>", "tensor<?x2x2x1xf32>",
               conv("tensor<?x3x3x1xf32>", "tensor<2x2x1x1xf32>", "tensor<?x2x2x1xf32>", kPlain2D),
               {counting({1, 3, 3, 1}), counting({2, 2, 1, 1})});
  EXPECT_THAT(y[0].data, near({37, 47, 67, 77}));
}

// A stride of 2 keeps every second window; one zero in front moves them.
TEST(Convolution, StrideAndPadding) {
  auto y = run("%x: tensor<?x4x1xf32>, %w: tensor<2x1x1xf32>", "tensor<?x2x1xf32>",
               conv("tensor<?x4x1xf32>", "tensor<2x1x1xf32>", "tensor<?x2x1xf32>",
                    "dilations = array<i64: 1>, padding = array<i64: 1, 0>, strides = array<i64: 2>"),
               {counting({1, 4, 1}), counting({2, 1, 1})});
  // windows (0, 1), (2, 3): 0 * 1 + 1 * 2, 2 * 1 + 3 * 2
  EXPECT_THAT(y[0].data, near({2, 8}));
}

// Dilation 2: the taps stand at 0 and 2.
TEST(Convolution, Dilation) {
  auto y = run("%x: tensor<?x4x1xf32>, %w: tensor<2x1x1xf32>", "tensor<?x2x1xf32>",
               conv("tensor<?x4x1xf32>", "tensor<2x1x1xf32>", "tensor<?x2x1xf32>",
                    "dilations = array<i64: 2>, padding = array<i64: 0, 0>, strides = array<i64: 1>"),
               {counting({1, 4, 1}), counting({2, 1, 1})});
  EXPECT_THAT(y[0].data, near({1 + 3 * 2, 2 + 4 * 2}));
}

// Two groups: filter 0 sees channel 0, filter 1 sees channel 1.
TEST(Convolution, Groups) {
  auto y = run("%x: tensor<?x2x2xf32>, %w: tensor<1x1x2xf32>", "tensor<?x2x2xf32>",
               conv("tensor<?x2x2xf32>", "tensor<1x1x2xf32>", "tensor<?x2x2xf32>",
                    "dilations = array<i64: 1>, groups = 2, padding = array<i64: 0, 0>, strides = array<i64: 1>"),
               {counting({1, 2, 2}), Tensor({1, 1, 2}, {10, 100})});
  EXPECT_THAT(y[0].data, near({10, 200, 30, 400}));
}

TEST(Convolution, ThreeAxes) {
  auto y = run(
      "%x: tensor<?x2x2x2x1xf32>, %w: tensor<2x2x2x1x1xf32>", "tensor<?x1x1x1x1xf32>",
      conv("tensor<?x2x2x2x1xf32>", "tensor<2x2x2x1x1xf32>", "tensor<?x1x1x1x1xf32>",
           "dilations = array<i64: 1, 1, 1>, padding = array<i64: 0, 0, 0, 0, 0, 0>, strides = array<i64: 1, 1, 1>"),
      {counting({1, 2, 2, 2, 1}), Tensor({2, 2, 2, 1, 1}, std::vector<double>(8, 1))});
  EXPECT_THAT(y[0].data, near({36}));
}

// The epilogue: bias, then the activation, then the pool of the activated map.
TEST(Convolution, Epilogue) {
  auto y = run(
      "%x: tensor<?x4x1xf32>, %w: tensor<1x1x1xf32>, %b: tensor<1xf32>", "tensor<?x2x1xf32>",
      "%y = nn.conv %x, %w, %b {activation = #nn.activation<relu>, dilations = array<i64: 1>, padding = array<i64: 0, "
      "0>, "
      "pool_size = array<i64: 2>, strides = array<i64: 1>} : (tensor<?x4x1xf32>, tensor<1x1x1xf32>, tensor<1xf32>) -> "
      "tensor<?x2x1xf32> return %y : tensor<?x2x1xf32>",
      {Tensor({1, 4, 1}, {1, 2, 3, 4}), Tensor({1, 1, 1}, {-1}), Tensor({1}, {2.5})});
  EXPECT_THAT(y[0].data, near({1.5, 0})); // 2.5 - x = 1.5, 0.5, -0.5, -1.5
}

// dx of one output gradient 1 at the first window is the kernel; of all ones, sums of its taps.
TEST(Convolution, GradientOfInput) {
  auto dx = run("%dy: tensor<?x2x1xf32>, %w: tensor<2x1x1xf32>", "tensor<?x3x1xf32>",
                "%dx = nn.conv_grad_input %dy, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = "
                "array<i64: 1>} : "
                "(tensor<?x2x1xf32>, tensor<2x1x1xf32>) -> tensor<?x3x1xf32> return %dx : tensor<?x3x1xf32>",
                {Tensor({2, 2, 1}, {1, 0, 1, 1}), Tensor({2, 1, 1}, {3, 5})});
  EXPECT_THAT(dx[0].data, near({3, 5, 0, 3, 8, 5}));
}

// dw[k] = sum over samples and outputs of x[o + k] * dy[o].
TEST(Convolution, GradientOfKernel) {
  auto dw = run("%x: tensor<?x3x1xf32>, %dy: tensor<?x2x1xf32>", "tensor<2x1x1xf32>",
                "%dw = nn.conv_grad_kernel %x, %dy {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = "
                "array<i64: 1>} : "
                "(tensor<?x3x1xf32>, tensor<?x2x1xf32>) -> tensor<2x1x1xf32> return %dw : tensor<2x1x1xf32>",
                {counting({2, 3, 1}), Tensor({2, 2, 1}, {1, 10, 100, 1000})});
  EXPECT_THAT(dw[0].data, near({1 + 20 + 400 + 5000, 2 + 30 + 500 + 6000}));
}

TEST(Convolution, GradientOfBias) {
  Tensor db = runUnary("bias_grad %x", "tensor<?x2x2xf32>", "tensor<2xf32>", counting({2, 2, 2}));
  EXPECT_THAT(db.data, near({1 + 3 + 5 + 7, 2 + 4 + 6 + 8}));
}

} // namespace
} // namespace nncc::reference
