// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Operation counts of layers, against obvious loops.

#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Dense.h"
#include "nncc/Dialect/NN/Ops/Pooling.h"
#include "nncc/Dialect/NN/Shape.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace {

/// The count of the only layer in a function whose body is `op`, on arguments %x, %w, %b of the given types.
int64_t flopsOf(llvm::StringRef types, llvm::StringRef op) {
  MLIRContext context;
  context.loadDialect<nncc::nn::NNDialect, func::FuncDialect>();
  std::string source = ("func.func @f(" + types + ") {\n" + op + "\nreturn\n}").str();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source, &context);
  EXPECT_TRUE(bool(module)) << source;
  int64_t flops = -1;
  if (module)
    module->walk([&](nncc::LayerOpInterface layer) { flops = layer.getFlops(); });
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

TEST(Flops, Attention) {
  EXPECT_EQ(flopsOf("%q: tensor<?x2x5x12xf32>, %k: tensor<?x2x7x12xf32>", R"(
    %y = nn.attention_scores %q, %k {heads = 3, scale = 1.0}
      : (tensor<?x2x5x12xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x3x5x7xf32>)"),
            2 * (2 * 3 * 5 * 7) * 4);
  EXPECT_EQ(flopsOf("%p: tensor<?x2x3x5x7xf32>, %v: tensor<?x2x7x12xf32>", R"(
    %y = nn.attention_mix %p, %v {scale = 1.0}
      : (tensor<?x2x3x5x7xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x5x12xf32>)"),
            2 * (2 * 3 * 5 * 7) * 4);
}

TEST(Flops, OverflowSaturates) {
  EXPECT_EQ(flopsOf("%x: tensor<?x1073741824x1xf32>, %w: tensor<1x1x1073741824xf32>", R"(
    %y = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>,
      activation = #nn.activation<relu>}
      : (tensor<?x1073741824x1xf32>, tensor<1x1x1073741824xf32>) -> tensor<?x1073741824x1073741824xf32>)"),
            3 * (int64_t(1) << 60));
}

} // namespace
