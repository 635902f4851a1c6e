// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of convolutions fused with their max pool, on numbers worked out by hand.

#include "Reference/Run.h"

namespace nncc::reference {
namespace {

const char *kAttributes =
    "dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>";

// The map of differences is 4 -1 -3 7 1 2 (2 behind the last whole window); with ReLU 4 0 0 7 1.
TEST(PooledConvolution, MaximaAndTheirPlaces) {
  Tensor x({1, 6, 1}, {1, 5, 4, 1, 8, 9}), w({2, 1, 1}, {-1, 1}), bias({1}, {0});
  for (const char *activation : {"linear", "relu"}) {
    auto results = run("%x: tensor<?x6x1xf32>, %w: tensor<2x1x1xf32>, %b: tensor<1xf32>",
                       "tensor<?x2x1xf32>, tensor<?x2x1xi8>",
                       "%y, %a = nn.conv_max_pool_train %x, %w, %b {" + std::string(kAttributes) +
                           ", activation = #nn.activation<" + activation +
                           ">} : (tensor<?x6x1xf32>, tensor<2x1x1xf32>, tensor<1xf32>) -> (tensor<?x2x1xf32>, "
                           "tensor<?x2x1xi8>)\nreturn %y, %a : tensor<?x2x1xf32>, tensor<?x2x1xi8>",
                       {x, w, bias});
    ASSERT_EQ(results.size(), 2u);
    EXPECT_THAT(results[0].data, near({4, 7}));
    EXPECT_THAT(results[1].data, near({0, 1}));
  }
}

// Where ReLU leaves nothing, there is no position: the number of them stands for none.
TEST(PooledConvolution, WindowsWithoutAPositiveOutputAreMarked) {
  auto results = run("%x: tensor<?x4x1xf32>, %w: tensor<1x1x1xf32>", "tensor<?x2x1xf32>, tensor<?x2x1xi8>",
                     "%y, %a = nn.conv_max_pool_train %x, %w {" + std::string(kAttributes) +
                         ", activation = #nn.activation<relu>} : (tensor<?x4x1xf32>, tensor<1x1x1xf32>) -> "
                         "(tensor<?x2x1xf32>, tensor<?x2x1xi8>)\nreturn %y, %a : tensor<?x2x1xf32>, tensor<?x2x1xi8>",
                     {Tensor({1, 4, 1}, {-3, -1, -2, 5}), Tensor({1, 1, 1}, {1})});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_THAT(results[0].data, near({0, 5}));
  EXPECT_THAT(results[1].data, near({2, 1}));
}

// Elements that stand at no position of their window of 2 do not count.
TEST(PooledConvolution, BiasGradient) {
  auto results = run("%dy: tensor<?x2x2xf32>, %a: tensor<?x2x2xi8>", "tensor<2xf32>",
                     "%db = nn.pooled_bias_grad %dy, %a {window_positions = 2} : (tensor<?x2x2xf32>, tensor<?x2x2xi8>) "
                     "-> tensor<2xf32>\nreturn %db : tensor<2xf32>",
                     {Tensor({1, 2, 2}, {1, 2, 3, 4}), Tensor({1, 2, 2}, {0, 2, 1, 1})});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_THAT(results[0].data, near({1 + 3, 4}));
}

// The gradients 10 and 20 arrive at the map's positions 1 and 2: 0 10 20 0.
TEST(PooledConvolution, Gradients) {
  Tensor x({1, 5, 1}, {1, 2, 3, 4, 5}), w({2, 1, 1}, {3, 7}), dy({1, 2, 1}, {10, 20}), argmax({1, 2, 1}, {1, 0});
  auto results = run(
      "%x: tensor<?x5x1xf32>, %w: tensor<2x1x1xf32>, %dy: tensor<?x2x1xf32>, %a: tensor<?x2x1xi8>",
      "tensor<?x5x1xf32>, tensor<2x1x1xf32>",
      "%dx = nn.pooled_conv_grad_input %dy, %a, %w {" + std::string(kAttributes) +
          "} : (tensor<?x2x1xf32>, tensor<?x2x1xi8>, tensor<2x1x1xf32>) -> tensor<?x5x1xf32>\n" +
          "%dw = nn.pooled_conv_grad_kernel %x, %dy, %a {" + kAttributes +
          "} : (tensor<?x5x1xf32>, tensor<?x2x1xf32>, tensor<?x2x1xi8>) -> tensor<2x1x1xf32>\n" +
          "return %dx, %dw : tensor<?x5x1xf32>, tensor<2x1x1xf32>",
      {x, w, dy, argmax});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_THAT(results[0].data, near({0, 30, 70 + 60, 140, 0}));
  EXPECT_THAT(results[1].data, near({2 * 10 + 3 * 20, 3 * 10 + 4 * 20}));
}

} // namespace
} // namespace nncc::reference
