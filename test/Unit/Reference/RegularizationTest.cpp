// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of dropout: its generator against published numbers, its mask against the op's documentation.

#include "Reference/Run.h"
#include "nncc/Reference/Philox.h"

#include <algorithm>

namespace nncc::reference {
namespace {

// Known answers of the Random123 distribution (kat_vectors, philox4x32-10).
TEST(Regularization, PhiloxKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, 0), (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  uint32_t f = 0xffffffff;
  EXPECT_EQ(philox({f, f, f, f}, ~uint64_t(0)),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
            (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// Seed, step, stream and element are all zero: words 0x6627e8d5 (0.3990), 0xe169c58d (0.8805), 0xbc57ac4c (0.7357),
// 0x9b00dbd8 (0.6055).
TEST(Regularization, DropoutMask) {
  State state;
  auto y = run("%x: tensor<?x4xf32>", "tensor<?x4xf32>",
               "%y = nn.dropout %x {rate = 0.7, stream = 0 : i32} : (tensor<?x4xf32>) -> tensor<?x4xf32>\nreturn %y : "
               "tensor<?x4xf32>",
               {Tensor({1, 4}, {3, 6, 9, 12})}, state);
  EXPECT_THAT(y[0].data, near({0, 20, 30, 0}, 1e-9));
}

// About the rate is dropped, and another step or stream draws another mask.
TEST(Regularization, DropoutVariesWithStepAndStream) {
  auto mask = [](int64_t step, int stream) {
    State state;
    state.seed = 42;
    state.step = step;
    return run("%x: tensor<?x1000xf32>", "tensor<?x1000xf32>",
               "%y = nn.dropout %x {rate = 0.25, stream = " + std::to_string(stream) +
                   " : i32} : (tensor<?x1000xf32>) -> tensor<?x1000xf32>\nreturn %y : tensor<?x1000xf32>",
               {Tensor({1, 1000}, std::vector<double>(1000, 1))}, state)[0]
        .data;
  };
  auto first = mask(0, 0);
  auto dropped = std::count(first.begin(), first.end(), 0.0);
  EXPECT_GT(dropped, 200);
  EXPECT_LT(dropped, 300);
  EXPECT_EQ(first, mask(0, 0));
  EXPECT_NE(first, mask(1, 0));
  EXPECT_NE(first, mask(0, 1));
}

// A mask of [1, 2, 1]: one number for both samples and columns, one for each row. The words are those of DropoutMask.
TEST(Regularization, DropoutWithSharedAxes) {
  State state;
  auto y = run("%x: tensor<?x2x2xf32>", "tensor<?x2x2xf32>",
               "%y = nn.spatial_dropout %x {rate = 0.5, shared = array<i64: 0, 2>, stream = 0 : i32} : (tensor<?x2x2xf32>) -> "
               "tensor<?x2x2xf32>\nreturn %y : tensor<?x2x2xf32>",
               {Tensor({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})}, state);
  EXPECT_THAT(y[0].data, near({0, 0, 6, 8, 0, 0, 14, 16}, 1e-9));
}

// The words of DropoutMask as quantiles, worked out with Wichura's algorithm AS 241.
TEST(Regularization, GaussianNoise) {
  State state;
  auto y = run("%x: tensor<?x4xf32>", "tensor<?x4xf32>",
               "%y = nn.gaussian_noise %x {stddev = 1.0, stream = 0 : i32} : (tensor<?x4xf32>) -> tensor<?x4xf32>\nreturn %y : "
               "tensor<?x4xf32>",
               {Tensor({1, 4}, {0, 0, 0, 0})}, state);
  EXPECT_THAT(y[0].data, near({-0.2558160, 1.1775912, 0.6301837, 0.2675622}, 2e-6));
}

TEST(Regularization, GaussianNoiseIsNormal) {
  State state;
  state.seed = 3;
  auto y = run("%x: tensor<?x10000xf32>", "tensor<?x10000xf32>",
               "%y = nn.gaussian_noise %x {stddev = 2.0, stream = 4 : i32} : (tensor<?x10000xf32>) -> tensor<?x10000xf32>\nreturn %y : "
               "tensor<?x10000xf32>",
               {Tensor({1, 10000}, std::vector<double>(10000, 1))}, state)[0]
               .data;
  double mean = 0, square = 0, fourth = 0;
  for (double value : y)
    mean += value / 10000;
  for (double value : y) {
    square += (value - mean) * (value - mean) / 10000;
    fourth += (value - mean) * (value - mean) * (value - mean) * (value - mean) / 10000;
  }
  EXPECT_NEAR(mean, 1, 0.06);
  EXPECT_NEAR(square, 4, 0.2);
  EXPECT_NEAR(fourth / (square * square), 3, 0.2);
}

// 0.5 * (1 + 2 + 3) + 0.25 * (1 + 4 + 9) = 6.5; of two samples half of it each.
TEST(Regularization, Penalties) {
  State state;
  auto y = run("%x: tensor<?x3xf32>", "tensor<f32>, tensor<?x3xf32>, tensor<f32>",
               "%y = nn.penalty %x {l1 = 0.5, l2 = 0.25, per_sample = true} : (tensor<?x3xf32>) -> tensor<f32>\n"
               "%g = nn.penalty_grad %x {l1 = 0.5, l2 = 0.25, per_sample = true} : (tensor<?x3xf32>) -> tensor<?x3xf32>\n"
               "%t = nn.total_loss %y, %y : (tensor<f32>, tensor<f32>) -> tensor<f32>\n"
               "return %y, %g, %t : tensor<f32>, tensor<?x3xf32>, tensor<f32>",
               {Tensor({2, 3}, {1, 0, -2, 0, 3, 0})}, state);
  EXPECT_THAT(y[0].data, near({3.25}, 1e-12));
  EXPECT_THAT(y[1].data, near({0.5, 0, -0.75, 0, 1, 0}, 1e-12));
  EXPECT_THAT(y[2].data, near({6.5}, 1e-12));
}

} // namespace
} // namespace nncc::reference
