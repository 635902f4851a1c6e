// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Locally connected layers against the reference interpreter: each way to keep the weights, and shapes that divide by
// nothing.
#include "Kernels/KernelTestHarness.h"

#include "nncc/Dialect/NN/Shape.h"
#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

using Extents = std::vector<int64_t>;

std::string tensor(llvm::ArrayRef<int64_t> extents, bool batched) {
  std::string text = batched ? "tensor<?x" : "tensor<";
  for (int64_t extent : extents)
    text += std::to_string(extent) + "x";
  return text + "f32>";
}

std::string array(const Extents &values) {
  std::string text = "array<i64: ";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + std::to_string(values[i]);
  return text + ">";
}

/// Forward, input gradient and kernel gradient in one entry, for all implementations.
void testAll(const Extents &input, const Extents &window, const Extents &strides, int64_t filters, int64_t batch) {
  for (int64_t implementation : {1, 2, 3}) {
    SCOPED_TRACE(implementation);
    auto kernel = nncc::nn::localKernelShape(input, window, strides, filters, implementation);
    ASSERT_TRUE(bool(kernel));
    auto output = nncc::nn::localConvShape(input, *kernel, window, strides, implementation);
    ASSERT_TRUE(bool(output));
    std::string x = tensor(input, true), k = tensor(*kernel, false), y = tensor(*output, true);
    std::string attrs = " {window = " + array(window) + ", strides = " + array(strides) +
                        ", implementation = " + std::to_string(implementation) + " : i64} : (";
    std::string text = "func.func @test(%x: " + x + ", %k: " + k + ", %dy: " + y + ") -> (" + y + ", " + x + ", " + k +
                       ") attributes {nn.entry} {\n" + //
                       "  %y = nn.local_conv %x, %k" + attrs + x + ", " + k + ") -> " + y + "\n" +
                       "  %dx = nn.local_conv_grad_input %dy, %k" + attrs + y + ", " + k + ") -> " + x + "\n" +
                       "  %dk = nn.local_conv_grad_kernel %x, %dy" + attrs + x + ", " + y + ") -> " + k + "\n" +
                       "  return %y, %dx, %dk : " + y + ", " + x + ", " + k + "\n}\n";
    RunOptions options;
    options.batch = batch;
    options.tolerance = 1e-4;
    expectMatchesReference(text, options);
  }
}

} // namespace

TEST(LocalConvolution, OneAxis) { testAll({11, 3}, {4}, {2}, 5, 3); }

TEST(LocalConvolution, TwoAxes) { testAll({5, 7, 6}, {3, 2}, {1, 2}, 19, 2); }

TEST(LocalConvolution, MoreSamplesThanATile) { testAll({3, 3, 2}, {2, 2}, {1, 1}, 9, 21); }

TEST(LocalConvolution, OneOfEach) { testAll({4, 4, 1}, {1, 1}, {3, 3}, 1, 1); }
