// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

struct NormCase {
  const char *type;
  int axis;
  const char *channels; ///< type of a parameter
};

const NormCase kCases[] = {{"?x5x7x19xf32", 3, "19xf32"}, {"?x4xf32", 1, "4xf32"},    {"?x300xf32", 1, "300xf32"},
                           {"?x3x21x2xf32", 1, "3xf32"},  {"?x2x5x9xf32", 2, "5xf32"}, {"?x30x33x16xf32", 3, "16xf32"},
                           {"?x6x1500xf32", 1, "6xf32"}};

std::string attributes(const NormCase &norm, bool momentum) {
  return std::string(" {axis = ") + std::to_string(norm.axis) + ", epsilon = 1.0e-3" +
         (momentum ? ", momentum = 0.99}" : "}");
}

TEST(NormalizationKernels, GivenStatistics) {
  for (const NormCase &norm : kCases) {
    std::string variance = std::string("nn.variable @variance : tensor<") + norm.channels +
                           "> {initializer = #nn.call<\"Ones\", {}>, trainable = false}\n";
    std::string x = std::string("tensor<") + norm.type + ">", p = std::string("tensor<") + norm.channels + ">";
    std::string text = variance + "func.func @test(%x: " + x + ", %g: " + p + ", %b: " + p + ", %m: " + p + ", %dy: " + x +
                       ") -> (" + x + ", " + x + ", " + x + ", " + p + ", " + p +
                       ") attributes {nn.entry} {\n"
                       "  %v = nn.read @variance : " + p + "\n" +
                       "  %0 = nn.batch_norm %x gamma(%g) beta(%b) mean(%m) variance(%v)" + attributes(norm, true) +
                       " : (" + x + ", " + p + ", " + p + ", " + p + ", " + p + ") -> " + x + "\n" +
                       "  %1 = nn.batch_norm %x mean(%m) variance(%v)" + attributes(norm, true) + " : (" + x + ", " + p +
                       ", " + p + ") -> " + x + "\n" +
                       "  %2:3 = nn.batch_norm_grad %x gamma(%g) mean(%m) variance(%v), %dy" + attributes(norm, false) +
                       " : (" + x + ", " + p + ", " + p + ", " + p + ", " + x + ") -> (" + x + ", " + p + ", " + p + ")\n" +
                       "  return %0, %1, %2#0, %2#1, %2#2 : " + x + ", " + x + ", " + x + ", " + p + ", " + p + "\n}\n";
    expectMatchesReference(text);
  }
}

std::string trainingText(const NormCase &norm, bool parameters) {
  std::string x = std::string("tensor<") + norm.type + ">", p = std::string("tensor<") + norm.channels + ">";
  std::string gamma = parameters ? " gamma(%g)" : "", beta = parameters ? " beta(%b)" : "";
  std::string types = parameters ? ", " + p + ", " + p : "", one = parameters ? ", " + p : "";
  return "func.func @test(%x: " + x + ", %g: " + p + ", %b: " + p + ", %dy: " + x + ") -> (" + x + ", " + p + ", " + p +
         ", " + x + ", " + p + ", " + p + ") attributes {nn.entry} {\n" +
         "  %0:3 = nn.batch_norm_train %x" + gamma + beta + attributes(norm, false) + " : (" + x + types + ") -> (" + x +
         ", " + p + ", " + p + ")\n" + "  %1:3 = nn.batch_norm_train_grad %x" + gamma + " mean(%0#1) variance(%0#2), %dy" +
         attributes(norm, false) + " : (" + x + one + ", " + p + ", " + p + ", " + x + ") -> (" + x + ", " + p + ", " + p +
         ")\n" + "  return %0#0, %0#1, %0#2, %1#0, %1#1, %1#2 : " + x + ", " + p + ", " + p + ", " + x + ", " + p + ", " +
         p + "\n}\n";
}

TEST(NormalizationKernels, Training) {
  for (const NormCase &norm : kCases)
    for (bool parameters : {true, false}) {
      RunOptions options;
      options.tolerance = 2e-5;
      options.batch = 5;
      expectMatchesReference(trainingText(norm, parameters), options);
    }
}

/// Maps of elements behind the normalization and before its gradient become part of its steps: a residual sum and relu;
/// with `shared`, what stands before the gradient has another reader, and with `kept`, what stands behind has one.
std::string chainText(const NormCase &norm, bool shared, bool kept) {
  std::string x = std::string("tensor<") + norm.type + ">", p = std::string("tensor<") + norm.channels + ">";
  std::string one = " : (" + x + ") -> " + x + "\n", two = " : (" + x + ", " + x + ") -> " + x + "\n";
  std::string extra = kept ? ", %0#0" : "", extraType = kept ? ", " + x : "";
  return "func.func @test(%x: " + x + ", %o: " + x + ", %g: " + p + ", %b: " + p + ", %dy: " + x + ", %dz: " + x + ") -> (" + x +
         ", " + x + ", " + p + ", " + p + ", " + x + extraType + ") attributes {nn.entry} {\n" +
         "  %0:3 = nn.batch_norm_train %x gamma(%g) beta(%b)" + attributes(norm, false) + " : (" + x + ", " + p + ", " + p +
         ") -> (" + x + ", " + p + ", " + p + ")\n" +
         "  %s = nn.add %0#0, %o" + two + "  %y = nn.activation %s {function = #nn.activation<relu>}" + one +
         "  %e = nn.add %dy, %dz" + two + "  %d = nn.activation_grad %y, %e {function = #nn.activation<relu>}" + two +
         "  %1:3 = nn.batch_norm_train_grad %x gamma(%g) mean(%0#1) variance(%0#2), %d" + attributes(norm, false) + " : (" + x +
         ", " + p + ", " + p + ", " + p + ", " + x + ") -> (" + x + ", " + p + ", " + p + ")\n" +
         (shared ? "  %z = nn.add %d, %dz" + two : "  %z = nn.activation %dz {function = #nn.activation<tanh>}" + one) +
         "  return %y, %1#0, %1#1, %1#2, %z" + extra + " : " + x + ", " + x + ", " + p + ", " + p + ", " + x + extraType + "\n}\n";
}

TEST(NormalizationKernels, ChainsInOnePass) {
  for (const NormCase &norm : kCases)
    for (bool shared : {true, false})
      for (bool kept : {true, false}) {
        RunOptions options;
        options.tolerance = 2e-5;
        options.batch = 4;
        expectMatchesReference(chainText(norm, shared, kept), options);
      }
}

TEST(NormalizationKernels, LargeMeanAgainstDeviation) {
  // Sums of squares would lose all digits of the variance here.
  RunOptions options;
  options.low = 1000;
  options.high = 1001;
  options.batch = 7;
  options.tolerance = 2e-3;
  expectMatchesReference("func.func @test(%x: tensor<?x13x11x5xf32>) -> (tensor<5xf32>, tensor<5xf32>) attributes {nn.entry} {\n"
                         "  %0:3 = nn.batch_norm_train %x {axis = 3, epsilon = 1.0e-3} : (tensor<?x13x11x5xf32>) -> "
                         "(tensor<?x13x11x5xf32>, tensor<5xf32>, tensor<5xf32>)\n"
                         "  return %0#1, %0#2 : tensor<5xf32>, tensor<5xf32>\n}\n",
                         options);
}

TEST(NormalizationKernels, OneSample) {
  RunOptions options;
  options.batch = 1;
  expectMatchesReference(trainingText({"?x3x21x2xf32", 3, "2xf32"}, true), options);
}

TEST(NormalizationKernels, FoldedIntoWeights) {
  for (const char *kernel : {"3x3x2x19", "1x5x4", "7x33", "2x2x2x3x1"}) {
    std::string k = std::string("tensor<") + kernel + "xf32>";
    std::string p = "tensor<" + std::string(kernel).substr(std::string(kernel).rfind('x') + 1) + "xf32>";
    for (bool all : {true, false}) {
      std::string groups = all ? " bias(%c) gamma(%g) beta(%b)" : "", types = all ? ", " + p + ", " + p + ", " + p : "";
      expectMatchesReference("nn.variable @variance : " + p + " {initializer = #nn.call<\"Ones\", {}>, trainable = false}\n" +
                             "func.func @test(%k: " + k + ", %c: " + p + ", %g: " + p + ", %b: " + p + ", %m: " + p + ") -> (" + k +
                             ", " + p + ") attributes {nn.entry} {\n  %v = nn.read @variance : " + p +
                             "\n  %0:2 = nn.fold_batch_norm %k" + groups + " mean(%m) variance(%v) {epsilon = 1.0e-3} : (" + k +
                             types + ", " + p + ", " + p + ") -> (" + k + ", " + p + ")\n  return %0#0, %0#1 : " + k + ", " + p +
                             "\n}\n");
    }
  }
}

TEST(NormalizationKernels, BiasGradient) {
  for (int64_t batch : {1, 3, 40}) {
    RunOptions options;
    options.batch = batch;
    expectMatchesReference(entryText("nn.bias_grad %arg0", {"?x10xf32"}, {"10xf32"}), options);
    expectMatchesReference(entryText("nn.bias_grad %arg0", {"?x13x17x67xf32"}, {"67xf32"}), options);
  }
}

/// Two normalizations in front of a sum, as in a residual block whose shortcut has one too: both gradients read the same
/// gradient of the activation, which the first of them computes.
TEST(NormalizationKernels, TwoReadersOfOneGradient) {
  std::string x = "tensor<?x5x7x6xf32>", p = "tensor<6xf32>", attributes = " {axis = 3 : i64, epsilon = 1.0e-03 : f64}";
  std::string two = " : (" + x + ", " + x + ") -> " + x + "\n", text = "func.func @test(%x0: " + x + ", %x1: " + x +
      ", %g: " + p + ", %dy: " + x + ", %dz: " + x + ") -> (" + x + ", " + x + ", " + p + ", " + p + ") attributes {nn.entry} {\n";
  for (std::string n : {"0", "1"})
    text += "  %n" + n + ":3 = nn.batch_norm_train %x" + n + " gamma(%g)" + attributes + " : (" + x + ", " + p + ") -> (" + x +
            ", " + p + ", " + p + ")\n";
  text += "  %s = nn.add %n0#0, %n1#0" + two + "  %y = nn.activation %s {function = #nn.activation<relu>} : (" + x + ") -> " + x +
          "\n  %e = nn.add %dy, %dz" + two + "  %d = nn.activation_grad %y, %e {function = #nn.activation<relu>}" + two;
  for (std::string n : {"1", "0"})
    text += "  %g" + n + ":3 = nn.batch_norm_train_grad %x" + n + " gamma(%g) mean(%n" + n + "#1) variance(%n" + n + "#2), %d" +
            attributes + " : (" + x + ", " + p + ", " + p + ", " + p + ", " + x + ") -> (" + x + ", " + p + ", " + p + ")\n";
  text += "  return %g0#0, %g1#0, %g0#1, %g1#1 : " + x + ", " + x + ", " + p + ", " + p + "\n}\n";
  RunOptions options;
  options.tolerance = 2e-5;
  options.batch = 4;
  expectMatchesReference(text, options);
}

} // namespace
