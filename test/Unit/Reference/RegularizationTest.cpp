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

} // namespace
} // namespace nncc::reference
