// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of attention and embeddings on numbers worked out by hand.

#include "Reference/Run.h"

#include <cmath>

namespace nncc::reference {
namespace {

TEST(Attention, ScoresByHeads) {
  // Two heads of one feature; two queries, three keys. The second query sees two keys only.
  auto y = run("%q: tensor<?x1x2x2xf32>, %k: tensor<?x1x3x2xf32>", "tensor<?x1x2x2x3xf32>",
               "%y = nn.attention_scores %q, %k {heads = 2, scale = 0.5, causal} : (tensor<?x1x2x2xf32>, tensor<?x1x3x2xf32>) -> "
               "tensor<?x1x2x2x3xf32>\n"
               "return %y : tensor<?x1x2x2x3xf32>",
               {Tensor({1, 1, 2, 2}, {2, 4, 6, 8}), Tensor({1, 1, 3, 2}, {1, 10, 2, 20, 3, 30})});
  EXPECT_THAT(y[0].data, near({1, 2 - 1e9, 3 - 1e9, 3, 6, 9 - 1e9, 20, 40 - 1e9, 60 - 1e9, 40, 80, 120 - 1e9}));
}

TEST(Attention, MixAndItsTranspose) {
  auto results =
      run("%p: tensor<?x1x2x1x2xf32>, %v: tensor<?x1x2x2xf32>, %w: tensor<?x1x1x2xf32>",
          "tensor<?x1x1x2xf32>, tensor<?x1x2x2xf32>",
          "%y = nn.attention_mix %p, %v {scale = 2.0} : (tensor<?x1x2x1x2xf32>, tensor<?x1x2x2xf32>) -> tensor<?x1x1x2xf32>\n"
          "%z = nn.attention_mix %p, %w {scale = 1.0, transposed} : (tensor<?x1x2x1x2xf32>, tensor<?x1x1x2xf32>) -> "
          "tensor<?x1x2x2xf32>\n"
          "return %y, %z : tensor<?x1x1x2xf32>, tensor<?x1x2x2xf32>",
          {Tensor({1, 1, 2, 1, 2}, {1, 2, 3, 4}), Tensor({1, 1, 2, 2}, {1, 10, 100, 1000}), Tensor({1, 1, 1, 2}, {5, 7})});
  EXPECT_THAT(results[0].data, near({2 * 201, 2 * 4030}));
  EXPECT_THAT(results[1].data, near({5, 21, 10, 28}));
}

TEST(Embedding, RowsAndGradient) {
  auto results = run("%x: tensor<?x3xf32>, %t: tensor<2x2xf32>, %g: tensor<?x3x2xf32>", "tensor<?x3x2xf32>, tensor<2x2xf32>",
                     "%y = nn.embedding %x, %t : (tensor<?x3xf32>, tensor<2x2xf32>) -> tensor<?x3x2xf32>\n"
                     "%d = nn.embedding_grad %x, %g : (tensor<?x3xf32>, tensor<?x3x2xf32>) -> tensor<2x2xf32>\n"
                     "return %y, %d : tensor<?x3x2xf32>, tensor<2x2xf32>",
                     {Tensor({1, 3}, {1.9, -0.9, 2}), Tensor({2, 2}, {1, 2, 3, 4}), Tensor({1, 3, 2}, {1, 2, 3, 4, 5, 6})});
  EXPECT_EQ(results[0][0], 3);
  EXPECT_EQ(results[0][3], 2);
  EXPECT_TRUE(std::isnan(results[0][4]));
  EXPECT_THAT(results[1].data, near({3, 4, 1, 2}));
}

} // namespace
} // namespace nncc::reference
