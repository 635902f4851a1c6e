// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The gradient check itself: it finds wrong rules and names the first layer that disagrees.

#include "Transforms/GradientCheck.h"
#include "gtest/gtest.h"

namespace nncc::test {
namespace {

/// Two convolutions, a max pool and a dense layer; the layers are conv2, conv5, max_pool6, reshape7, dense10,
/// softmax11.
std::string smallNetwork() {
  ModelText model;
  std::string window = "strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, "
                       "activation = #nn.activation<relu>";
  std::string x = model.input("image", {8, 8, 1});
  std::string w1 = model.variable("conv_1/kernel", {3, 3, 1, 3}), b1 = model.variable("conv_1/bias", {3});
  x = model.op("conv", {x, w1, b1}, window, {6, 6, 3});
  std::string w2 = model.variable("conv_2/kernel", {3, 3, 3, 2}), b2 = model.variable("conv_2/bias", {2});
  x = model.op("conv", {x, w2, b2}, window, {4, 4, 2});
  x = model.op("max_pool", {x},
               "strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, window = array<i64: 2, 2>", {2, 2, 2});
  x = model.op("reshape", {x}, "shape = array<i64: 8>", {8});
  std::string w3 = model.variable("dense/kernel", {8, 3}), b3 = model.variable("dense/bias", {3});
  x = model.op("dense", {x, w3, b3}, "", {3});
  x = model.op("softmax", {x}, "axis = 1", {3});
  return model.finish(
      x,
      "optimizer = #nn.call<\"Adam\", {}>, loss = #nn.call<\"SparseCategoricalCrossentropy\", {from_logits = false}>");
}

TEST(GradientCheck, Passes) {
  CheckResult result = checkModel(smallNetwork(), 2);
  EXPECT_TRUE(result.passed) << result.error << result.report;
  // Every tensor has its line, in the order of the model, for the output and for the loss.
  EXPECT_NE(result.report.find("inference mode:\n  conv_1/kernel  max error "), std::string::npos) << result.report;
  EXPECT_NE(result.report.find("\n  image          max error "), std::string::npos) << result.report;
  EXPECT_NE(result.report.find("gradients of the loss, layers in training mode:\n  conv_1/kernel"), std::string::npos)
      << result.report;
}

// The optimizer clips the gradients of the loss before its step; the rules' own are compared.
TEST(GradientCheck, PassesWithClippedGradients) {
  for (const char *clipping : {"clipnorm", "global_clipnorm", "clipvalue"}) {
    ModelText model;
    std::string y = model.op("dense", {model.input("x", {4}), model.variable("dense/kernel", {4, 3})}, "", {3});
    CheckResult result = checkModel(model.finish(y, std::string("optimizer = #nn.call<\"SGD\", {") + clipping +
                                                        " = 1.0e-3 : f64}>, loss = #nn.call<\"MeanSquaredError\", {}>"),
                                    2);
    EXPECT_TRUE(result.passed) << clipping << ": " << result.error << result.report;
  }
}

// Whatever rule is wrong, the check fails and names the first layer of the model that gets a wrong gradient; the note
// names the last.
TEST(GradientCheck, FindsBrokenRules) {
  std::pair<const char *, const char *> broken[] = {
      {"nn.softmax", "'dense10'"},      {"nn.dense", "'dense10'"}, {"nn.reshape", "'conv5'"},
      {"nn.max_pool_train", "'conv5'"}, {"nn.conv", "'conv5'"},
  };
  for (auto [rule, last] : broken) {
    CheckResult result = checkModel(smallNetwork(), 2, false, rule);
    EXPECT_FALSE(result.passed) << rule << '\n' << result.report;
    EXPECT_EQ(result.error.rfind("Layer 'conv2': the gradient of 'conv_1/kernel' disagrees", 0), 0u)
        << rule << ": " << result.error;
    EXPECT_NE(result.error.find(std::string("the last layer that disagrees is Layer ") + last), std::string::npos)
        << rule << ": " << result.error;
  }
}

// Only the loss's own rule is wrong: the output's gradients pass, the loss's do not.
TEST(GradientCheck, FindsBrokenLoss) {
  CheckResult result = checkModel(smallNetwork(), 2, false, "nn.softmax_cross_entropy");
  EXPECT_FALSE(result.passed) << result.report;
  EXPECT_NE(result.report.find("gradients of the loss"), std::string::npos) << result.report;
}

// A wrong rule behind which only the second layer stands is found there.
TEST(GradientCheck, NamesTheFirstLayerThatDisagrees) {
  ModelText model;
  std::string x = model.input("x", {4});
  x = model.op("dense", {x, model.variable("a/kernel", {4, 5}, false)}, "", {5});
  x = model.op("dense", {x, model.variable("b/kernel", {5, 3})}, "activation = #nn.activation<tanh>", {3});
  CheckResult result = checkModel(model.finish(x), 2, false, "nn.dense");
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.error.rfind("Layer 'dense3': the gradient of 'b/kernel' disagrees with finite differences", 0), 0u)
      << result.error;
}

// A shift of all classes leaves a softmax as it is: the gradient of a bias that all share is rounding only.
TEST(GradientCheck, PassesWithoutAnyGradient) {
  ModelText model;
  std::string x = model.op("standardize", {model.input("x", {3, 1})}, "axes = 1 : i64, epsilon = 1.0e-3 : f64", {3, 1});
  x = model.op("shift_by", {x, model.variable("norm/beta", {1})}, "", {3, 1});
  CheckResult result = checkModel(model.finish(model.op("softmax", {x}, "axis = 1", {3, 1})), 2);
  EXPECT_TRUE(result.passed) << result.error << result.report;
}

// So is that of a difference of equals.
TEST(GradientCheck, PassesWhereAllCancels) {
  ModelText model;
  std::string x = model.input("x", {24});
  auto negative = [&](const std::string &of) {
    return model.op("rescale", {of}, "scale = -1.0 : f64, offset = 0.0 : f64", {24});
  };
  std::string y = model.op("shift_by", {x, model.variable("a/beta", {24})}, "", {24});
  std::string z = model.op("add", {x, model.op("add", {y, negative(x)}, "", {24})}, "", {24});
  CheckResult result = checkModel(model.finish(model.op("add", {y, negative(z)}, "", {24})), 1);
  EXPECT_TRUE(result.passed) << result.error << result.report;
}

// Equal elements in a max pool: no finite difference can tell, and none is blamed.
TEST(GradientCheck, LeavesOutKinks) {
  ModelText model;
  std::string x = model.input("x", {4, 1});
  std::string same = model.op("concatenate", {x, x}, "axis = 1", {8, 1});
  std::string y = model.op("max_pool", {same},
                           "strides = array<i64: 8>, padding = array<i64: 0, 0>, window = array<i64: 8>", {1, 1});
  CheckResult result = checkModel(model.finish(y), 2);
  EXPECT_TRUE(result.passed) << result.error << result.report;
}

} // namespace
} // namespace nncc::test
