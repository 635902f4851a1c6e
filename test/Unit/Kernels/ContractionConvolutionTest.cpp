// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions through the contraction generator, forward and both gradients, against the reference interpreter: each
// branch of its planning with shapes that divide by nothing.
#include "Kernels/ConvCase.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

/// Forward, input gradient and kernel gradient with the bias' in one entry.
void testAll(const ConvCase &conv) {
  SCOPED_TRACE(conv.branch);
  std::string x = tensor(conv.input, true), k = tensor(conv.kernelShape(), false), y = tensor(conv.output(), true);
  std::string b = tensor({conv.filters}, false), attrs = " {" + attributes(conv) + "} : (";
  std::string text = "func.func @test(%x: " + x + ", %k: " + k + ", %b: " + b + ", %dy: " + y + ") -> (" + y +
                     ", " + x + ", " + k + ", " + b + ") attributes {nn.entry} {\n" + //
                     "  %y = nn.conv %x, %k, %b" + attrs + x + ", " + k + ", " + b + ") -> " + y + "\n" +
                     "  %dx = nn.conv_grad_input %dy, %k" + attrs + y + ", " + k + ") -> " + x + "\n" +
                     "  %dk = nn.conv_grad_kernel %x, %dy" + attrs + x + ", " + y + ") -> " + k + "\n" +
                     "  %db = nn.bias_grad %dy : (" + y + ") -> " + b + "\n" +
                     "  return %y, %dx, %dk, %db : " + y + ", " + x + ", " + k + ", " + b + "\n}\n";
  RunOptions options;
  options.winograd = nncc::planning::WinogradTiles::None;
  options.batch = conv.batch;
  options.tolerance = 1e-4;
  expectMatchesReference(text, options);
}

/// The epilogue: activation, and a max pool of stride = window.
void testEpilogue(const ConvCase &conv, const char *activation, const Extents &pool) {
  SCOPED_TRACE(conv.branch);
  Extents output = conv.output();
  for (size_t i = 0; i < pool.size(); ++i)
    output[i] /= pool[i];
  std::string x = tensor(conv.input, true), k = tensor(conv.kernelShape(), false), y = tensor(output, true);
  std::string attrs = " {" + attributes(conv) + ", activation = #nn.activation<" + activation + ">" +
                      (pool.empty() ? "" : ", " + array("pool_size", pool)) + "} : (";
  std::string text = "func.func @test(%x: " + x + ", %k: " + k + ") -> " + y + " attributes {nn.entry} {\n" +
                     "  %y = nn.conv %x, %k" + attrs + x + ", " + k + ") -> " + y + "\n  return %y : " + y + "\n}\n";
  RunOptions options;
  options.winograd = nncc::planning::WinogradTiles::None;
  options.batch = conv.batch;
  options.tolerance = 1e-4;
  expectMatchesReference(text, options);
}

/// nn.conv_transpose with bias; the filters come before the channels in its kernel. `output`: spatial.
void testTransposed(const char *branch, const Extents &input, const Extents &kernel, int64_t filters,
                    const Extents &strides, const Extents &padding, const char *activation, const Extents &dilations) {
  SCOPED_TRACE(branch);
  Extents output, kernelShape = kernel;
  for (size_t i = 0; i < kernel.size(); ++i)
    output.push_back((input[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - padding[2 * i] -
                     padding[2 * i + 1]);
  output.push_back(filters);
  kernelShape.push_back(filters);
  kernelShape.push_back(input.back());
  std::string x = tensor(input, true), k = tensor(kernelShape, false), y = tensor(output, true);
  std::string b = tensor({filters}, false);
  std::string text = "func.func @test(%x: " + x + ", %k: " + k + ", %b: " + b + ") -> " + y +
                     " attributes {nn.entry} {\n  %y = nn.conv_transpose %x, %k, %b {" + array("strides", strides) +
                     ", " + array("padding", padding) + ", " + array("dilations", dilations) +
                     ", activation = #nn.activation<" + activation + ">} : (" + x + ", " + k + ", " + b + ") -> " + y +
                     "\n  return %y : " + y + "\n}\n";
  RunOptions options;
  options.winograd = nncc::planning::WinogradTiles::None;
  options.tolerance = 1e-4;
  expectMatchesReference(text, options);
}

} // namespace

TEST(ContractionConvolution, OneAxis) {
  testAll({"tiles of one row, blocked", {157, 13}, {5}, 21, {1}, {2, 2}, {1}});
  testAll({"stride of one axis: phases", {50, 4}, {3}, 6, {2}, {0, 1}, {1}, 1, 1});
  testAll({"causal, dilated", {33, 3}, {2}, 5, {1}, {4, 0}, {4}});
}

TEST(ContractionConvolution, ValidWithoutHalo) {
  testAll({"forward reads the input in place", {9, 14, 5}, {3, 2}, 20, {1, 1}, {0, 0, 0, 0}, {1, 1}});
  testAll({"one channel: all taps in one tile", {12, 7, 1}, {3, 3}, 10, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, 1});
}

TEST(ContractionConvolution, SamePadding) {
  testAll({"odd kernel", {8, 11, 16}, {3, 3}, 32, {1, 1}, {1, 1, 1, 1}, {1, 1}});
  testAll({"even kernel, padding behind", {7, 6, 3}, {2, 4}, 8, {1, 1}, {0, 1, 1, 2}, {1, 1}});
  testAll({"kernel larger than the input", {3, 2, 4}, {5, 5}, 3, {1, 1}, {2, 2, 2, 2}, {1, 1}, 1, 1});
}

TEST(ContractionConvolution, Strides) {
  testAll({"two phases an axis, odd extents", {11, 9, 6}, {3, 3}, 17, {2, 2}, {1, 1, 1, 1}, {1, 1}});
  testAll({"strides differ", {13, 10, 2}, {3, 5}, 9, {3, 2}, {0, 0, 2, 1}, {1, 1}});
  testAll({"stride above the kernel: inputs without a gradient", {10, 11, 3}, {2, 1}, 4, {3, 3}, {0, 0, 0, 0}, {1, 1}});
  testAll({"rows of the input behind the last window", {9, 9, 3}, {2, 2}, 4, {4, 4}, {0, 0, 0, 0}, {1, 1}, 1, 1});
}

TEST(ContractionConvolution, Dilations) {
  testAll({"runs of one tap", {12, 13, 5}, {3, 2}, 12, {1, 1}, {2, 2, 0, 3}, {2, 3}});
  testAll({"stride and dilation share a factor", {14, 15, 3}, {3, 2}, 7, {2, 2}, {1, 0, 1, 1}, {2, 2}});
  testAll({"stride and dilation share none", {14, 15, 3}, {3, 3}, 7, {2, 3}, {1, 1, 2, 2}, {3, 2}, 1, 1});
}

TEST(ContractionConvolution, Groups) {
  testAll({"two groups", {6, 7, 6}, {3, 3}, 10, {1, 1}, {1, 1, 1, 1}, {1, 1}, 2});
  testAll({"depthwise", {6, 7, 5}, {3, 3}, 5, {2, 1}, {1, 1, 1, 1}, {1, 1}, 5});
}

TEST(ContractionConvolution, Pointwise) {
  testAll({"collapsed to one axis", {5, 9, 19}, {1, 1}, 33, {1, 1}, {0, 0, 0, 0}, {1, 1}});
  testAll({"with stride", {5, 9, 4}, {1, 1}, 3, {2, 2}, {0, 0, 0, 0}, {1, 1}});
}

TEST(ContractionConvolution, ThreeAxes) {
  testAll({"three axes", {5, 4, 6, 3}, {2, 3, 2}, 11, {1, 1, 1}, {0, 1, 1, 1, 0, 0}, {1, 1, 1}});
  testAll({"three axes, strides", {5, 6, 7, 2}, {3, 2, 3}, 4, {2, 1, 3}, {1, 1, 0, 0, 1, 1}, {1, 2, 1}, 1, 1});
}

TEST(ContractionConvolution, FewColumnsInterleaveChannels) {
  testAll({"one filter", {9, 8, 16}, {3, 3}, 1, {1, 1}, {1, 1, 1, 1}, {1, 1}});
  testAll({"three filters", {7, 9, 8}, {2, 3}, 3, {1, 2}, {0, 0, 1, 1}, {1, 1}});
  testAll({"one input channel", {8, 9, 1}, {3, 3}, 32, {2, 1}, {1, 1, 1, 1}, {1, 1}});
  testAll({"in groups", {6, 5, 8}, {3, 3}, 2, {1, 1}, {0, 0, 0, 0}, {1, 1}, 2});
  testEpilogue({"with a pool in registers", {12, 9, 8}, {3, 3}, 2, {1, 1}, {1, 1, 1, 1}, {1, 1}}, "relu", {2, 2});
  testEpilogue({"with a pool in a loop", {14, 15, 4}, {3, 3}, 1, {1, 1}, {1, 1, 1, 1}, {1, 1}}, "sigmoid", {5, 7});
}

TEST(ContractionConvolution, FewFiltersAreTheRowsOfTheKernelGradient) {
  testAll({"runs of three taps", {9, 11, 24}, {3, 3}, 2, {1, 1}, {1, 1, 1, 1}, {1, 1}});
  testAll({"runs of one tap, stride", {9, 11, 70}, {2, 2}, 5, {2, 1}, {0, 0, 0, 0}, {1, 2}});
}

TEST(ContractionConvolution, BlocksOfASample) {
  testAll({"row tiles of the only axis", {1200, 32}, {3}, 40, {1}, {1, 1}, {1}, 1, 1});
  testAll({"rows", {39, 41, 16}, {3, 3}, 24, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, 1});
  testAll({"planes", {13, 12, 11, 12}, {3, 3, 2}, 21, {1, 1, 1}, {1, 1, 1, 1, 0, 1}, {1, 1, 1}, 1, 1});
}

TEST(ContractionConvolution, BlocksAreSplitForFewSamples) {
  ConvCase rows{"rows", {23, 29, 16}, {3, 3}, 40, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, 7};
  ConvCase tiles{"row tiles", {997, 48}, {3}, 40, {1}, {1, 1}, {1}, 1, 2};
  ConvCase planes{"planes with strides", {13, 12, 11, 12}, {3, 3, 2}, 51, {1, 2, 1}, {1, 1, 1, 1, 0, 1}, {1, 1, 1}, 1, 1};
  for (ConvCase conv : {rows, tiles, planes}) {
    testAll(conv);
    conv.batch = 9;
    testAll(conv);
  }
}

TEST(ContractionConvolution, SlabsGrowWithTheBatch) {
  for (int64_t batch : {1, 2, 5, 12})
    testAll({"slabs", {16, 15, 8}, {3, 3}, 56, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, batch});
  for (int64_t batch : {1, 6})
    testAll({"slabs of sums to be transposed", {16, 25, 96}, {3, 3}, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, batch});
}

/// A kernel [k..., C, H] that is read as k... maps of H channels, with the bias behind it: the product of two kernels.
TEST(ContractionConvolution, KernelsAsMaps) {
  struct Case {
    Extents kernel, tap;
  };
  for (const Case &c : {Case{{3, 3, 5, 40}, {1, 1, 40, 19}}, Case{{3, 2, 33}, {1, 33, 64}}, Case{{2, 3, 1, 4, 7}, {1, 1, 1, 7, 1}},
                        Case{{7, 5, 3, 130}, {1, 1, 130, 3}}}) {
    size_t rank = c.kernel.size() - 2;
    Extents product = c.kernel, ones(rank, 1), none(2 * rank, 0);
    product.back() = c.tap.back();
    std::string v = tensor(c.kernel, false), w = tensor(c.tap, false), y = tensor(product, false);
    std::string b = tensor({c.kernel.back()}, false), n = tensor({c.tap.back()}, false);
    std::string attrs = " {" + array("strides", ones) + ", " + array("padding", none) + ", " + array("dilations", ones) + "} : (";
    std::string results = y + ", " + n + ", " + n + ", " + v + ", " + w + ", " + b + ", " + w;
    expectMatchesReference("func.func @test(%v: " + v + ", %w: " + w + ", %b: " + b + ", %n: " + n + ", %dy: " + y + ") -> (" +
                               results + ") attributes {nn.entry} {\n" + //
                               "  %y = nn.conv %v, %w" + attrs + v + ", " + w + ") -> " + y + "\n" +
                               "  %c = nn.compose_bias %b, %w, %n : (" + b + ", " + w + ", " + n + ") -> " + n + "\n" +
                               "  %o = nn.compose_bias %b, %w : (" + b + ", " + w + ") -> " + n + "\n" +
                               "  %dv = nn.conv_grad_input %dy, %w" + attrs + y + ", " + w + ") -> " + v + "\n" +
                               "  %dw = nn.conv_grad_kernel %v, %dy" + attrs + v + ", " + y + ") -> " + w + "\n" +
                               "  %d:2 = nn.compose_bias_grad %n, %b, %w : (" + n + ", " + b + ", " + w + ") -> (" + b + ", " + w +
                               ")\n  return %y, %c, %o, %dv, %dw, %d#0, %d#1 : " + results + "\n}\n");
  }
}

TEST(ContractionConvolution, ManySlabsAndSplitKernels) {
  testAll({"partial sums in slabs", {17, 16, 24}, {3, 3}, 40, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, 2});
  testAll({"kernel too large for many partial sums", {3, 4, 70}, {3, 3}, 310, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, 2});
}

TEST(ContractionConvolution, Activations) {
  for (const char *activation : {"linear", "relu", "sigmoid", "tanh"})
    testEpilogue({activation, {6, 7, 3}, {3, 3}, 13, {1, 1}, {0, 0, 0, 0}, {1, 1}}, activation, {});
}

TEST(ContractionConvolution, FusedMaxPool) {
  testEpilogue({"window in registers", {12, 15, 3}, {3, 3}, 18, {1, 1}, {0, 0, 0, 0}, {1, 1}}, "relu", {2, 2});
  testEpilogue({"window in registers, halo, stride", {21, 17, 2}, {3, 3}, 5, {2, 1}, {1, 1, 1, 1}, {1, 1}}, "tanh",
               {3, 2});
  testEpilogue({"window in a loop", {17, 19, 3}, {2, 2}, 9, {1, 1}, {0, 0, 1, 0}, {1, 1}}, "relu", {5, 6});
  testEpilogue({"one axis", {40, 4}, {3}, 7, {1}, {1, 1}, {1}}, "linear", {4});
  testEpilogue({"three axes", {7, 6, 8, 2}, {2, 2, 2}, 6, {1, 1, 1}, {0, 0, 0, 0, 0, 0}, {1, 1, 1}}, "relu", {2, 2, 3});
}

TEST(ContractionConvolution, Transposed) {
  testTransposed("phases of unequal taps", {5, 7, 6}, {3, 3}, 9, {2, 2}, {0, 1, 0, 1}, "relu", {1, 1});
  testTransposed("equal phases", {6, 5, 16}, {2, 2}, 32, {2, 2}, {0, 0, 0, 0}, "linear", {1, 1});
  testTransposed("outputs without an input", {4, 3, 5}, {1, 2}, 3, {3, 4}, {0, -2, 0, -1}, "tanh", {1, 1});
  testTransposed("stride 1, dilated", {6, 7, 4}, {3, 2}, 5, {1, 1}, {2, 2, 0, 0}, "linear", {2, 3});
  testTransposed("pointwise", {5, 4, 12}, {1, 1}, 7, {1, 1}, {0, 0, 0, 0}, "sigmoid", {1, 1});
  testTransposed("one filter", {6, 6, 8}, {4, 4}, 1, {2, 2}, {1, 1, 1, 1}, "sigmoid", {1, 1});
  testTransposed("one axis", {11, 3}, {5}, 4, {3}, {1, 2}, "linear", {1});
  testTransposed("three axes", {3, 4, 2, 3}, {2, 3, 2}, 5, {2, 1, 3}, {0, 0, 1, 1, 0, -1}, "relu", {1, 1, 1});
}
