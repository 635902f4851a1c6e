// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions in many small groups: each branch of the plans by name, and the kernels against the reference interpreter.
#include "Kernels/KernelTestHarness.h"
#include "nncc/Kernels/Contraction/Grouped.h"

#include "gtest/gtest.h"

using namespace nncc::kernels;
using namespace nncc::kernels::test;

namespace {

TargetFacts target(int64_t bits) {
  TargetFacts facts;
  facts.vectorBits = bits;
  facts.vectorRegisters = bits == 512 ? 32 : 16;
  return facts;
}

template <typename Plan>
std::string text(const std::optional<Plan> &plan) {
  return plan ? planText(*plan) : "none";
}

/// A square image and kernel with same padding.
Correlation image(int64_t extent, int64_t groups, int64_t perGroup, int64_t results, int64_t kernel = 3,
                  int64_t stride = 1) {
  Correlation shape;
  int64_t output = (extent + stride - 1) / stride;
  int64_t low = std::max<int64_t>((output - 1) * stride + kernel - extent, 0) / 2;
  Axis axis = forwardAxis(extent, output, kernel, stride, 1, low);
  shape.axes = {forwardAxis(1, 1, 1, 1, 1, 0), axis, axis};
  shape.groups = groups;
  shape.sourceChannels = groups * perGroup;
  shape.resultChannels = groups * results;
  return shape;
}

KernelGradient gradientOf(const Correlation &forward) {
  KernelGradient shape;
  shape.axes = forward.axes;
  shape.groups = forward.groups;
  shape.channels = forward.sourceChannels;
  shape.filters = forward.resultChannels;
  return shape;
}

} // namespace

TEST(GroupedPlans, DepthwiseLanesAreChannels) {
  EXPECT_EQ(text(planGroupedCorrelation(image(32, 40, 1, 1), target(512))),
            "groups of 1 to 1 in 2x[16]+[8], 4x8 positions (1 and 1 at the edges), 2 blocks of axis 1");
  EXPECT_EQ(text(planGroupedCorrelation(image(32, 3, 1, 1), target(256))),
            "groups of 1 to 1 in [4/3], 4x8 positions (1 and 1 at the edges), 1 blocks of axis 1");
}

TEST(GroupedPlans, AVectorHoldsWholeGroups) {
  // Five groups of three results in a vector of 16, one in what is left.
  EXPECT_EQ(text(planGroupedCorrelation(image(8, 11, 1, 3), target(512))),
            "groups of 1 to 3 in 2x[16/15]+[4/3], 1x8 positions (1 and 0 at the edges), 1 blocks of axis 1");
  EXPECT_EQ(text(planGroupedCorrelation(image(8, 8, 4, 4), target(256))),
            "groups of 4 to 4 in 4x[8], 1x8 positions (1 and 0 at the edges), 1 blocks of axis 1");
}

TEST(GroupedPlans, OtherKernelsTakeLargeGroups) {
  EXPECT_EQ(text(planGroupedCorrelation(image(8, 1, 1, 1), target(512))), "none"); // no groups
  EXPECT_EQ(text(planGroupedCorrelation(image(8, 4, 2, 9), target(512))), "none"); // a group fills half a vector
  EXPECT_EQ(text(planGroupedCorrelation(image(8, 4, 9, 2), target(512))), "none"); // many channels a group
  EXPECT_EQ(text(planGroupedCorrelation(image(8, 8, 8, 1), target(128))), "none"); // source of four vectors and more
  EXPECT_EQ(text(planGroupedCorrelation(image(64, 8, 8, 1, 40), target(512))), "none"); // too much to unroll
  Correlation pooled = image(8, 8, 1, 1);
  pooled.pool = {1, 2, 2};
  EXPECT_EQ(text(planGroupedCorrelation(pooled, target(512))), "none");
}

TEST(GroupedPlans, FewerPositionsWhereRegistersAreFew) {
  // 11 taps, two registers for the source.
  EXPECT_EQ(text(planGroupedCorrelation(image(30, 8, 1, 1, 11), target(256))),
            "groups of 1 to 1 in 1x[8], 8x4 positions (2 and 2 at the edges), 5 blocks of axis 1");
}

TEST(GroupedPlans, PositionTilesMeetThePaddingAtTheEdgesOnly) {
  EXPECT_EQ(planPositionTiles(forwardAxis(30, 30, 3, 1, 1, 1), 0, 8), (PositionTiles{30, 8, 4, 1, 3}));
  EXPECT_EQ(planPositionTiles(forwardAxis(32, 30, 3, 1, 1, 0), 0, 8), (PositionTiles{30, 8, 4, 0, 3}));
  EXPECT_EQ(planPositionTiles(forwardAxis(4, 4, 3, 1, 1, 1), 0, 8), (PositionTiles{4, 4, 1, 1, 1}));
  // Wider padding than a tile.
  EXPECT_EQ(planPositionTiles(forwardAxis(30, 30, 3, 1, 9, 9), 0, 8), (PositionTiles{30, 8, 4, 2, 2}));
  // The kernel is larger than the input: no position is inside.
  EXPECT_EQ(planPositionTiles(forwardAxis(20, 20, 41, 1, 1, 20), 0, 8), (PositionTiles{20, 7, 3, 3, 3}));
  // A phase without taps has nothing outside; one without positions has no tiles.
  Axis strided = gradientAxis(10, 4, 1, 3, 1, 0);
  EXPECT_EQ(planPositionTiles(strided, 1, 8), (PositionTiles{3, 3, 1, 0, 1}));
  EXPECT_EQ(planPositionTiles(gradientAxis(2, 1, 1, 3, 1, 0), 2, 8), PositionTiles{});
}

TEST(GroupedPlans, SourceUsesLeavePaddingOut) {
  Axis axis = forwardAxis(10, 10, 3, 1, 1, 1);
  std::vector<SourceUse> first = sourceUses(axis, 0, 0, 2, 0, 3), inside = sourceUses(axis, 0, -1, 2, 0, 3);
  ASSERT_EQ(first.size(), 3u);
  ASSERT_EQ(inside.size(), 4u);
  EXPECT_EQ(inside[0].source, -1);
  EXPECT_EQ(first[0].source, 0);
  EXPECT_EQ(first[0].pairs.size(), 2u); // tap 1 of position 0 and tap 0 of position 1
}

TEST(GroupedPlans, KernelGradients) {
  EXPECT_EQ(text(planGroupedGradient(gradientOf(image(32, 64, 1, 1)), target(512))),
            "groups of 1 to 1 in 4x[16], 4x8 positions (1 and 1 at the edges), 3 taps at a time, 8 blocks of axis 1, 16 slabs "
            "of 250000 multiply-adds");
  // More taps than are summed at a time, one slab, a vector's tail.
  EXPECT_EQ(text(planGroupedGradient(gradientOf(image(4, 5, 1, 1, 11)), target(256))),
            "groups of 1 to 1 in [8/5], 1x4 positions (1 and 0 at the edges), 8 taps at a time, 1 blocks of axis 1, 1 slabs of "
            "250000 multiply-adds");
  EXPECT_EQ(text(planGroupedGradient(gradientOf(image(8, 4, 2, 9)), target(512))), "none");
}

namespace {

using Extents = std::vector<int64_t>;

struct GroupedCase {
  const char *branch; ///< what the case is here for
  Extents input;      ///< of a sample, channels last
  Extents kernel;     ///< spatial
  int64_t groups, filters;
  Extents strides, padding, dilations;
  int64_t batch = 2;
  const char *activation = "linear";
};

std::string tensor(const Extents &extents, bool batched) {
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

/// Forward with bias, input gradient and kernel gradient in one entry.
void testAll(const GroupedCase &conv) {
  SCOPED_TRACE(conv.branch);
  Extents output, kernel = conv.kernel;
  for (size_t i = 0; i < conv.kernel.size(); ++i)
    output.push_back((conv.input[i] + conv.padding[2 * i] + conv.padding[2 * i + 1] -
                      (conv.kernel[i] - 1) * conv.dilations[i] - 1) /
                         conv.strides[i] +
                     1);
  output.push_back(conv.filters);
  kernel.push_back(conv.input.back() / conv.groups);
  kernel.push_back(conv.filters);
  std::string x = tensor(conv.input, true), k = tensor(kernel, false), y = tensor(output, true);
  std::string b = tensor({conv.filters}, false);
  std::string attrs = "strides = " + array(conv.strides) + ", padding = " + array(conv.padding) +
                      ", dilations = " + array(conv.dilations) + ", groups = " + std::to_string(conv.groups) + " : i64";
  std::string text = "func.func @test(%x: " + x + ", %k: " + k + ", %b: " + b + ", %dy: " + y + ") -> (" + y + ", " +
                     x + ", " + k + ") attributes {nn.entry} {\n" + //
                     "  %y = nn.conv %x, %k, %b {" + attrs + ", activation = #nn.activation<" + conv.activation +
                     ">} : (" + x + ", " + k + ", " + b + ") -> " + y + "\n" +
                     "  %dx = nn.conv_grad_input %dy, %k {" + attrs + "} : (" + y + ", " + k + ") -> " + x + "\n" +
                     "  %dk = nn.conv_grad_kernel %x, %dy {" + attrs + "} : (" + x + ", " + y + ") -> " + k + "\n" +
                     "  return %y, %dx, %dk : " + y + ", " + x + ", " + k + "\n}\n";
  RunOptions options;
  options.batch = conv.batch;
  options.tolerance = 1e-4;
  expectMatchesReference(text, options);
}

} // namespace

TEST(GroupedConvolution, Depthwise) {
  testAll({"whole vectors and a tail", {9, 11, 37}, {3, 3}, 37, 37, {1, 1}, {1, 1, 1, 1}, {1, 1}, 2, "relu"});
  testAll({"tiles at the edges and between", {5, 41, 16}, {3, 3}, 16, 16, {1, 1}, {1, 1, 1, 1}, {1, 1}});
  testAll({"without padding", {7, 29, 8}, {2, 4}, 8, 8, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1});
  testAll({"even kernel, padding behind", {8, 9, 5}, {4, 2}, 5, 5, {1, 1}, {1, 2, 0, 1}, {1, 1}, 1, "sigmoid"});
  testAll({"few channels", {6, 10, 3}, {5, 5}, 3, 3, {1, 1}, {2, 2, 2, 2}, {1, 1}, 3});
  testAll({"one tap", {4, 5, 20}, {1, 1}, 20, 20, {1, 1}, {0, 0, 0, 0}, {1, 1}});
}

TEST(GroupedConvolution, StridesAndDilations) {
  testAll({"two phases an axis", {9, 12, 18}, {3, 3}, 18, 18, {2, 2}, {1, 1, 0, 1}, {1, 1}});
  testAll({"strides differ", {11, 23, 6}, {3, 2}, 6, 6, {3, 2}, {1, 0, 0, 0}, {1, 1}});
  testAll({"inputs without a gradient", {11, 13, 8}, {2, 1}, 8, 8, {3, 4}, {0, 0, 0, 0}, {1, 1}});
  testAll({"dilated, padding of more than a tile", {13, 24, 7}, {3, 3}, 7, 7, {1, 1}, {2, 2, 9, 9}, {2, 9}});
  testAll({"stride and dilation share none", {14, 15, 9}, {3, 3}, 9, 9, {2, 3}, {2, 3, 2, 2}, {3, 2}, 1});
}

TEST(GroupedConvolution, KernelsLargerThanTheInput) {
  testAll({"no position inside", {3, 4, 10}, {7, 9}, 10, 10, {1, 1}, {3, 3, 4, 4}, {1, 1}});
  testAll({"many taps", {2, 30, 9}, {1, 21}, 9, 9, {1, 1}, {0, 0, 10, 10}, {1, 1}});
}

TEST(GroupedConvolution, DepthMultipliers) {
  testAll({"two filters a channel", {6, 9, 19}, {3, 3}, 19, 38, {1, 1}, {1, 1, 1, 1}, {1, 1}, 2, "tanh"});
  testAll({"three: vectors that are not full", {7, 7, 11}, {3, 2}, 11, 33, {2, 1}, {1, 1, 0, 1}, {1, 1}});
  testAll({"eight", {5, 6, 5}, {3, 3}, 5, 40, {1, 1}, {1, 1, 1, 1}, {1, 1}});
  testAll({"as many as lanes: other kernels", {5, 6, 3}, {3, 3}, 3, 48, {1, 1}, {1, 1, 1, 1}, {1, 1}});
}

TEST(GroupedConvolution, SmallGroups) {
  testAll({"four to four", {6, 7, 32}, {3, 3}, 8, 32, {1, 1}, {1, 1, 1, 1}, {1, 1}, 2, "relu"});
  testAll({"two to one", {9, 8, 34}, {3, 3}, 17, 17, {1, 2}, {1, 1, 1, 1}, {1, 1}});
  testAll({"one to two and three to two", {5, 5, 21}, {2, 2}, 7, 14, {1, 1}, {0, 0, 0, 0}, {1, 1}});
  testAll({"pointwise", {4, 9, 24}, {1, 1}, 12, 36, {1, 1}, {0, 0, 0, 0}, {1, 1}});
  testAll({"eight to eight", {5, 4, 32}, {3, 3}, 4, 32, {1, 1}, {1, 1, 1, 1}, {1, 1}});
  testAll({"dilated", {9, 10, 12}, {3, 3}, 6, 12, {1, 1}, {2, 2, 3, 3}, {2, 3}});
}

TEST(GroupedConvolution, OneAndThreeAxes) {
  testAll({"one axis", {67, 20}, {5}, 20, 20, {1}, {2, 2}, {1}, 3});
  testAll({"causal, dilated", {33, 6}, {3}, 6, 12, {1}, {8, 0}, {4}, 1});
  testAll({"three axes", {5, 4, 9, 10}, {3, 2, 3}, 10, 10, {1, 1, 1}, {1, 1, 0, 1, 1, 1}, {1, 1, 1}});
  testAll({"three axes, strides", {6, 5, 7, 12}, {2, 3, 3}, 6, 18, {2, 1, 2}, {0, 0, 1, 1, 1, 1}, {1, 1, 1}});
}

TEST(GroupedConvolution, BlocksAndSlabs) {
  testAll({"blocks of a sample", {40, 33, 48}, {3, 3}, 48, 48, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1});
  testAll({"slabs", {17, 16, 64}, {3, 3}, 64, 64, {1, 1}, {1, 1, 1, 1}, {1, 1}, 7});
}
