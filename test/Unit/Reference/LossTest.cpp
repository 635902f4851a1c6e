// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of losses and their gradients on numbers worked out by hand.

#include "Reference/Run.h"

#include <cmath>

namespace nncc::reference {
namespace {

std::string grow(const std::string &rows, const std::string &classes) {
  return "tensor<" + rows + "x" + classes + "xf32>";
}

/// Loss and gradient of a loss on predictions.
std::pair<double, std::vector<double>> lossAndGradient(const std::string &name, const std::string &attributes,
                                                       const Tensor &y, const Tensor &t) {
  std::string from = grow("?", std::to_string(y.shape.back())), target = t.rank() == 1 ? "tensor<?xf32>" : from;
  auto results = run("%y: " + from + ", %t: " + target, "tensor<f32>, " + from,
                     "%l = nn." + name + " %y, %t {" + attributes + "} : (" + from + ", " + target +
                         ") -> tensor<f32>\n%g = nn." + name + "_grad %y, %t {" + attributes + "} : (" + from + ", " +
                         target + ") -> " + from + "\nreturn %l, %g : tensor<f32>, " + from,
                     {y, t});
  return {results[0][0], results[1].data};
}

/// The same for the losses of logits, here of two classes.
std::pair<double, std::vector<double>> logitsLossAndGradient(const std::string &name, const std::string &attributes,
                                                             const Tensor &x, const Tensor &t) {
  std::string from = grow("?", "2"), target = t.rank() == 1 ? "tensor<?xf32>" : from;
  auto results = run("%x: " + from + ", %t: " + target, "tensor<f32>, " + from,
                     "%p, %l = nn." + name + " %x, %t {" + attributes + "} : (" + from + ", " + target + ") -> (" +
                         from + ", tensor<f32>)\n%g = nn." + name + "_grad %p, %t {" + attributes + "} : (" + from +
                         ", " + target + ") -> " + from + "\nreturn %l, %g : tensor<f32>, " + from,
                     {x, t});
  return {results[0][0], results[1].data};
}

// Differences 1, -2, 0, 3: mean square 14 / 4.
TEST(Loss, MeanSquaredError) {
  auto [loss, gradient] =
      lossAndGradient("mean_squared_error", "", Tensor({2, 2}, {1, 2, 3, 4}), Tensor({2, 2}, {0, 4, 3, 1}));
  EXPECT_NEAR(loss, 3.5, 1e-12);
  EXPECT_THAT(gradient, near({0.5, -1, 0, 1.5}));
}

// The same, samples of the classes 1 and 0 (the largest target): 3 * (1 + 4) / 4 + 0.5 * (0 + 9) / 4.
TEST(Loss, ClassWeights) {
  auto [loss, gradient] = lossAndGradient("mean_squared_error", "class_weight = array<f64: 0.5, 3.0>", Tensor({2, 2}, {1, 2, 3, 4}),
                                          Tensor({2, 2}, {0, 4, 3, 1}));
  EXPECT_NEAR(loss, 4.875, 1e-12);
  EXPECT_THAT(gradient, near({1.5, -3, 0, 0.75}));
}

// Differences 2, 2, 2.5 and 2; the only target of a sample is rounded: -1/4 to 0, 3/4 to 1, 1/2 to the even 0, 5/4 to 1.
TEST(Loss, ClassWeightsOfSingleTargets) {
  auto [loss, gradient] = lossAndGradient("mean_squared_error", "class_weight = array<f64: 0.5, 3.0>",
                                          Tensor({4, 1}, {1.75, 2.75, 3, 3.25}), Tensor({4, 1}, {-0.25, 0.75, 0.5, 1.25}));
  EXPECT_NEAR(loss, (0.5 * 4 + 3.0 * 4 + 0.5 * 6.25 + 3.0 * 4) / 4, 1e-12);
  EXPECT_THAT(gradient, near({0.5, 3, 0.625, 3}));
}

TEST(Loss, MeanAbsoluteError) {
  auto [loss, gradient] =
      lossAndGradient("mean_absolute_error", "", Tensor({2, 2}, {1, 2, 3, 4}), Tensor({2, 2}, {0, 4, 3, 1}));
  EXPECT_NEAR(loss, 1.5, 1e-12);
  EXPECT_THAT(gradient, near({0.25, -0.25, 0, 0.25}));
}

// 1 / 2, and beyond 1.5: 1.5 * 2 - 1.125 and 1.5 * 3 - 1.125.
TEST(Loss, Huber) {
  auto [loss, gradient] =
      lossAndGradient("huber", "delta = 1.5", Tensor({2, 2}, {1, 2, 3, 4}), Tensor({2, 2}, {0, 4, 3, 1}));
  EXPECT_NEAR(loss, (0.5 + 1.875 + 0 + 3.375) / 4, 1e-12);
  EXPECT_THAT(gradient, near({0.25, -0.375, 0, 0.375}));
}

TEST(Loss, BinaryCrossEntropy) {
  auto [loss, gradient] = lossAndGradient("binary_cross_entropy", "label_smoothing = 0.0", Tensor({1, 2}, {0.25, 0.5}),
                                          Tensor({1, 2}, {1, 0}));
  EXPECT_NEAR(loss, (std::log(4) + std::log(2)) / 2, 1e-6);
  EXPECT_THAT(gradient, near({-4.0 / 2, 2.0 / 2}, 1e-5));
}

// A certain wrong answer costs -log(1e-7 + 1e-7), not infinity, and has no gradient beyond the clip.
TEST(Loss, BinaryCrossEntropyClips) {
  auto [loss, gradient] =
      lossAndGradient("binary_cross_entropy", "label_smoothing = 0.0", Tensor({1, 2}, {0, 1}), Tensor({1, 2}, {1, 0}));
  EXPECT_NEAR(loss, -std::log(2e-7), 1e-6);
  EXPECT_THAT(gradient, near({0, 0}));
}

// Smoothing 0.5: targets 1 and 0 become 0.75 and 0.25.
TEST(Loss, SigmoidCrossEntropy) {
  auto [loss, gradient] = logitsLossAndGradient("sigmoid_cross_entropy", "label_smoothing = 0.5",
                                                Tensor({1, 2}, {0, std::log(3)}), Tensor({1, 2}, {1, 0}));
  double second = std::log(3) - std::log(3) * 0.25 + std::log(1 + 1.0 / 3);
  EXPECT_NEAR(loss, (std::log(2) + second) / 2, 1e-12);
  EXPECT_THAT(gradient, near({(0.5 - 0.75) / 2, (0.75 - 0.25) / 2}));
}

// Probabilities 1 : 3 need not add up to 1; the cross-entropy divides by their sum.
TEST(Loss, CategoricalCrossEntropy) {
  auto [loss, gradient] = lossAndGradient("categorical_cross_entropy", "label_smoothing = 0.0",
                                          Tensor({2, 2}, {1, 3, 0.5, 0.5}), Tensor({2, 2}, {1, 0, 0, 1}));
  EXPECT_NEAR(loss, (std::log(4) + std::log(2)) / 2, 1e-12);
  // -log(p0 / (p0 + p1)): -1/p0 + 1/sum, 1/sum; halved by the mean over two rows.
  EXPECT_THAT(gradient, near({(-1 + 0.25) / 2, 0.25 / 2, 1.0 / 2, (-2 + 1.0) / 2}));
}

TEST(Loss, SparseCategoricalCrossEntropy) {
  auto [loss, gradient] = lossAndGradient("sparse_categorical_cross_entropy", "",
                                          Tensor({2, 2}, {0.25, 0.75, 0.5, 0.5}), Tensor({2}, {1, 0}));
  EXPECT_NEAR(loss, (std::log(4.0 / 3) + std::log(2)) / 2, 1e-12);
  // (softmax - t) / p
  EXPECT_THAT(gradient, near({0.25 / 0.25 / 2, -0.25 / 0.75 / 2, -0.5 / 0.5 / 2, 0.5 / 0.5 / 2}));
}

// Targets (1, 1) and (0, 1/2): -log of each class' share counts by its target. The gradient is still prediction - target, as
// TensorFlow's kernel has it (tensorflow/core/kernels/xent_op.h).
TEST(Loss, SoftmaxCrossEntropyOfRowsThatAreNoShares) {
  auto [loss, gradient] = logitsLossAndGradient("softmax_cross_entropy", "label_smoothing = 0.0, sparse = false",
                                                Tensor({2, 2}, {0, std::log(3), 5, 5}), Tensor({2, 2}, {1, 1, 0, 0.5}));
  EXPECT_NEAR(loss, (std::log(4) + std::log(4.0 / 3) + std::log(2) / 2) / 2, 1e-12);
  EXPECT_THAT(gradient, near({(0.25 - 1) / 2, (0.75 - 1) / 2, 0.5 / 2, 0}));
}

// The sum of two rows' means over the last axis; of three rows of which one is ignored, the mean of the others.
TEST(Loss, SumsAndIgnoredClasses) {
  auto [sum, sumGradient] = lossAndGradient("mean_squared_error", "sum", Tensor({2, 2}, {1, 2, 3, 4}), Tensor({2, 2}, {0, 4, 3, 1}));
  EXPECT_NEAR(sum, 2.5 + 4.5, 1e-12);
  EXPECT_THAT(sumGradient, near({1, -2, 0, 3}));
  auto [mean, gradient] = lossAndGradient("sparse_categorical_cross_entropy", "ignore_class = -1",
                                          Tensor({3, 2}, {0.25, 0.75, 0.5, 0.5, 0.1, 0.9}), Tensor({3}, {1, 0, -1}));
  EXPECT_NEAR(mean, (std::log(4.0 / 3) + std::log(2)) / 2, 1e-12);
  EXPECT_THAT(gradient, near({0.25 / 0.25 / 2, -0.25 / 0.75 / 2, -0.5 / 0.5 / 2, 0.5 / 0.5 / 2, 0, 0}));
}

TEST(Loss, SoftmaxCrossEntropy) {
  Tensor logits({2, 2}, {0, std::log(3), 5, 5});
  for (bool sparse : {true, false}) {
    auto [loss, gradient] = logitsLossAndGradient(
        "softmax_cross_entropy", std::string("label_smoothing = 0.0, sparse = ") + (sparse ? "true" : "false"), logits,
        sparse ? Tensor({2}, {1, 0}) : Tensor({2, 2}, {0, 1, 1, 0}));
    EXPECT_NEAR(loss, (std::log(4.0 / 3) + std::log(2)) / 2, 1e-12);
    EXPECT_THAT(gradient, near({0.25 / 2, -0.25 / 2, -0.5 / 2, 0.5 / 2}));
  }
}

} // namespace
} // namespace nncc::reference
