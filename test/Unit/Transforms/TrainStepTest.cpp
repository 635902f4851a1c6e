// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// @train_step as a whole, interpreted: gradients, moving statistics and the optimizer's step on numbers worked out by
// hand.

#include "Transforms/GradientCheck.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "nncc/Reference/Interpreter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace nncc::test {
namespace {

using reference::State;
using reference::Tensor;

const char *kPasses = "nn-make-entries{entries=train_step,evaluate},nn-fuse-loss,nn-fuse-activation,nn-autodiff,nn-"
                      "fuse-max-pool,nn-simplify";

/// Runs a function of the module; empty after a failure.
llvm::SmallVector<Tensor> call(Module &module, const char *function, llvm::ArrayRef<Tensor> inputs, State &state) {
  auto results = reference::interpret(module.module->lookupSymbol<mlir::func::FuncOp>(function), inputs, state);
  EXPECT_TRUE(mlir::succeeded(results));
  return mlir::succeeded(results) ? *results : llvm::SmallVector<Tensor>();
}

// y = w x with w = 1, x = (1, 2), t = (0, 0): loss (1 + 4) / 2, gradient (1 * 1 + 2 * 2) = 5; SGD with rate 0.1.
TEST(TrainStep, LinearRegression) {
  ModelText model;
  std::string x = model.input("x", {1});
  std::string y = model.op("dense", {x, model.variable("dense/kernel", {1, 1})}, "", {1});
  Module module;
  ASSERT_TRUE(module.run(model.finish(y, "optimizer = #nn.call<\"SGD\", {momentum = 0.0 : f64, nesterov = false}>, "
                                         "loss = #nn.call<\"MeanSquaredError\", {}>"),
                         kPasses))
      << module.error;
  State state;
  state.learningRate = 0.1;
  state.variables["dense/kernel"] = Tensor({1, 1}, {1});
  auto results = call(module, "train_step", {Tensor({2, 1}, {1, 2}), Tensor({2, 1}, {0, 0})}, state);
  EXPECT_THAT(results[0].data, testing::ElementsAre(1, 2));
  EXPECT_DOUBLE_EQ(results[1][0], 2.5);
  EXPECT_DOUBLE_EQ(state.gradients["dense/kernel"][0], 5);
  EXPECT_DOUBLE_EQ(state.variables["dense/kernel"][0], 0.5);
  // @evaluate sees the new weight and changes nothing.
  results = call(module, "evaluate", {Tensor({2, 1}, {1, 2}), Tensor({2, 1}, {0, 0})}, state);
  EXPECT_DOUBLE_EQ(results[1][0], 0.625);
  EXPECT_DOUBLE_EQ(state.variables["dense/kernel"][0], 0.5);
}

/// A batch normalisation of a 2x1 map of one channel; attributes may freeze it.
std::string normalisedModel(const std::string &attributes) {
  ModelText model;
  std::string x = model.input("x", {2, 1, 1});
  std::string gamma = model.variable("bn/gamma", {1}), mean = model.variable("bn/moving_mean", {1}, false);
  std::string variance = model.variable("bn/moving_variance", {1}, false);
  std::string y =
      model.op("batch_norm", x + " gamma(" + gamma + ") mean(" + mean + ") variance(" + variance + ")",
               {x, gamma, mean, variance}, "axis = 3, epsilon = 0.0, momentum = 0.5" + attributes, {2, 1, 1});
  return model.finish(y, "optimizer = #nn.call<\"SGD\", {momentum = 0.0 : f64, nesterov = false}>, "
                         "loss = #nn.call<\"MeanSquaredError\", {}>");
}

State normalisedState() {
  State state;
  state.variables["bn/gamma"] = Tensor({1}, {1});
  state.variables["bn/moving_mean"] = Tensor({1}, {0});
  state.variables["bn/moving_variance"] = Tensor({1}, {4});
  return state;
}

// Batch (1, 3, 5, 7): mean 4, variance 5, with n / (n - 1) 20 / 3.
TEST(TrainStep, BatchNormMovesItsStatistics) {
  Module module;
  ASSERT_TRUE(module.run(normalisedModel(""), kPasses)) << module.error;
  State state = normalisedState();
  call(module, "train_step", {Tensor({2, 2, 1, 1}, {1, 3, 5, 7}), Tensor({2, 2, 1, 1})}, state);
  EXPECT_DOUBLE_EQ(state.variables["bn/moving_mean"][0], 2);
  EXPECT_DOUBLE_EQ(state.variables["bn/moving_variance"][0], 2 + 10.0 / 3);
}

// A frozen one uses and keeps the moving statistics, in training too.
TEST(TrainStep, FrozenBatchNormKeepsItsStatistics) {
  Module module;
  ASSERT_TRUE(module.run(normalisedModel(", nn.frozen"), kPasses)) << module.error;
  State state = normalisedState();
  auto results = call(module, "train_step", {Tensor({2, 2, 1, 1}, {1, 3, 5, 7}), Tensor({2, 2, 1, 1})}, state);
  EXPECT_THAT(results[0].data, testing::ElementsAre(0.5, 1.5, 2.5, 3.5));
  EXPECT_DOUBLE_EQ(state.variables["bn/moving_mean"][0], 0);
  EXPECT_DOUBLE_EQ(state.variables["bn/moving_variance"][0], 4);
}

} // namespace
} // namespace nncc::test
