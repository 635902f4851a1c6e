// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/ReceptiveField.h"
#include "nncc/Analysis/ModelGraph.h"

#include "Dialect/ParsedModule.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace nncc::analysis;
using testing::ElementsAre;

/// The fields of the layers of a model whose body is `body`, in the order of the summary.
static std::vector<std::string> fieldsOf(llvm::StringRef argument, llvm::StringRef body, llvm::StringRef result) {
  ParsedModule parsed(("module @M {\n func.func @model(%x: " + argument + ") -> " + result + " {\n" + body +
                       "\n return %y : " + result + "\n }\n}")
                          .str());
  std::vector<std::string> fields;
  if (auto graph = ModelGraph::of(parsed.get()); llvm::succeeded(graph))
    for (const LayerInfo &layer : graph->layers())
      fields.push_back(formatField(layer.field));
  return fields;
}

TEST(ReceptiveField, WindowsStridesAndDilationsAddUp) {
  EXPECT_THAT(fieldsOf("tensor<?x32x3xf32>", R"(
    %0 = nn.max_pool %x {window = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>,
           nn.layer = #nn.layer<"a", "A">} : (tensor<?x32x3xf32>) -> tensor<?x16x3xf32>
    %1 = nn.average_pool %0 {window = array<i64: 3>, strides = array<i64: 1>, padding = array<i64: 1, 1>,
           nn.layer = #nn.layer<"b", "B">} : (tensor<?x16x3xf32>) -> tensor<?x16x3xf32>
    %y = nn.max_pool %1 {window = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>,
           nn.layer = #nn.layer<"c", "C">} : (tensor<?x16x3xf32>) -> tensor<?x8x3xf32>)",
                       "tensor<?x8x3xf32>"),
              ElementsAre("1", "2", "6", "8"));
}

TEST(ReceptiveField, FlattenSeesAllPositionsButNoMoreThanThereAre) {
  EXPECT_THAT(fieldsOf("tensor<?x5x7x1xf32>", R"(
    %0 = nn.max_pool %x {window = array<i64: 3, 3>, strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>,
           nn.layer = #nn.layer<"a", "A">} : (tensor<?x5x7x1xf32>) -> tensor<?x5x7x1xf32>
    %y = nn.reshape %0 {shape = array<i64: 35>, nn.layer = #nn.layer<"b", "B">} : (tensor<?x5x7x1xf32>) -> tensor<?x35xf32>)",
                       "tensor<?x35xf32>"),
              ElementsAre("1x1", "3x3", "5x7"));
}

TEST(ReceptiveField, PermuteAndUpSamplingCarryTheirAxes) {
  // After the up-sampling two positions lie where one was: a window of 3 sees one neighbour at most half the time.
  EXPECT_THAT(fieldsOf("tensor<?x8x4x1xf32>", R"(
    %0 = nn.permute %x {permutation = array<i64: 2, 1, 3>, nn.layer = #nn.layer<"a", "A">}
           : (tensor<?x8x4x1xf32>) -> tensor<?x4x8x1xf32>
    %1 = nn.reshape %0 {shape = array<i64: 4, 1, 8, 1>, nn.layer = #nn.layer<"b", "B">}
           : (tensor<?x4x8x1xf32>) -> tensor<?x4x1x8x1xf32>
    %2 = nn.broadcast %1 {shape = array<i64: 4, 2, 8, 1>, nn.layer = #nn.layer<"b", "B">}
           : (tensor<?x4x1x8x1xf32>) -> tensor<?x4x2x8x1xf32>
    %3 = nn.reshape %2 {shape = array<i64: 8, 8, 1>, nn.layer = #nn.layer<"b", "B">}
           : (tensor<?x4x2x8x1xf32>) -> tensor<?x8x8x1xf32>
    %y = nn.max_pool %3 {window = array<i64: 3, 1>, strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 0, 0>,
           nn.layer = #nn.layer<"c", "C">} : (tensor<?x8x8x1xf32>) -> tensor<?x8x8x1xf32>)",
                       "tensor<?x8x8x1xf32>"),
              ElementsAre("1x1", "1x1", "1x1", "1x2"));
}

TEST(ReceptiveField, TransposedConvolutionsMeetEveryStrideThTap) {
  // 3 taps at stride 2: two inputs at most, one apart; then a window over half steps; 2 taps at stride 2: one input.
  EXPECT_THAT(fieldsOf("tensor<?x8x1xf32>, %k: tensor<3x1x1xf32>, %l: tensor<2x1x1xf32>", R"(
    %0 = nn.conv_transpose %x, %k {dilations = array<i64: 1>, padding = array<i64: 0, 1>, strides = array<i64: 2>,
           nn.layer = #nn.layer<"a", "A">} : (tensor<?x8x1xf32>, tensor<3x1x1xf32>) -> tensor<?x16x1xf32>
    %1 = nn.max_pool %0 {window = array<i64: 3>, strides = array<i64: 1>, padding = array<i64: 1, 1>,
           nn.layer = #nn.layer<"b", "B">} : (tensor<?x16x1xf32>) -> tensor<?x16x1xf32>
    %y = nn.conv_transpose %1, %l {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 2>,
           nn.layer = #nn.layer<"c", "C">} : (tensor<?x16x1xf32>, tensor<2x1x1xf32>) -> tensor<?x32x1xf32>)",
                       "tensor<?x32x1xf32>"),
              ElementsAre("1", "1", "2", "3", "1", "3")); // each kernel is an input here
}

TEST(ReceptiveField, LocallyConnectedLayersHaveTheirWindow) {
  EXPECT_THAT(fieldsOf("tensor<?x9x1xf32>, %k: tensor<3x4x2xf32>", R"(
    %y = nn.local_conv %x, %k {strides = array<i64: 2>, window = array<i64: 4>, nn.layer = #nn.layer<"a", "A">}
           : (tensor<?x9x1xf32>, tensor<3x4x2xf32>) -> tensor<?x3x2xf32>)",
                       "tensor<?x3x2xf32>"),
              ElementsAre("1", "1", "4"));
}

TEST(ReceptiveField, OfSeveralWaysTheLargestCounts) {
  EXPECT_THAT(fieldsOf("tensor<?x9x1xf32>", R"(
    %0 = nn.max_pool %x {window = array<i64: 3>, strides = array<i64: 1>, padding = array<i64: 1, 1>,
           nn.layer = #nn.layer<"a", "A">} : (tensor<?x9x1xf32>) -> tensor<?x9x1xf32>
    %y = nn.add %x, %0 {nn.layer = #nn.layer<"b", "B">} : (tensor<?x9x1xf32>, tensor<?x9x1xf32>) -> tensor<?x9x1xf32>)",
                       "tensor<?x9x1xf32>"),
              ElementsAre("1", "3", "3"));
}

TEST(ReceptiveField, WithoutSpatialAxesThereIsNone) {
  EXPECT_THAT(fieldsOf("tensor<?x4xf32>", R"(
    %y = nn.activation %x {function = #nn.activation<relu>, nn.layer = #nn.layer<"a", "A">} : (tensor<?x4xf32>) -> tensor<?x4xf32>)",
                       "tensor<?x4xf32>"),
              ElementsAre("-", "-"));
}
