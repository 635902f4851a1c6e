// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelTestHarness.h"

#include "gtest/gtest.h"

#include <string>

using namespace nncc::kernels::test;

/// A chain of equal convolutions with weights of their own, and the gradients of the kernels: the harness shares kernels, so that
/// each of them runs with other places than it was built for.
static std::string chain(int64_t length, const std::string &extents) {
  std::string map = "tensor<?x" + extents + "x8xf32>", text;
  for (int64_t i = 0; i < length; ++i)
    for (std::string variable : {"kernel : tensor<3x3x8x8xf32>", "bias : tensor<8xf32>"})
      text += "nn.variable @v" + std::to_string(i) + variable +
              " {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n";
  text += "func.func @test(%m0: " + map + ") -> " + map + " attributes {nn.entry} {\n";
  std::string attributes = "strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>";
  for (int64_t i = 0; i < length; ++i) {
    std::string n = std::to_string(i);
    text += "%k" + n + " = nn.read @v" + n + "kernel : tensor<3x3x8x8xf32>\n%b" + n + " = nn.read @v" + n +
            "bias : tensor<8xf32>\n%m" + std::to_string(i + 1) + " = nn.conv %m" + n + ", %k" + n + ", %b" + n + " {" +
            attributes + ", activation = #nn.activation<relu>} : (" + map + ", tensor<3x3x8x8xf32>, tensor<8xf32>) -> " + map + "\n";
  }
  for (int64_t i = length; i-- > 0;) {
    std::string n = std::to_string(i);
    text += "%g" + n + " = nn.conv_grad_kernel %m" + n + ", %m" + std::to_string(i + 1) + " {" + attributes + "} : (" + map + ", " +
            map + ") -> tensor<3x3x8x8xf32>\nnn.store_gradient @v" + n + "kernel, %g" + n + " : tensor<3x3x8x8xf32>\n" + "%h" + n +
            " = nn.bias_grad %m" + std::to_string(i + 1) + " : (" + map + ") -> tensor<8xf32>\nnn.store_gradient @v" + n + "bias, %h" + n +
            " : tensor<8xf32>\n";
  }
  return text + "return %m" + std::to_string(length) + " : " + map + "\n}\n";
}

TEST(ShareKernels, EqualLayersComputeWithTheirOwnWeightsAndBuffers) {
  RunOptions options;
  options.tolerance = 1e-4;
  expectMatchesReference(chain(4, "9x7"), options);
  expectMatchesReference(chain(3, "16x16"), options);
}
