// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

RunOptions probabilities(int64_t targetClasses = 1) {
  RunOptions options;
  options.classes = {{0, 1}, {1, targetClasses}};
  options.batch = 5;
  return options;
}

TEST(LossKernels, MeanSquaredError) {
  for (const char *type : {"?x1xf32", "?x19xf32", "?x7x11x3xf32", "?x9000xf32"}) {
    expectMatchesReference(entryText("nn.mean_squared_error %arg0, %arg1", {type, type}, {"f32"}));
    expectMatchesReference(entryText("nn.mean_squared_error_grad %arg0, %arg1", {type, type}, {type}));
  }
}

// The gradient behind a loss is computed with it, in chunks of samples where these are large.
TEST(LossKernels, LossWithItsGradient) {
  for (const char *type : {"?x1xf32", "?x7x11x3xf32", "?x40003xf32", "3x16384xf32"})
    for (const char *loss : {"mean_squared_error", "mean_absolute_error", "huber", "binary_cross_entropy"}) {
      std::string name = loss, t = std::string("tensor<") + type + ">";
      std::string attributes = name == "huber" ? " {delta = 0.3}" : name == "binary_cross_entropy" ? " {label_smoothing = 0.1}" : "";
      std::string operands = "%p, %t" + attributes + " : (" + t + ", " + t + ") -> ";
      RunOptions options = name == "binary_cross_entropy" ? probabilities() : RunOptions();
      options.tolerance = name == "binary_cross_entropy" ? 1e-2 : 1e-4; // of many p some are near 1
      expectMatchesReference("func.func @test(%p: " + t + ", %t: " + t + ") -> (tensor<f32>, " + t + ") attributes {nn.entry} {\n" +
                                 "  %l = nn." + name + " " + operands + "tensor<f32>\n  %g = nn." + name + "_grad " + operands + t +
                                 "\n  return %l, %g : tensor<f32>, " + t + "\n}\n",
                             options);
    }
}

TEST(LossKernels, MeanAbsoluteErrorAndHuber) {
  for (const char *type : {"?x1xf32", "?x19xf32", "?x7x11x3xf32", "?x9000xf32"}) {
    expectMatchesReference(entryText("nn.mean_absolute_error %arg0, %arg1", {type, type}, {"f32"}));
    expectMatchesReference(entryText("nn.mean_absolute_error_grad %arg0, %arg1", {type, type}, {type}));
    for (const char *delta : {" {delta = 1.0}", " {delta = 0.3}"}) {
      expectMatchesReference(entryText(std::string("nn.huber %arg0, %arg1") + delta, {type, type}, {"f32"}));
      expectMatchesReference(entryText(std::string("nn.huber_grad %arg0, %arg1") + delta, {type, type}, {type}));
    }
  }
}

TEST(LossKernels, BinaryCrossEntropy) {
  for (const char *smoothing : {" {label_smoothing = 0.0}", " {label_smoothing = 0.1}"})
    for (const char *type : {"?x1xf32", "?x19xf32"}) {
      expectMatchesReference(entryText(std::string("nn.binary_cross_entropy %arg0, %arg1") + smoothing, {type, type}, {"f32"}),
                             probabilities());
      RunOptions options = probabilities();
      options.tolerance = 1e-4; // 1 - p near 1
      expectMatchesReference(
          entryText(std::string("nn.binary_cross_entropy_grad %arg0, %arg1") + smoothing, {type, type}, {type}), options);
    }
}

TEST(LossKernels, CategoricalCrossEntropy) {
  for (const char *smoothing : {" {label_smoothing = 0.0}", " {label_smoothing = 0.1}"})
    for (const char *type : {"?x2xf32", "?x19xf32", "?x3x10xf32"}) {
      expectMatchesReference(
          entryText(std::string("nn.categorical_cross_entropy %arg0, %arg1") + smoothing, {type, type}, {"f32"}),
          probabilities());
      RunOptions options = probabilities();
      options.tolerance = 1e-4; // the gradient is a difference of large numbers
      expectMatchesReference(
          entryText(std::string("nn.categorical_cross_entropy_grad %arg0, %arg1") + smoothing, {type, type}, {type}),
          options);
    }
}

// The sum over samples and positions of the mean over the last axis.
TEST(LossKernels, Sums) {
  const char *type = "?x7x3xf32", *numbers = "?x7xf32";
  for (const char *loss : {"mean_squared_error", "mean_absolute_error", "huber", "binary_cross_entropy", "categorical_cross_entropy"}) {
    std::string name = loss;
    std::string attributes = name == "huber" ? " {delta = 0.3, sum}" : name.ends_with("entropy") ? " {label_smoothing = 0.1, sum}" : " {sum}";
    RunOptions options = name.ends_with("entropy") ? probabilities() : RunOptions();
    options.tolerance = 1e-4;
    expectMatchesReference(entryText("nn." + name + " %arg0, %arg1" + attributes, {type, type}, {"f32"}), options);
    expectMatchesReference(entryText("nn." + name + "_grad %arg0, %arg1" + attributes, {type, type}, {type}), options);
  }
  expectMatchesReference(entryText("nn.sparse_categorical_cross_entropy %arg0, %arg1 {sum}", {type, numbers}, {"f32"}), probabilities(3));
  expectMatchesReference(entryText("nn.softmax_cross_entropy %arg0, %arg1 {label_smoothing = 0.0, sparse = true, sum}", {type, numbers},
                                   {type, "f32"}),
                         probabilities(3));
  expectMatchesReference(entryText("nn.sigmoid_cross_entropy %arg0, %arg1 {label_smoothing = 0.0, sum}", {type, type}, {type, "f32"}),
                         probabilities());
}

TEST(LossKernels, IgnoredClasses) {
  const char *type = "?x7x3xf32", *numbers = "?x7xf32";
  for (const char *more : {"", ", sum"}) {
    std::string ignored = std::string("ignore_class = 1") + more, softmax = " {label_smoothing = 0.0, sparse = true, " + ignored + "}";
    std::string sparse = "nn.sparse_categorical_cross_entropy";
    expectMatchesReference(entryText(sparse + " %arg0, %arg1 {" + ignored + "}", {type, numbers}, {"f32"}), probabilities(3));
    expectMatchesReference(entryText(sparse + "_grad %arg0, %arg1 {" + ignored + "}", {type, numbers}, {type}), probabilities(3));
    expectMatchesReference(entryText("nn.softmax_cross_entropy %arg0, %arg1" + softmax, {type, numbers}, {type, "f32"}), probabilities(3));
    expectMatchesReference(entryText("nn.softmax_cross_entropy_grad %arg0, %arg1" + softmax, {type, numbers}, {type}), probabilities(3));
  }
}

// Each sample's loss times the number of its class: of the largest target, or of the only one.
TEST(LossKernels, ClassWeights) {
  const std::string weights = "class_weight = array<f64: 0.5, 2.0, 1.25>";
  const char *type = "?x3xf32", *numbers = "?xf32", *column = "?x1xf32";
  for (const char *loss :
       {"mean_squared_error", "mean_absolute_error", "huber", "binary_cross_entropy", "categorical_cross_entropy"})
    for (const char *shape : {type, column}) {
      std::string name = loss;
      if (name == "categorical_cross_entropy" && shape == column)
        continue;
      std::string attributes = " {" + weights +
                               (name == "huber"             ? ", delta = 0.3}"
                                : name.ends_with("entropy") ? ", label_smoothing = 0.1}"
                                                            : "}");
      RunOptions options = probabilities();
      options.tolerance = 1e-4;
      expectMatchesReference(entryText("nn." + name + " %arg0, %arg1" + attributes, {shape, shape}, {"f32"}), options);
      expectMatchesReference(entryText("nn." + name + "_grad %arg0, %arg1" + attributes, {shape, shape}, {shape}),
                             options);
    }
  std::string sparse = " {label_smoothing = 0.0, sparse = true, " + weights + "}",
              smooth = " {label_smoothing = 0.1, " + weights + "}";
  expectMatchesReference(
      entryText("nn.sparse_categorical_cross_entropy %arg0, %arg1 {" + weights + "}", {type, numbers}, {"f32"}),
      probabilities(3));
  expectMatchesReference(
      entryText("nn.sparse_categorical_cross_entropy_grad %arg0, %arg1 {" + weights + "}", {type, numbers}, {type}),
      probabilities(3));
  expectMatchesReference(entryText("nn.softmax_cross_entropy %arg0, %arg1" + sparse, {type, numbers}, {type, "f32"}),
                         probabilities(3));
  expectMatchesReference(entryText("nn.softmax_cross_entropy_grad %arg0, %arg1" + sparse, {type, numbers}, {type}),
                         probabilities(3));
  expectMatchesReference(entryText("nn.sigmoid_cross_entropy %arg0, %arg1" + smooth, {type, type}, {type, "f32"}),
                         probabilities());
  expectMatchesReference(entryText("nn.sigmoid_cross_entropy_grad %arg0, %arg1" + smooth, {type, type}, {type}),
                         probabilities());
}

TEST(LossKernels, SparseCategoricalCrossEntropy) {
  struct Case {
    const char *type, *target;
    int64_t classes;
  };
  for (auto [type, target, classes] : {Case{"?x2xf32", "?xf32", 2}, {"?x19xf32", "?xf32", 19}, {"?x3x10xf32", "?x3xf32", 10}}) {
    expectMatchesReference(entryText("nn.sparse_categorical_cross_entropy %arg0, %arg1", {type, target}, {"f32"}),
                           probabilities(classes));
    expectMatchesReference(entryText("nn.sparse_categorical_cross_entropy_grad %arg0, %arg1", {type, target}, {type}),
                           probabilities(classes));
  }
}

TEST(LossKernels, SigmoidCrossEntropy) {
  for (const char *smoothing : {" {label_smoothing = 0.0}", " {label_smoothing = 0.1}"})
    for (const char *type : {"?x1xf32", "?x19xf32", "?x7x11x3xf32"}) {
      RunOptions options;
      options.low = -25;
      options.high = 25;
      options.classes = {{1, 1}};
      expectMatchesReference(
          entryText(std::string("nn.sigmoid_cross_entropy %arg0, %arg1") + smoothing, {type, type}, {type, "f32"}), options);
      expectMatchesReference(
          entryText(std::string("nn.sigmoid_cross_entropy_grad %arg0, %arg1") + smoothing, {type, type}, {type}));
    }
}

TEST(LossKernels, SoftmaxCrossEntropy) {
  for (const char *type : {"?x2xf32", "?x19xf32", "?x3x10xf32"}) {
    RunOptions options;
    options.low = -25;
    options.high = 25;
    options.classes = {{1, 1}};
    std::string attributes = " {label_smoothing = 0.1, sparse = false}";
    expectMatchesReference(entryText("nn.softmax_cross_entropy %arg0, %arg1" + attributes, {type, type}, {type, "f32"}),
                           options);
    expectMatchesReference(entryText("nn.softmax_cross_entropy_grad %arg0, %arg1" + attributes, {type, type}, {type}));
  }
}

TEST(LossKernels, SparseSoftmaxCrossEntropy) {
  struct Case {
    const char *type, *target;
    int64_t classes;
  };
  for (auto [type, target, classes] : {Case{"?x2xf32", "?xf32", 2}, {"?x1000xf32", "?xf32", 1000}, {"?x3x10xf32", "?x3xf32", 10}}) {
    RunOptions options;
    options.low = -25;
    options.high = 25;
    options.batch = 6;
    options.classes = {{1, classes}};
    std::string attributes = " {label_smoothing = 0.0, sparse = true}";
    expectMatchesReference(entryText("nn.softmax_cross_entropy %arg0, %arg1" + attributes, {type, target}, {type, "f32"}),
                           options);
    expectMatchesReference(entryText("nn.softmax_cross_entropy_grad %arg0, %arg1" + attributes, {type, target}, {type}),
                           options);
  }
}

} // namespace
