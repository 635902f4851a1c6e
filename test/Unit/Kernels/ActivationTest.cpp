// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

/// Types of few, odd and many elements; the last two need several units a sample.
const char *const kTypes[] = {"?x1xf32", "?x7x5x3xf32", "?x61x83xf32", "?x8192xf32"};

TEST(ActivationKernels, Elementwise) {
  for (const char *function : {"relu", "sigmoid", "tanh", "relu6", "leaky_relu", "elu", "selu", "hard_sigmoid", "softplus",
                               "softsign", "exponential", "swish", "gelu"})
    for (const char *type : kTypes) {
      RunOptions options;
      options.low = -9;
      options.high = 9;
      options.tolerance = 1e-6;
      std::string attributes = std::string(" {function = #nn.activation<") + function + ">}";
      expectMatchesReference(entryText("nn.activation %arg0" + attributes, {type}, {type}), options);
    }
}

TEST(ActivationKernels, Gradients) {
  for (const char *function : {"linear", "relu", "sigmoid", "tanh", "relu6", "leaky_relu", "elu", "selu", "hard_sigmoid",
                               "softplus", "softsign", "exponential"}) {
    std::string attributes = std::string(" {function = #nn.activation<") + function + ">}";
    expectMatchesReference(
        entryText("nn.activation_grad %arg0, %arg1" + attributes, {"?x5x3xf32", "?x5x3xf32"}, {"?x5x3xf32"}));
  }
}

TEST(ActivationKernels, GradientsFromTheInput) {
  RunOptions options;
  options.low = -7;
  options.high = 7;
  for (const char *function : {"swish", "gelu"}) {
    std::string attributes = std::string(" {function = #nn.activation<") + function + ">}";
    expectMatchesReference(
        entryText("nn.activation_input_grad %arg0, %arg1" + attributes, {"?x61x83xf32", "?x61x83xf32"}, {"?x61x83xf32"}),
        options);
  }
}

TEST(ActivationKernels, Elu) {
  for (const char *alpha : {"1.0", "0.3", "-0.5"}) {
    std::string attributes = std::string(" {alpha = ") + alpha + " : f64}";
    expectMatchesReference(entryText("nn.elu %arg0" + attributes, {"?x37xf32"}, {"?x37xf32"}));
    expectMatchesReference(entryText("nn.elu_grad %arg0, %arg1" + attributes, {"?x37xf32", "?x37xf32"}, {"?x37xf32"}));
  }
}

TEST(ActivationKernels, WithoutBatch) {
  expectMatchesReference(entryText("nn.activation %arg0 {function = #nn.activation<tanh>}", {"4099xf32"}, {"4099xf32"}));
}

TEST(ActivationKernels, ReluWithArguments) {
  for (const char *attributes :
       {"{negative_slope = 0.0, threshold = 0.0}", "{negative_slope = 0.3, threshold = 0.0}",
        "{negative_slope = 0.3, threshold = 0.25, max_value = 0.75}", "{max_value = 0.5, negative_slope = 0.0, threshold = 0.0}",
        "{negative_slope = 0.3, threshold = 0.5, max_value = 0.25}"}) {
    expectMatchesReference(entryText(std::string("nn.relu %arg0 ") + attributes, {"?x37xf32"}, {"?x37xf32"}));
    expectMatchesReference(
        entryText(std::string("nn.relu_grad %arg0, %arg1 ") + attributes, {"?x37xf32", "?x37xf32"}, {"?x37xf32"}));
  }
}

TEST(ActivationKernels, Softmax) {
  struct Case {
    const char *type;
    int axis;
  };
  for (auto [type, axis] : {Case{"?x1xf32", 1}, {"?x10xf32", 1}, {"?x1000xf32", 1}, {"?x5x7x19xf32", 3},
                            {"?x5x7x19xf32", 2}, {"?x6x3xf32", 1}}) {
    std::string attributes = " {axis = " + std::to_string(axis) + "}";
    RunOptions options;
    options.low = -30;
    options.high = 30;
    options.tolerance = 1e-6;
    expectMatchesReference(entryText("nn.softmax %arg0" + attributes, {type}, {type}), options);
    expectMatchesReference(entryText("nn.softmax_grad %arg0, %arg1" + attributes, {type, type}, {type}));
  }
}

} // namespace
