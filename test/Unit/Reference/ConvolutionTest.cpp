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

// A bias [1 2 3] through [[1 10] [2 20] [3 30]] is [14 140].
TEST(Convolution, ComposedBias) {
  auto y = run("%b: tensor<3xf32>, %w: tensor<1x3x2xf32>, %n: tensor<2xf32>", "tensor<2xf32>",
               "%y = nn.compose_bias %b, %w, %n : (tensor<3xf32>, tensor<1x3x2xf32>, tensor<2xf32>) -> tensor<2xf32>\n"
               "return %y : tensor<2xf32>",
               {counting({3}), Tensor({1, 3, 2}, {1, 10, 2, 20, 3, 30}), Tensor({2}, {0.5, -0.5})});
  EXPECT_THAT(y[0].data, near({14.5, 139.5}));
}

std::string up(const std::string &x, const std::string &w, const std::string &y, const std::string &attributes) {
  return "%y = nn.conv_transpose %x, %w, %b {" + attributes + "} : (" + x + ", " + w + ", tensor<1xf32>) -> " + y +
         "\nreturn %y : " + y;
}

// Each input lays its multiple of the kernel [3 5 7] down, two positions after the one before; the bias is 100.
TEST(TransposedConvolution, StrideTwo) {
  auto y = run("%x: tensor<?x3x1xf32>, %w: tensor<3x1x1xf32>, %b: tensor<1xf32>", "tensor<?x7x1xf32>",
               up("tensor<?x3x1xf32>", "tensor<3x1x1xf32>", "tensor<?x7x1xf32>",
                  "dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 2>"),
               {counting({1, 3, 1}), Tensor({3, 1, 1}, {3, 5, 7}), Tensor({1}, {100})});
  EXPECT_THAT(y[0].data, near({103, 105, 107 + 6, 110, 114 + 9, 115, 121}));
}

// The same without its first position, and with one behind that gets nothing; then relu.
TEST(TransposedConvolution, PaddingAndActivation) {
  auto y = run("%x: tensor<?x3x1xf32>, %w: tensor<3x1x1xf32>, %b: tensor<1xf32>", "tensor<?x7x1xf32>",
               up("tensor<?x3x1xf32>", "tensor<3x1x1xf32>", "tensor<?x7x1xf32>",
                  "activation = #nn.activation<relu>, dilations = array<i64: 1>, padding = array<i64: 1, -1>, strides = "
                  "array<i64: 2>"),
               {counting({1, 3, 1}), Tensor({3, 1, 1}, {3, 5, 7}), Tensor({1}, {-12})});
  EXPECT_THAT(y[0].data, near({0, 1, 0, 11, 3, 9, 0}));
}

// The kernel is [k, F, C]: filter 1 takes 10 times channel 0 and 100 times channel 1.
TEST(TransposedConvolution, Channels) {
  auto y = run("%x: tensor<?x1x2xf32>, %w: tensor<1x2x2xf32>, %b: tensor<2xf32>", "tensor<?x1x2xf32>",
               "%y = nn.conv_transpose %x, %w, %b {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = "
               "array<i64: 1>} : (tensor<?x1x2xf32>, tensor<1x2x2xf32>, tensor<2xf32>) -> tensor<?x1x2xf32>\n"
               "return %y : tensor<?x1x2xf32>",
               {counting({1, 1, 2}), Tensor({1, 2, 2}, {1, 1, 10, 100}), Tensor({2}, {0, 0})});
  EXPECT_THAT(y[0].data, near({3, 210}));
}

// Windows (1 2), (2 3) of a row; weights 1 10 at the first position, 100 1000 at the second, whatever they lie in.
TEST(LocalConvolution, Implementations) {
  struct {
    const char *kernel;
    int64_t implementation;
    Tensor weights;
  } cases[] = {{"tensor<2x2x1xf32>", 1, Tensor({2, 2, 1}, {1, 10, 100, 1000})},
               {"tensor<3x1x2x1xf32>", 2, Tensor({3, 1, 2, 1}, {1, 7, 10, 100, 7, 1000})},
               {"tensor<4xf32>", 3, Tensor({4}, {1, 10, 100, 1000})}};
  for (auto &[kernel, implementation, weights] : cases) {
    auto y = run(std::string("%x: tensor<?x3x1xf32>, %w: ") + kernel, "tensor<?x2x1xf32>",
                 "%y = nn.local_conv %x, %w {strides = array<i64: 1>, window = array<i64: 2>, implementation = " +
                     std::to_string(implementation) + "} : (tensor<?x3x1xf32>, " + kernel +
                     ") -> tensor<?x2x1xf32>\nreturn %y : tensor<?x2x1xf32>",
                 {counting({1, 3, 1}), weights});
    EXPECT_THAT(y[0].data, near({21, 3200}));
  }
}

// Implementation 3 keeps a filter's weights together, implementation 1 a weight's filters.
TEST(LocalConvolution, OrderOfFilters) {
  for (int64_t implementation : {1, 3}) {
    const char *kernel = implementation == 1 ? "tensor<1x2x2xf32>" : "tensor<4xf32>";
    Tensor weights = implementation == 1 ? Tensor({1, 2, 2}, {1, 100, 10, 1000}) : Tensor({4}, {1, 10, 100, 1000});
    auto y = run(std::string("%x: tensor<?x2x1xf32>, %w: ") + kernel, "tensor<?x1x2xf32>",
                 "%y = nn.local_conv %x, %w {strides = array<i64: 1>, window = array<i64: 2>, implementation = " +
                     std::to_string(implementation) + "} : (tensor<?x2x1xf32>, " + kernel +
                     ") -> tensor<?x1x2xf32>\nreturn %y : tensor<?x1x2xf32>",
                 {counting({1, 2, 1}), weights});
    EXPECT_THAT(y[0].data, near({21, 2100}));
  }
}

} // namespace
} // namespace nncc::reference
