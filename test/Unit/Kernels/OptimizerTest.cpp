// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

/// Two trainable variables and one that the optimizer must leave alone; gradients are the arguments.
std::string updateText(const std::string &optimizer) {
  return "nn.variable @a : tensor<5x7xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
         "nn.variable @still : tensor<3xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = false}\n"
         "nn.variable @b : tensor<9001xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
         "func.func @test(%x: tensor<5x7xf32>, %y: tensor<9001xf32>) attributes {nn.entry} {\n"
         "  nn.store_gradient @a, %x : tensor<5x7xf32>\n"
         "  nn.store_gradient @b, %y : tensor<9001xf32>\n"
         "  " + optimizer + "\n  return\n}\n";
}

TEST(OptimizerKernels, Sgd) {
  expectMatchesReference(updateText("nn.sgd {momentum = 0.0, nesterov = false}"));
  expectMatchesReference(updateText("nn.sgd {momentum = 0.9, nesterov = false}"));
  expectMatchesReference(updateText("nn.sgd {momentum = 0.9, nesterov = true}"));
}

TEST(OptimizerKernels, Adam) {
  for (int64_t step : {0, 1, 1000}) {
    RunOptions options;
    options.step = step;
    expectMatchesReference(
        updateText("nn.adam {beta_1 = 0.9, beta_2 = 0.999, epsilon = 1.0e-7, amsgrad = false}"), options);
    expectMatchesReference(updateText("nn.adam {beta_1 = 0.9, beta_2 = 0.99, epsilon = 1.0e-3, amsgrad = true}"), options);
  }
}

TEST(OptimizerKernels, Nadam) {
  for (int64_t step : {0, 1, 1023, 5000}) {
    RunOptions options;
    options.step = step;
    expectMatchesReference(updateText("nn.nadam {beta_1 = 0.9, beta_2 = 0.999, epsilon = 1.0e-7}"), options);
    expectMatchesReference(updateText("nn.nadam {beta_1 = 0.999, beta_2 = 0.9, epsilon = 1.0e-3, weight_decay = 0.1}"),
                           options);
  }
}

TEST(OptimizerKernels, RmsProp) {
  for (const char *momentum : {"0.0", "0.9"}) {
    expectMatchesReference(updateText(std::string("nn.rmsprop {centered = false, epsilon = 1.0e-7, rho = 0.9, momentum = ") +
                                      momentum + "}"));
    // The state is drawn at random: large enough an epsilon keeps the size above 0.
    expectMatchesReference(updateText(std::string("nn.rmsprop {centered = true, epsilon = 2.0, rho = 0.9, momentum = ") +
                                      momentum + "}"));
  }
}

TEST(OptimizerKernels, AdagradAndAdadelta) {
  expectMatchesReference(updateText("nn.adagrad {epsilon = 1.0e-7, initial_accumulator_value = 0.1}"));
  expectMatchesReference(updateText("nn.adadelta {epsilon = 1.0e-7, rho = 0.95}"));
}

TEST(OptimizerKernels, ClipValueAndWeightDecay) {
  for (const char *optimizer : {"nn.sgd {momentum = 0.0, nesterov = false", "nn.sgd {momentum = 0.9, nesterov = true",
                                "nn.adam {beta_1 = 0.9, beta_2 = 0.999, epsilon = 1.0e-7, amsgrad = true",
                                "nn.rmsprop {centered = false, epsilon = 1.0e-7, rho = 0.9, momentum = 0.5"}) {
    RunOptions options;
    options.learningRate = 0.5f;
    expectMatchesReference(updateText(std::string(optimizer) + ", weight_decay = 0.3}"), options);
    expectMatchesReference(updateText(std::string(optimizer) + ", clip_value = 0.25}"), options);
    expectMatchesReference(updateText(std::string(optimizer) + ", clip_value = 0.25, weight_decay = 0.3}"), options);
  }
}

// The norms of the two gradients are about 3.4 and 55: some are clipped, some not.
TEST(OptimizerKernels, ClipByNorm) {
  for (const char *global : {"true", "false"})
    for (const char *norm : {"0.5", "10.0", "100.0"})
      expectMatchesReference(updateText(std::string("nn.clip_gradients {global = ") + global + ", norm = " + norm +
                                        "}\n  nn.sgd {momentum = 0.9, nesterov = false, weight_decay = 0.1}"));
}

// Several chunks of one variable, and of variables behind it.
TEST(OptimizerKernels, ClipLargeVariables) {
  std::string text = "nn.variable @a : tensor<150001xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
                     "nn.variable @b : tensor<3xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
                     "nn.variable @c : tensor<65536xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
                     "func.func @test(%x: tensor<150001xf32>, %y: tensor<3xf32>, %z: tensor<65536xf32>) attributes {nn.entry} {\n"
                     "  nn.store_gradient @a, %x : tensor<150001xf32>\n"
                     "  nn.store_gradient @b, %y : tensor<3xf32>\n"
                     "  nn.store_gradient @c, %z : tensor<65536xf32>\n"
                     "  nn.clip_gradients {global = false, norm = 0.75}\n"
                     "  nn.sgd {momentum = 0.0, nesterov = false}\n  return\n}\n";
  expectMatchesReference(text);
}

TEST(OptimizerKernels, MovingAverage) {
  for (int64_t batch : {1, 4})
    for (const char *bessel : {"", ", bessel_extent = 1", ", bessel_extent = 35"}) {
      RunOptions options;
      options.batch = batch;
      expectMatchesReference(
          std::string("nn.variable @mean : tensor<19xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = false}\n"
                      "func.func @test(%x: tensor<?x2xf32>, %v: tensor<19xf32>) attributes {nn.entry} {\n"
                      "  nn.moving_average @mean, %v {momentum = 0.99") +
              bessel + "} : tensor<19xf32>\n  return\n}\n",
          options);
    }
}

} // namespace
