// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Kernel gradients of dense layers that update the kernel at once.

#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

/// A kernel [inputs, outputs] that its gradient's op updates, between two variables that the optimizer's own step does.
std::string updateText(int64_t inputs, int64_t outputs, const std::string &optimizer) {
  std::string x = "tensor<?x" + std::to_string(inputs) + "xf32>", dy = "tensor<?x" + std::to_string(outputs) + "xf32>";
  std::string w = "tensor<" + std::to_string(inputs) + "x" + std::to_string(outputs) + "xf32>";
  std::string rest = " {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n";
  return "nn.variable @a : tensor<37xf32>" + rest + "nn.variable @w : " + w + rest + "nn.variable @b : tensor<5xf32>" + rest +
         "func.func @test(%x: " + x + ", %dy: " + dy + ", %a: tensor<37xf32>, %b: tensor<5xf32>) attributes {nn.entry} {\n"
         "  nn.store_gradient @a, %a : tensor<37xf32>\n"
         "  %dw = nn.dense_grad_kernel %x, %dy : (" + x + ", " + dy + ") -> " + w + "\n"
         "  nn.store_gradient @w, %dw {updated} : " + w + "\n"
         "  nn.store_gradient @b, %b : tensor<5xf32>\n"
         "  " + optimizer + "\n  return\n}\n";
}

const char *const kOptimizers[] = {
    "nn.sgd {momentum = 0.0, nesterov = false}",
    "nn.sgd {momentum = 0.9, nesterov = true, clip_value = 0.25}",
    "nn.adam {beta_1 = 0.9, beta_2 = 0.999, epsilon = 1.0e-3, amsgrad = false}",
    "nn.adam {beta_1 = 0.9, beta_2 = 0.99, epsilon = 1.0e-3, amsgrad = true, weight_decay = 0.3}",
    "nn.rmsprop {centered = false, epsilon = 1.0e-3, rho = 0.9, momentum = 0.5}",
    "nn.adagrad {epsilon = 1.0e-3, initial_accumulator_value = 0.1}",
    "nn.adadelta {epsilon = 1.0e-3, rho = 0.95}",
};

TEST(KernelUpdate, EveryOptimizer) {
  for (const char *optimizer : kOptimizers)
    expectMatchesReference(updateText(23, 19, optimizer));
}

TEST(KernelUpdate, ShapesAndBatches) {
  for (auto [inputs, outputs] : {std::pair(1, 1), {3, 64}, {130, 16}, {70, 37}, {513, 5}})
    for (int64_t batch : {1, 2, 7}) {
      RunOptions options;
      options.batch = batch;
      expectMatchesReference(updateText(inputs, outputs, kOptimizers[2]), options);
    }
}

// The variable that is updated elsewhere may be the only one.
TEST(KernelUpdate, NothingLeftForTheOptimizer) {
  expectMatchesReference(
      "nn.variable @w : tensor<48x16xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
      "func.func @test(%x: tensor<?x48xf32>, %dy: tensor<?x16xf32>) attributes {nn.entry} {\n"
      "  %dw = nn.dense_grad_kernel %x, %dy : (tensor<?x48xf32>, tensor<?x16xf32>) -> tensor<48x16xf32>\n"
      "  nn.store_gradient @w, %dw {updated} : tensor<48x16xf32>\n"
      "  nn.sgd {momentum = 0.9, nesterov = false}\n  return\n}\n");
}

} // namespace
