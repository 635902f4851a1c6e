// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Losses where numbers are just on one side: ties, numbers behind the last class, probabilities that clipping hardly leaves.

#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

// The gradient is computed with the loss only where both are of the same target.
TEST(LossKernels, GradientOfAnotherTarget) {
  std::string x = "tensor<?x5x3xf32>", types = " : (" + x + ", " + x + ") -> ";
  for (const char *order : {"%p, %u", "%u, %p"})
    expectMatchesReference("func.func @test(%p: " + x + ", %t: " + x + ", %u: " + x + ") -> (tensor<f32>, " + x + ", " + x +
                           ") attributes {nn.entry} {\n  %l = nn.mean_squared_error %p, %t" + types + "tensor<f32>\n" +
                           "  %g = nn.mean_squared_error_grad " + order + types + x + "\n" +
                           "  %h = nn.mean_squared_error_grad %p, %t" + types + x + "\n  return %l, %g, %h : tensor<f32>, " + x +
                           ", " + x + "\n}\n");
}

// Of several largest targets the first is a sample's class.
TEST(LossKernels, ClassWeightOfTheFirstOfTheLargest) {
  RunOptions options;
  options.batch = 16;
  options.classes = {{1, 2}};
  const char *type = "?x3xf32", *attributes = " {class_weight = array<f64: 0.5, 2.0, 1.25>}";
  expectMatchesReference(entryText(std::string("nn.mean_squared_error %arg0, %arg1") + attributes, {type, type}, {"f32"}), options);
  expectMatchesReference(entryText(std::string("nn.mean_squared_error_grad %arg0, %arg1") + attributes, {type, type}, {type}), options);
}

// One target of a sample names its class when rounded: numbers from -1 to 4 name the classes 0 to 2, and others, which have no
// weight.
TEST(LossKernels, NoClassWeightIsNoNumber) {
  const char *gradient = "nn.mean_squared_error_grad %arg0, %arg1 {class_weight = array<f64: 0.5, 2.0, 1.25>}";
  RunOptions options;
  options.batch = 16;
  options.low = -1;
  options.high = 4;
  expectMatchesReference(entryText(gradient, {"?x1xf32", "?x1xf32"}, {"?x1xf32"}), options);
  options.classes = {{1, 4}};
  expectMatchesReference(entryText(gradient, {"?x1xf32", "?x1xf32"}, {"?x1xf32"}), options);
}

// Clipping to [1e-7, 1 - 1e-7] changes neither end, so that the gradient passes there; it is large, and of f32 inexact.
TEST(LossKernels, GradientAtTheEndsOfClipping) {
  std::string x = "tensor<?x3xf32>", t = "tensor<?xf32>";
  for (const char *end : {"1.0e-7", "0.9999999"}) {
    std::string start = "func.func @test(%x: " + x + ", %t: ";
    std::string fill = ") -> " + x + " attributes {nn.entry} {\n  %p = nn.rescale %x {scale = 0.0, offset = " + end + "} : (" + x +
                       ") -> " + x + "\n  %g = nn.";
    std::string back = x + "\n  return %g : " + x + "\n}\n";
    RunOptions options;
    options.tolerance = 0.5;
    options.classes = {{1, 2}};
    expectMatchesReference(start + x + fill + "binary_cross_entropy_grad %p, %t {label_smoothing = 0.0} : (" + x + ", " + x +
                               ") -> " + back,
                           options);
    options.classes = {{1, 3}};
    expectMatchesReference(start + t + fill + "sparse_categorical_cross_entropy_grad %p, %t : (" + x + ", " + t + ") -> " + back,
                           options);
  }
}

// A certain prediction that is wrong costs 15.4, -log of twice the epsilon of 1e-7.
TEST(LossKernels, CertainAndWrong) {
  std::string x = "tensor<?x3xf32>";
  for (const char *certain : {"0.0", "1.0"}) {
    RunOptions options;
    options.tolerance = 0.02;
    options.classes = {{1, 2}};
    expectMatchesReference("func.func @test(%x: " + x + ", %t: " + x + ") -> tensor<f32> attributes {nn.entry} {\n" +
                               "  %p = nn.rescale %x {scale = 0.0, offset = " + certain + "} : (" + x + ") -> " + x +
                               "\n  %l = nn.binary_cross_entropy %p, %t {label_smoothing = 0.0} : (" + x + ", " + x +
                               ") -> tensor<f32>\n  return %l : tensor<f32>\n}\n",
                           options);
  }
}

} // namespace
