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

/// w after the gradients (1, -2), (1/2, -1), (1/3, -2/3) at a learning rate of 1/2. What it is compared with was worked
/// from Keras' formulas apart from this reference, in f64.
std::vector<double> threeSteps(const std::string &optimizer) {
  State state;
  state.learningRate = 0.5;
  state.variables["w"] = Tensor({2}, {10, 20});
  for (; state.step < 3; ++state.step) {
    double share = 1 / double(state.step + 1);
    run("%g: tensor<2xf32>", "", "nn.store_gradient @w, %g : tensor<2xf32>\nnn." + optimizer + "\nreturn",
        {Tensor({2}, {share, -2 * share})}, state, kModule);
  }
  return state.variables["w"].data;
}

TEST(Optimizer, RmsProp) {
  auto rmsprop = [](const std::string &rest) { return threeSteps("rmsprop {epsilon = 0.001, rho = 0.9, " + rest + "}"); };
  EXPECT_THAT(rmsprop("centered = false, momentum = 0.0"), near({7.202510264716621, 22.807346114166926}));
  EXPECT_THAT(rmsprop("centered = false, momentum = 0.5"), near({5.655528673405771, 24.359925577607225}));
  EXPECT_THAT(rmsprop("centered = true, momentum = 0.0"), near({6.982454871274476, 23.029889250741522}));
  EXPECT_THAT(rmsprop("centered = true, momentum = 0.5"), near({5.33674408452684, 24.682329960256705}));
}

TEST(Optimizer, Adagrad) {
  EXPECT_THAT(threeSteps("adagrad {epsilon = 0.001, initial_accumulator_value = 0.25}"),
              near({9.21764334327889, 20.84288509913544}));
}

TEST(Optimizer, Adadelta) {
  EXPECT_THAT(threeSteps("adadelta {epsilon = 0.01, rho = 0.75}"), near({9.781277510987238, 20.223083724785713}));
}

TEST(Optimizer, Nadam) {
  EXPECT_THAT(threeSteps("nadam {beta_1 = 0.9, beta_2 = 0.99, epsilon = 0.001}"),
              near({9.00375946491628, 20.996823167570543}));
}

// Two variables: U after each update is u1, u1^2; u1^2, u1^2 * u2; u1^2 * u2 * u3, the same: the first is left out in step 2,
// the second in step 3. The numbers are those of Keras' update written out in f64, with these products.
TEST(Optimizer, NadamOfTwoVariables) {
  const std::string module = std::string(kModule) +
                             "nn.variable @v : tensor<1xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n";
  State state;
  state.learningRate = 0.5;
  state.variables["w"] = Tensor({2}, {10, 20});
  state.variables["v"] = Tensor({1}, {10});
  for (; state.step < 3; ++state.step) {
    double share = 1 / double(state.step + 1);
    run("%g: tensor<2xf32>, %h: tensor<1xf32>", "",
        "nn.store_gradient @w, %g : tensor<2xf32>\nnn.store_gradient @v, %h : tensor<1xf32>\n"
        "nn.nadam {beta_1 = 0.9, beta_2 = 0.99, epsilon = 0.001}\nreturn",
        {Tensor({2}, {share, -2 * share}), Tensor({1}, {share})}, state, module);
  }
  EXPECT_THAT(state.variables["w"].data, near({9.01720149452137, 20.983371402394678}));
  EXPECT_THAT(state.variables["v"].data, near({9.209964262248262}));
}

TEST(Optimizer, AdamWithWeightDecay) {
  EXPECT_THAT(threeSteps("adam {amsgrad = false, beta_1 = 0.9, beta_2 = 0.99, epsilon = 0.001, weight_decay = 0.1}"),
              near({7.253404070850854, 18.473901009302917}));
}

// The gradients -2, -1, -2/3 become -3/4, -3/4, -2/3; the others are 3/4, 1/2, 1/3.
TEST(Optimizer, ClipValue) {
  EXPECT_THAT(threeSteps("sgd {clip_value = 0.75, momentum = 0.0, nesterov = false}"),
              near({10 - 0.5 * (0.75 + 1.0 / 2 + 1.0 / 3), 20 + 0.5 * (0.75 + 0.75 + 2.0 / 3)}));
}

// One variable: its norm is that of all. (3, -4) of norm 5 becomes (1.5, -2) of 2.5; within the norm nothing changes.
TEST(Optimizer, ClipGradients) {
  for (const char *global : {"true", "false"})
    for (double norm : {2.5, 10.0}) {
      State state;
      state.variables["w"] = Tensor({2}, {0, 0});
      run("%g: tensor<2xf32>", "",
          "nn.store_gradient @w, %g : tensor<2xf32>\nnn.clip_gradients {global = " + std::string(global) +
              ", norm = " + std::to_string(norm) + "}\nreturn",
          {Tensor({2}, {3, -4})}, state, kModule);
      EXPECT_THAT(state.gradients["w"].data, norm < 5 ? near({1.5, -2}) : near({3, -4}));
    }
}

TEST(Optimizer, ClipGradientsOfSeveralVariables) {
  const std::string module = std::string(kModule) +
                             "nn.variable @v : tensor<1xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n";
  for (bool global : {true, false}) {
    State state;
    state.variables["w"] = Tensor({2}, {0, 0});
    state.variables["v"] = Tensor({1}, {0});
    run("%g: tensor<2xf32>, %h: tensor<1xf32>", "",
        "nn.store_gradient @w, %g : tensor<2xf32>\nnn.store_gradient @v, %h : tensor<1xf32>\n"
        "nn.clip_gradients {global = " + std::string(global ? "true" : "false") + ", norm = 6.5}\nreturn",
        {Tensor({2}, {3, -4}), Tensor({1}, {12})}, state, module);
    // All of them: sqrt(9 + 16 + 144) = 13.
    EXPECT_THAT(state.gradients["w"].data, global ? near({1.5, -2}) : near({3, -4}));
    EXPECT_THAT(state.gradients["v"].data, global ? near({6}) : near({6.5}));
  }
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
