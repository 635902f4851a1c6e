// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Operation counts of layers, against obvious loops.

#include "Dialect/ParsedModule.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Dense.h"
#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Dialect/NN/Ops/Normalization.h"
#include "nncc/Dialect/NN/Ops/Pooling.h"
#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Dialect/NN/Shape.h"

#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <limits>

using namespace mlir;

namespace {

/// The count of the only layer in a function whose body is `op`, on arguments %x, %w, %b of the given types.
int64_t flopsOf(llvm::StringRef types, llvm::StringRef op) {
  std::string source = ("func.func @f(" + types + ") {\n" + op + "\nreturn\n}").str();
  ParsedModule parsed(source);
  EXPECT_TRUE(bool(parsed.module)) << source;
  int64_t flops = -1;
  if (parsed.module)
    parsed.module->walk([&](nncc::LayerOpInterface layer) { flops = layer.getFlops(); });
  return flops;
}

TEST(Flops, ConvolutionCountsWhatIsInside) {
  // 5 positions of 3 taps over 5 elements: the first and the last position have one tap in the padding.
  EXPECT_EQ(flopsOf("%x: tensor<?x5x2xf32>, %w: tensor<3x2x7xf32>", R"(
    %y = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 1, 1>, dilations = array<i64: 1>}
      : (tensor<?x5x2xf32>, tensor<3x2x7xf32>) -> tensor<?x5x7xf32>)"),
            2 * (5 * 3 - 2) * 2 * 7);
  // Bias and activation count one an element each.
  EXPECT_EQ(flopsOf("%x: tensor<?x5x2xf32>, %w: tensor<3x2x7xf32>, %b: tensor<7xf32>", R"(
    %y = nn.conv %x, %w, %b {strides = array<i64: 2>, padding = array<i64: 0, 0>, dilations = array<i64: 1>,
      activation = #nn.activation<relu>} : (tensor<?x5x2xf32>, tensor<3x2x7xf32>, tensor<7xf32>) -> tensor<?x2x7xf32>)"),
            2 * (2 * 3) * 2 * 7 + 2 * 2 * 7);
}

TEST(Flops, TransposedConvolutionCountsThePairsOfTheConvolutionBack) {
  // 3 positions of 3 taps over 6 outputs, padding 0, 1: the last position's last tap is outside.
  EXPECT_EQ(flopsOf("%x: tensor<?x3x2xf32>, %w: tensor<3x7x2xf32>, %b: tensor<7xf32>", R"(
    %y = nn.conv_transpose %x, %w, %b {strides = array<i64: 2>, padding = array<i64: 0, 1>, dilations = array<i64: 1>}
      : (tensor<?x3x2xf32>, tensor<3x7x2xf32>, tensor<7xf32>) -> tensor<?x6x7xf32>)"),
            2 * (3 * 3 - 1) * 2 * 7 + 6 * 7);
}

TEST(Flops, LocalConvolution) {
  EXPECT_EQ(flopsOf("%x: tensor<?x7x2xf32>, %w: tensor<3x6x5xf32>", R"(
    %y = nn.local_conv %x, %w {strides = array<i64: 2>, window = array<i64: 3>}
      : (tensor<?x7x2xf32>, tensor<3x6x5xf32>) -> tensor<?x3x5xf32>)"),
            2 * 3 * 3 * 2 * 5);
}

TEST(Flops, ConvolutionAgreesWithCounting) {
  for (int64_t input : {1, 4, 9})
    for (int64_t window : {1, 2, 3, 5})
      for (int64_t stride : {1, 2, 4})
        for (int64_t dilation : {1, 3}) {
          auto [low, high] = nncc::nn::samePadding(input, window, stride, dilation);
          int64_t positions = (input + stride - 1) / stride, pairs = 0;
          for (int64_t o = 0; o < positions; ++o)
            for (int64_t k = 0; k < window; ++k) {
              int64_t i = o * stride + k * dilation - low;
              pairs += i >= 0 && i < input;
            }
          std::string types = llvm::formatv("tensor<?x{0}x1xf32>, tensor<{1}x1x1xf32>", input, window).str();
          std::string op = llvm::formatv("%y = nn.conv %x, %w {{strides = array<i64: {0}>, padding = array<i64: {1}, {2}>, "
                                         "dilations = array<i64: {3}>} : ({4}) -> tensor<?x{5}x1xf32>",
                                         stride, low, high, dilation, types, positions)
                               .str();
          std::string arguments = llvm::formatv("%x: tensor<?x{0}x1xf32>, %w: tensor<{1}x1x1xf32>", input, window).str();
          EXPECT_EQ(flopsOf(arguments, op), 2 * pairs) << op;
        }
}

TEST(Flops, ConvolutionInTwoAndThreeAxes) {
  // Taps inside, position by position: 1, 3, 3, 3 of the window's 3 rows, 2, 2, 1 of its 2 columns.
  EXPECT_EQ(flopsOf("%x: tensor<?x7x5x2xf32>, %w: tensor<3x2x2x11xf32>", R"(
    %y = nn.conv %x, %w {strides = array<i64: 2, 2>, padding = array<i64: 2, 1, 0, 1>, dilations = array<i64: 1, 1>}
      : (tensor<?x7x5x2xf32>, tensor<3x2x2x11xf32>) -> tensor<?x4x3x11xf32>)"),
            2 * (1 + 3 + 3 + 3) * (2 + 2 + 1) * 2 * 11);
  // 2, 2 of 2 planes, each of 4 rows, 3, 2 of 3 columns.
  EXPECT_EQ(flopsOf("%x: tensor<?x3x4x5x2xf32>, %w: tensor<2x1x3x2x11xf32>", R"(
    %y = nn.conv %x, %w {strides = array<i64: 1, 1, 3>, padding = array<i64: 0, 0, 0, 0, 0, 1>, dilations = array<i64: 1, 1, 1>}
      : (tensor<?x3x4x5x2xf32>, tensor<2x1x3x2x11xf32>) -> tensor<?x2x4x2x11xf32>)"),
            2 * (2 + 2) * 4 * (3 + 2) * 2 * 11);
}

// Up to 65536 taps what lies in the padding is left out, one by one.
TEST(Flops, WindowsOfAbsurdSizeCountPaddingToo) {
  EXPECT_EQ(flopsOf("%x: tensor<?x65536x3xf32>", R"(
    %y = nn.max_pool %x {window = array<i64: 65536>, strides = array<i64: 1>, padding = array<i64: 1, 0>}
      : (tensor<?x65536x3xf32>) -> tensor<?x2x3xf32>)"),
            (2 * 65536 - 1) * 3);
  EXPECT_EQ(flopsOf("%x: tensor<?x65537x3xf32>", R"(
    %y = nn.max_pool %x {window = array<i64: 65537>, strides = array<i64: 1>, padding = array<i64: 1, 0>}
      : (tensor<?x65537x3xf32>) -> tensor<?x2x3xf32>)"),
            2 * 65537 * 3);
}

TEST(Flops, FusedPoolComparesTheMap) {
  EXPECT_EQ(flopsOf("%x: tensor<?x5x1xf32>, %w: tensor<1x1x3xf32>", R"(
    %y = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>,
      pool_size = array<i64: 2>} : (tensor<?x5x1xf32>, tensor<1x1x3xf32>) -> tensor<?x2x3xf32>)"),
            2 * 5 * 3 + 2 * 2 * 3);
}

TEST(Flops, Others) {
  EXPECT_EQ(flopsOf("%x: tensor<?x3x5xf32>, %w: tensor<5x7xf32>, %b: tensor<7xf32>", R"(
    %y = nn.dense %x, %w, %b : (tensor<?x3x5xf32>, tensor<5x7xf32>, tensor<7xf32>) -> tensor<?x3x7xf32>)"),
            2 * 3 * 5 * 7 + 3 * 7);
  EXPECT_EQ(flopsOf("%x: tensor<?x3x5xf32>, %w: tensor<5x7xf32>, %b: tensor<7xf32>", R"(
    %y = nn.dense %x, %w, %b {activation = #nn.activation<tanh>}
      : (tensor<?x3x5xf32>, tensor<5x7xf32>, tensor<7xf32>) -> tensor<?x3x7xf32>)"),
            2 * 3 * 5 * 7 + 2 * 3 * 7);
  EXPECT_EQ(flopsOf("%x: tensor<?x5x3xf32>", R"(
    %y = nn.max_pool %x {window = array<i64: 3>, strides = array<i64: 1>, padding = array<i64: 1, 1>}
      : (tensor<?x5x3xf32>) -> tensor<?x5x3xf32>)"),
            (5 * 3 - 2) * 3);
  EXPECT_EQ(flopsOf("%x: tensor<?x5x3xf32>", R"(
    %y = nn.softmax %x {axis = 2} : (tensor<?x5x3xf32>) -> tensor<?x5x3xf32>)"),
            5 * 15);
  EXPECT_EQ(flopsOf("%x: tensor<?x5x3xf32>", R"(
    %y = nn.activation %x {function = #nn.activation<linear>} : (tensor<?x5x3xf32>) -> tensor<?x5x3xf32>)"),
            0);
}

// Of a sample of 5x3: one operation an element, and what each op says of itself.
TEST(Flops, Elementwise) {
  auto perElement = [](llvm::StringRef op) {
    std::string types = " : (tensor<?x5x3xf32>) -> tensor<?x5x3xf32>";
    int64_t flops = flopsOf("%x: tensor<?x5x3xf32>", ("%y = nn." + op + types).str());
    EXPECT_EQ(flops % 15, 0) << op.str();
    return flops / 15;
  };
  EXPECT_EQ(perElement("activation %x {function = #nn.activation<tanh>}"), 1);
  EXPECT_EQ(perElement("elu %x {alpha = 1.0}"), 1);
  EXPECT_EQ(perElement("relu %x {negative_slope = 0.1, threshold = 0.0}"), 1);
  EXPECT_EQ(perElement("dropout %x {rate = 0.5, stream = 0 : i32}"), 1);
  EXPECT_EQ(perElement("spatial_dropout %x {rate = 0.5, stream = 0 : i32}"), 1);
  EXPECT_EQ(perElement("gaussian_noise %x {stddev = 0.5, stream = 0 : i32}"), 2);
  EXPECT_EQ(perElement("rescale %x {scale = 2.0, offset = 1.0}"), 2);
  EXPECT_EQ(perElement("standardize %x {axes = 1, epsilon = 0.001}"), 5);
  EXPECT_EQ(perElement("reshape %x {shape = array<i64: 5, 3>}"), 0);
  EXPECT_EQ(perElement("permute %x {permutation = array<i64: 1, 2>}"), 0);
  EXPECT_EQ(perElement("pad %x {padding = array<i64: 0, 0, 1, -1>}"), 0);
  EXPECT_EQ(perElement("broadcast %x {shape = array<i64: 5, 3>}"), 0);
}

TEST(Flops, Merges) {
  auto ofThree = [](llvm::StringRef op) {
    return flopsOf("%x: tensor<?x5x7xf32>", ("%y = nn." + op + " %x, %x, %x : (tensor<?x5x7xf32>, tensor<?x5x7xf32>, "
                                             "tensor<?x5x7xf32>) -> tensor<?x5x7xf32>").str());
  };
  for (llvm::StringRef op : {"add", "multiply", "maximum", "minimum"})
    EXPECT_EQ(ofThree(op), 2 * 5 * 7) << op.str();
  for (llvm::StringRef op : {"scale_by", "shift_by"})
    EXPECT_EQ(flopsOf("%x: tensor<?x5x7xf32>, %p: tensor<7xf32>",
                      ("%y = nn." + op + " %x, %p : (tensor<?x5x7xf32>, tensor<7xf32>) -> tensor<?x5x7xf32>").str()),
              5 * 7)
        << op.str();
  EXPECT_EQ(flopsOf("%x: tensor<?x5x7xf32>", R"(
    %y = nn.concatenate %x, %x {axis = 2} : (tensor<?x5x7xf32>, tensor<?x5x7xf32>) -> tensor<?x5x14xf32>)"),
            0);
}

TEST(Flops, NormalizationPoolsAndEnlargement) {
  EXPECT_EQ(flopsOf("%x: tensor<?x5x7xf32>, %c: tensor<7xf32>", R"(
    %y = nn.batch_norm %x mean(%c) variance(%c) {axis = 2, epsilon = 0.001, momentum = 0.99}
      : (tensor<?x5x7xf32>, tensor<7xf32>, tensor<7xf32>) -> tensor<?x5x7xf32>)"),
            2 * 5 * 7);
  EXPECT_EQ(flopsOf("%x: tensor<?x6x5x3xf32>", R"(
    %y = nn.average_pool %x {window = array<i64: 2, 3>, strides = array<i64: 2, 1>, padding = array<i64: 0, 0, 1, 1>}
      : (tensor<?x6x5x3xf32>) -> tensor<?x3x5x3xf32>)"),
            (3 * 2) * (5 * 3 - 2) * 3);
  for (llvm::StringRef op : {"max", "average"})
    EXPECT_EQ(flopsOf("%x: tensor<?x5x7xf32>",
                      ("%y = nn.global_" + op + "_pool %x : (tensor<?x5x7xf32>) -> tensor<?x7xf32>").str()),
              5 * 7)
        << op.str();
  // A multiply-add for each tap of each axis of the result: two taps of a bilinear, four of a bicubic enlargement.
  for (auto [interpolation, taps] : {std::pair("bilinear", 2), std::pair("bicubic", 4)}) {
    EXPECT_EQ(flopsOf("%x: tensor<?x5x4x7xf32>",
                      llvm::formatv("%y = nn.resize %x {{factors = array<i64: 2, 3>, interpolation = \"{0}\"} "
                                    ": (tensor<?x5x4x7xf32>) -> tensor<?x10x12x7xf32>",
                                    interpolation)
                          .str()),
              2 * 2 * taps * (10 * 12 * 7));
  }
}

// Windows of 2x3, dilated by 3 along the second axis: 3 rows of them, of which the last has one row inside, and 4 columns with
// 2, 3, 2 and 1 inside.
TEST(Flops, EveryAxisByItself) {
  const int64_t rows = 3 * 2 - 1, columns = 2 + 3 + 2 + 1;
  EXPECT_EQ(flopsOf("%x: tensor<?x5x11x2xf32>, %w: tensor<2x3x2x7xf32>, %b: tensor<7xf32>", R"(
    %y = nn.conv %x, %w, %b {strides = array<i64: 2, 3>, padding = array<i64: 0, 1, 1, 4>,
      dilations = array<i64: 1, 3>, activation = #nn.activation<relu>}
      : (tensor<?x5x11x2xf32>, tensor<2x3x2x7xf32>, tensor<7xf32>) -> tensor<?x3x4x7xf32>)"),
            2 * rows * columns * 2 * 7 + 2 * (3 * 4 * 7));
}

TEST(Flops, TransposedConvolutionWhoseLastOutputGetsNothing) {
  EXPECT_EQ(flopsOf("%x: tensor<?x5x2xf32>, %w: tensor<2x7x2xf32>", R"(
    %y = nn.conv_transpose %x, %w {strides = array<i64: 3>, padding = array<i64: 0, -1>, dilations = array<i64: 1>,
      activation = #nn.activation<relu>} : (tensor<?x5x2xf32>, tensor<2x7x2xf32>) -> tensor<?x15x7xf32>)"),
            2 * (5 * 2) * 2 * 7 + 15 * 7);
}

TEST(Flops, Attention) {
  EXPECT_EQ(flopsOf("%q: tensor<?x2x5x12xf32>, %k: tensor<?x2x7x12xf32>", R"(
    %y = nn.attention_scores %q, %k {heads = 3, scale = 1.0}
      : (tensor<?x2x5x12xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x3x5x7xf32>)"),
            2 * (2 * 3 * 5 * 7) * 4);
  EXPECT_EQ(flopsOf("%p: tensor<?x2x3x5x7xf32>, %v: tensor<?x2x7x12xf32>", R"(
    %y = nn.attention_mix %p, %v {scale = 1.0}
      : (tensor<?x2x3x5x7xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x5x12xf32>)"),
            2 * (2 * 3 * 5 * 7) * 4);
  EXPECT_EQ(flopsOf("%q: tensor<?x2x5x12xf32>, %k: tensor<?x2x7x12xf32>", R"(
    %y = nn.attention_scores %q, %k {heads = 1, scale = 1.0}
      : (tensor<?x2x5x12xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x1x5x7xf32>)"),
            2 * (2 * 5 * 7) * 12);
  EXPECT_EQ(flopsOf("%x: tensor<?x5xf32>, %t: tensor<7x3xf32>", R"(
    %y = nn.embedding %x, %t : (tensor<?x5xf32>, tensor<7x3xf32>) -> tensor<?x5x3xf32>)"),
            0);
}

TEST(Flops, OverflowSaturates) {
  EXPECT_EQ(flopsOf("%x: tensor<?x1073741824x1xf32>, %w: tensor<1x1x1073741824xf32>", R"(
    %y = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>,
      activation = #nn.activation<relu>}
      : (tensor<?x1073741824x1xf32>, tensor<1x1x1073741824xf32>) -> tensor<?x1073741824x1073741824xf32>)"),
            3 * (int64_t(1) << 60));
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(flopsOf("%x: tensor<?x4611686018427387904xf32>", R"(
    %y = nn.gaussian_noise %x {stddev = 0.5, stream = 0 : i32}
      : (tensor<?x4611686018427387904xf32>) -> tensor<?x4611686018427387904xf32>)"),
            kLargest);
}

} // namespace
