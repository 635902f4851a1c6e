// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of batch normalisation on numbers worked out by hand.

#include "Reference/Run.h"

namespace nncc::reference {
namespace {

// (x - 1) / sqrt(3 + 1) * 6 + 10 in channel 0, (x - 2) / sqrt(0.0 + 1) in channel 1.
TEST(Normalization, GivenStatistics) {
  auto y =
      run("%x: tensor<?x2xf32>, %g: tensor<2xf32>, %b: tensor<2xf32>, %m: tensor<2xf32>, %v: tensor<2xf32>",
          "tensor<?x2xf32>",
          "%y = nn.batch_norm %x gamma(%g) beta(%b) mean(%m) variance(%v) {axis = 1, epsilon = 1.0, momentum = 0.9} : "
          "(tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>\n"
          "return %y : tensor<?x2xf32>",
          {Tensor({2, 2}, {3, 5, -1, 2}), Tensor({2}, {6, 1}), Tensor({2}, {10, 0}), Tensor({2}, {1, 2}),
           Tensor({2}, {3, 0})});
  EXPECT_THAT(y[0].data, near({16, 3, 4, 0}));
}

// Batch (1, 3, 5): mean 3, variance 8/3 (biased); epsilon 4/3 makes the deviation 2.
TEST(Normalization, BatchStatistics) {
  auto results =
      run("%x: tensor<?x1xf32>", "tensor<?x1xf32>, tensor<1xf32>, tensor<1xf32>",
          "%y, %m, %v = nn.batch_norm_train %x {axis = 1, epsilon = 1.3333333333333333} : (tensor<?x1xf32>) -> "
          "(tensor<?x1xf32>, tensor<1xf32>, tensor<1xf32>)\n"
          "return %y, %m, %v : tensor<?x1xf32>, tensor<1xf32>, tensor<1xf32>",
          {Tensor({3, 1}, {1, 3, 5})});
  EXPECT_THAT(results[0].data, near({-1, 0, 1}));
  EXPECT_THAT(results[1].data, near({3}));
  EXPECT_THAT(results[2].data, near({8.0 / 3}));
}

// Any axis: channel c of [N, C, W] takes its statistics over N and W.
TEST(Normalization, OtherAxis) {
  auto results = run("%x: tensor<?x2x2xf32>", "tensor<2xf32>",
                     "%y, %m, %v = nn.batch_norm_train %x {axis = 1, epsilon = 0.001} : (tensor<?x2x2xf32>) -> "
                     "(tensor<?x2x2xf32>, tensor<2xf32>, tensor<2xf32>)\nreturn %m : tensor<2xf32>",
                     {Tensor({1, 2, 2}, {1, 3, 10, 30})});
  EXPECT_THAT(results[0].data, near({2, 20}));
}

// With z = (-1, 0, 1), dy = (3, 0, 0), deviation 2: dbeta = 3, dgamma = -3, dx = gamma / 2 * (dy - 1 + z).
TEST(Normalization, Gradients) {
  std::string arguments =
      "%x: tensor<?x1xf32>, %g: tensor<1xf32>, %m: tensor<1xf32>, %v: tensor<1xf32>, %dy: tensor<?x1xf32>";
  std::string results = "tensor<?x1xf32>, tensor<1xf32>, tensor<1xf32>";
  auto gradients = [&](const std::string &op) {
    return run(
        arguments, results,
        "%dx, %dg, %db = nn." + op +
            " %x gamma(%g) mean(%m) variance(%v), %dy {axis = 1, epsilon = 1.3333333333333333} : (tensor<?x1xf32>, "
            "tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<?x1xf32>) -> (" +
            results + ")\nreturn %dx, %dg, %db : " + results,
        {Tensor({3, 1}, {1, 3, 5}), Tensor({1}, {4}), Tensor({1}, {3}), Tensor({1}, {8.0 / 3}),
         Tensor({3, 1}, {3, 0, 0})});
  };
  auto train = gradients("batch_norm_train_grad");
  EXPECT_THAT(train[0].data, near({2 * (3 - 1 - 1), 2 * (0 - 1 + 0), 2 * (0 - 1 + 1)}));
  EXPECT_THAT(train[1].data, near({-3}));
  EXPECT_THAT(train[2].data, near({3}));
  auto given = gradients("batch_norm_grad");
  EXPECT_THAT(given[0].data, near({6, 0, 0}));
  EXPECT_THAT(given[1].data, near({-3}));
  EXPECT_THAT(given[2].data, near({3}));
}

// Scales 6 / sqrt(3 + 1) = 3 and 1 / sqrt(0 + 1) = 1; biases (2 - 1) * 3 + 10 and (0 - 2) * 1 + 0; without bias -1 * 3 + 10.
TEST(Normalization, FoldedIntoWeights) {
  std::string p = "tensor<2xf32>", k = "tensor<3x2xf32>";
  auto results = run("%k: " + k + ", %c: " + p + ", %g: " + p + ", %b: " + p + ", %m: " + p + ", %v: " + p,
                     k + ", " + p + ", " + p,
                     "%fk, %fb = nn.fold_batch_norm %k bias(%c) gamma(%g) beta(%b) mean(%m) variance(%v) {epsilon = 1.0} : (" +
                         k + ", " + p + ", " + p + ", " + p + ", " + p + ", " + p + ") -> (" + k + ", " + p + ")\n" +
                         "%gk, %gb = nn.fold_batch_norm %k gamma(%g) beta(%b) mean(%m) variance(%v) {epsilon = 1.0} : (" + k +
                         ", " + p + ", " + p + ", " + p + ", " + p + ") -> (" + k + ", " + p + ")\n" +
                         "return %fk, %fb, %gb : " + k + ", " + p + ", " + p,
                     {Tensor({3, 2}, {1, 2, 3, 4, 5, 6}), Tensor({2}, {2, 0}), Tensor({2}, {6, 1}), Tensor({2}, {10, 0}),
                      Tensor({2}, {1, 2}), Tensor({2}, {3, 0})});
  EXPECT_THAT(results[0].data, near({3, 2, 9, 4, 15, 6}));
  EXPECT_THAT(results[1].data, near({13, -2}));
  EXPECT_THAT(results[2].data, near({7, -2}));
}

} // namespace
} // namespace nncc::reference
