// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dense layers through the contraction generator, forward and both gradients, against the reference interpreter.
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

/// Forward, input gradient and kernel gradient in one entry. `middle` is "" or the extents between batch and features,
/// each followed by an x.
void testDense(const char *branch, int64_t inputs, int64_t outputs, int64_t batch = 3, const std::string &middle = "",
               const char *activation = "linear") {
  SCOPED_TRACE(branch);
  std::string x = "tensor<?x" + middle + std::to_string(inputs) + "xf32>";
  std::string y = "tensor<?x" + middle + std::to_string(outputs) + "xf32>";
  std::string k = "tensor<" + std::to_string(inputs) + "x" + std::to_string(outputs) + "xf32>";
  std::string b = "tensor<" + std::to_string(outputs) + "xf32>";
  std::string text = "func.func @test(%x: " + x + ", %k: " + k + ", %b: " + b + ", %dy: " + y + ") -> (" + y +
                     ", " + x + ", " + k + ") attributes {nn.entry} {\n" + //
                     "  %y = nn.dense %x, %k, %b {activation = #nn.activation<" + activation + ">} : (" + x + ", " + k +
                     ", " + b + ") -> " + y + "\n" +
                     "  %dx = nn.dense_grad_input %dy, %k : (" + y + ", " + k + ") -> " + x + "\n" +
                     "  %dk = nn.dense_grad_kernel %x, %dy : (" + x + ", " + y + ") -> " + k + "\n" +
                     "  return %y, %dx, %dk : " + y + ", " + x + ", " + k + "\n}\n";
  RunOptions options;
  options.batch = batch;
  options.tolerance = 1e-4;
  expectMatchesReference(text, options);
}

} // namespace

TEST(ContractionDense, Rows) {
  testDense("one output", 37, 1);
  testDense("one input", 1, 9, 11);
  testDense("several rows a tile and a rest", 29, 10, 13);
  testDense("more axes in front", 6, 21, 3, "4x5x");
  testDense("activation", 12, 7, 5, "", "sigmoid");
  testDense("activation of several vectors", 12, 70, 2, "", "tanh");
}

TEST(ContractionDense, Slabs) {
  testDense("large kernel, few columns", 5003, 17, 5, "", "relu");
  testDense("large kernel, several column blocks", 1501, 67, 2);
}

TEST(ContractionDense, Columns) { testDense("large kernel, many columns", 101, 1003, 9, "", "relu"); }

TEST(ContractionDense, TransposedInBlocks) { testDense("deep input gradient", 70, 5000, 2); }
