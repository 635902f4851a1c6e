// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of updates on numbers worked out by hand.

#include "Reference/Run.h"

#include <cmath>

namespace nncc::reference {
namespace {

const char *kModule = "nn.variable @w : tensor<2xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
                      "nn.variable @m : tensor<2xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = false}\n";

/// Stores the gradient (1, -2) for w = (10, 20), then runs the optimizer once more.
void step(const std::string &optimizer, State &state) {
  state.variables.try_emplace("w", Tensor({2}, {10, 20}));
  state.variables.try_emplace("m", Tensor({2}, {7, 7}));
  run("%g: tensor<2xf32>", "", "nn.store_gradient @w, %g : tensor<2xf32>\nnn." + optimizer + "\nreturn",
      {Tensor({2}, {1, -2})}, state, kModule);
}

TEST(Optimizer, Sgd) {
  State state;
  state.learningRate = 0.5;
  step("sgd {momentum = 0.0, nesterov = false}", state);
  EXPECT_THAT(state.variables["w"].data, near({9.5, 21}));
  EXPECT_THAT(state.variables["m"].data, near({7, 7}));
  EXPECT_THAT(state.gradients["w"].data, near({1, -2}));
}

// m = -0.5, then 0.5 * -0.5 - 0.5 = -0.75.
TEST(Optimizer, SgdMomentum) {
  State state;
  state.learningRate = 0.5;
  step("sgd {momentum = 0.5, nesterov = false}", state);
  step("sgd {momentum = 0.5, nesterov = false}", state);
  EXPECT_THAT(state.slots[0]["w"].data, near({-0.75, 1.5}));
  EXPECT_THAT(state.variables["w"].data, near({10 - 0.5 - 0.75, 20 + 1 + 1.5}));
}

// Nesterov looks ahead: w += 0.5 * m - 0.5 * g.
TEST(Optimizer, SgdNesterov) {
  State state;
  state.learningRate = 0.5;
  step("sgd {momentum = 0.5, nesterov = true}", state);
  EXPECT_THAT(state.variables["w"].data, near({10 - 0.25 - 0.5, 20 + 0.5 + 1}));
}

// The first step of Adam has the length of the learning rate, whatever the gradient.
TEST(Optimizer, Adam) {
  State state;
  state.learningRate = 0.1;
  std::string adam = "adam {amsgrad = false, beta_1 = 0.9, beta_2 = 0.99, epsilon = 0.0}";
  step(adam, state);
  EXPECT_THAT(state.slots[0]["w"].data, near({0.1, -0.2}));
  EXPECT_THAT(state.slots[1]["w"].data, near({0.01, 0.04}));
  EXPECT_THAT(state.variables["w"].data, near({9.9, 20.1}));
  // t = 2 with the same gradient: the corrected means are the gradient again.
  state.step = 1;
  step(adam, state);
  EXPECT_THAT(state.variables["w"].data, near({9.8, 20.2}));
}

// amsgrad keeps the largest second moment: after a gradient of 0 it does not shrink.
TEST(Optimizer, AdamAmsgrad) {
  State state;
  state.slots.resize(3);
  state.slots[0]["w"] = Tensor({2}, {0, 0});
  state.slots[1]["w"] = Tensor({2}, {0, 0});
  state.slots[2]["w"] = Tensor({2}, {100, 100});
  state.learningRate = 1;
  step("adam {amsgrad = true, beta_1 = 0.0, beta_2 = 0.0, epsilon = 0.0}", state);
  EXPECT_THAT(state.variables["w"].data, near({10 - 0.1, 20 + 0.2}));
}

TEST(Optimizer, MovingAverage) {
  State state;
  state.variables["m"] = Tensor({2}, {8, 4});
  run("%v: tensor<2xf32>, %x: tensor<?x1xf32>", "",
      "nn.moving_average @m, %v {momentum = 0.75} : tensor<2xf32>\nreturn", {Tensor({2}, {0, 8}), Tensor({3, 1})},
      state, kModule);
  EXPECT_THAT(state.variables["m"].data, near({6, 5}));
  // Batch 3, two elements each: the variance of 6 elements times 6 / 5.
  run("%v: tensor<2xf32>, %x: tensor<?x1xf32>", "",
      "nn.moving_average @m, %v {bessel_extent = 2, momentum = 0.0} : tensor<2xf32>\nreturn",
      {Tensor({2}, {5, 10}), Tensor({3, 1})}, state, kModule);
  EXPECT_THAT(state.variables["m"].data, near({6, 12}));
}

} // namespace
} // namespace nncc::reference
