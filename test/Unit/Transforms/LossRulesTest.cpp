// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The gradients of losses against finite differences, fused with the last activation and not.

#include "Transforms/GradientCheck.h"
#include "gtest/gtest.h"

namespace nncc::test {
namespace {

struct LossCase {
  const char *loss;       // the call's name and arguments
  const char *activation; // before it: none, softmax, or an activation of the dense layer
  bool fused;
};

const LossCase kCases[] = {
    {"\"MeanSquaredError\", {}", "tanh", true},
    {"\"MeanAbsoluteError\", {}", "tanh", true},
    {"\"Huber\", {delta = 0.5 : f64}", "linear", true},
    {"\"BinaryCrossentropy\", {from_logits = false, label_smoothing = 0.0 : f64}", "sigmoid", true},
    {"\"BinaryCrossentropy\", {from_logits = false, label_smoothing = 0.2 : f64}", "sigmoid", false},
    {"\"BinaryCrossentropy\", {from_logits = true, label_smoothing = 0.1 : f64}", "linear", true},
    {"\"CategoricalCrossentropy\", {from_logits = false, label_smoothing = 0.0 : f64}", "softmax", true},
    {"\"CategoricalCrossentropy\", {from_logits = false, label_smoothing = 0.3 : f64}", "softmax", false},
    {"\"CategoricalCrossentropy\", {from_logits = false, label_smoothing = 0.0 : f64}", "sigmoid",
     true}, // rows that do not sum to 1
    {"\"CategoricalCrossentropy\", {from_logits = true, label_smoothing = 0.1 : f64}", "linear", true},
    {"\"SparseCategoricalCrossentropy\", {from_logits = false}", "softmax", true},
    {"\"SparseCategoricalCrossentropy\", {from_logits = false}", "softmax", false},
    {"\"SparseCategoricalCrossentropy\", {from_logits = false}", "sigmoid", true},
    {"\"SparseCategoricalCrossentropy\", {from_logits = true}", "linear", true},
};

TEST(LossRules, AgreeWithFiniteDifferences) {
  for (const LossCase &c : kCases)
    for (Extents sample : {Extents{4}, Extents{3, 4}}) { // one row a sample, and three
      SCOPED_TRACE(std::string(c.loss) + " behind " + c.activation + (c.fused ? "" : ", not fused"));
      ModelText model;
      std::string x = model.input("x", sample), w = model.variable("dense/kernel", {4, 4}),
                  b = model.variable("dense/bias", {4});
      bool softmax = std::string(c.activation) == "softmax";
      std::string y =
          model.op("dense", {x, w, b},
                   std::string("activation = #nn.activation<") + (softmax ? "linear" : c.activation) + ">", sample);
      if (softmax)
        y = model.op("softmax", {y}, "axis = " + std::to_string(sample.size()), sample);
      std::string train =
          std::string("optimizer = #nn.call<\"SGD\", {momentum = 0.0 : f64, nesterov = false}>, loss = #nn.call<") +
          c.loss + ">";
      CheckResult result =
          checkModel(model.finish(y, train), 3, true, "", c.fused ? "nn-fuse-loss,nn-fuse-activation" : "");
      EXPECT_TRUE(result.passed) << result.error << result.report;
    }
}

} // namespace
} // namespace nncc::test
