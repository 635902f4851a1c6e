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
