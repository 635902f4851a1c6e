// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The input gradient of convolutions behind a max pool: which way it goes, and the sparse way against the reference
// interpreter.
#include "Kernels/KernelTestHarness.h"
#include "Kernels/PooledCase.h"
#include "nncc/Kernels/Contraction/PooledInputGradient.h"

#include "gtest/gtest.h"

using namespace nncc::kernels;
using namespace nncc::kernels::test;
using nncc::planning::validColumns;

namespace {

TargetFacts target(int64_t bits) {
  TargetFacts facts;
  facts.vectorBits = bits;
  facts.vectorRegisters = bits == 512 ? 32 : 16;
  return facts;
}

/// `zeros`: about a third of the pooled gradient is 0, as behind a ReLU.
void expectSparseMatches(const PooledCase &conv, bool zeros = false) {
  SCOPED_TRACE(conv.branch);
  PooledConvolution shape = conv.shape();
  std::string op = "nn.pooled_conv_grad_input %arg0, %arg1, %arg2" + conv.attributes();
  RunOptions options;
  options.batch = conv.batch;
  options.tolerance = 1e-4;
  options.classes = {{1, shape.poolPositions()}};
  if (zeros)
    options.classes.push_back({0, 3});
  std::string text =
      entryText(op, {conv.pooledType(), conv.argmaxType(), conv.kernelType()}, {conv.inputType()});
  for (const TargetFacts &host : hostTargets()) {
    PooledInputGradientPlan plan = planPooledInputGradient(shape, host);
    EXPECT_TRUE(plan.sparse) << host.vectorBits << " bits: " << planText(plan);
    expectMatchesReference(text, host, options);
  }
}

PooledInputGradientPlan planOf(const PooledCase &conv, int64_t bits = 512) {
  return planPooledInputGradient(conv.shape(), target(bits));
}

const PooledCase kImage = {"", {63, 63, 32}, {3, 3}, 64, {2, 2}};

} // namespace

TEST(PooledInputGradientPlan, ManyFiltersAndAPoolOfTwoAxesAreSparse) {
  for (int64_t bits : {128, 256, 512})
    EXPECT_TRUE(planOf(kImage, bits).sparse) << bits;
}

TEST(PooledInputGradientPlan, OnePositionAWindowIsDense) {
  EXPECT_FALSE(planOf({"", {63, 63, 32}, {3, 3}, 64, {1, 1}}).sparse);
}

TEST(PooledInputGradientPlan, FewChannelsOrFiltersAreDense) {
  EXPECT_FALSE(planOf({"", {28, 28, 1}, {3, 3}, 32, {2, 2}}).sparse);
  EXPECT_FALSE(planOf({"depthwise", {28, 28, 32}, {3, 3}, 32, {2, 2}, {}, {}, {}, 32}).sparse);
}

TEST(PooledInputGradientPlan, TapsInsideTheInputAreOneRun) {
  PooledInputGradientPlan plan = planOf(kImage);
  EXPECT_TRUE(plan.mergedTaps);
  EXPECT_EQ(plan.columns, (nncc::planning::ColumnPlan{nncc::planning::Slices(6, {16, 16}), 1, {}}));
  // Taps outside are left out one by one; distant ones are no run.
  EXPECT_FALSE(planOf({"", {32, 32, 32}, {3, 3}, 64, {2, 2}, {1, 1, 1, 1}}).mergedTaps);
  EXPECT_FALSE(planOf({"", {63, 63, 32}, {3, 3}, 64, {2, 2}, {}, {}, {1, 2}}).mergedTaps);
}

TEST(PooledInputGradientPlan, PaddingWithinThePoolsRestIsNone) {
  // The window that reaches into the padding behind is the one the pool leaves out.
  PooledCase conv = {"", {32, 32, 32}, {3, 3}, 64, {2, 2}, {0, 0, 0, 1}};
  EXPECT_TRUE(planOf(conv).mergedTaps);
}

TEST(PooledInputGradientPlan, AccumulatorsFitTheRegisters) {
  for (int64_t bits : {128, 256, 512})
    for (int64_t channels : {8, 24, 64, 96, 200})
      for (int64_t taps : {1, 3, 5, 7}) {
        PooledInputGradientPlan plan = planOf({"", {40, 40, channels}, {3, taps}, 64, {2, 2}, {1, 1, 3, 3}}, bits);
        int64_t vectors = std::max(plan.columns.block.size(), plan.columns.tail.size());
        EXPECT_LE(plan.tapsPerBlock * vectors, bits == 512 ? 24 : 12);
        EXPECT_EQ(plan.columns.blocks * validColumns(plan.columns.block) + validColumns(plan.columns.tail), channels);
      }
}

TEST(PooledInputGradientPlan, RestsOfAVectorAreNarrowerVectors) {
  using nncc::planning::Slices;
  EXPECT_EQ(planOf({"", {14, 14, 24}, {3, 3}, 64, {2, 2}, {1, 1, 1, 1}}).columns.tail, (Slices{{16, 16}, {8, 8}}));
  // More than two of them are one under a mask.
  EXPECT_EQ(planOf({"", {14, 14, 21}, {3, 3}, 64, {2, 2}, {1, 1, 1, 1}}).columns.tail,
            (Slices{{16, 16}, {4, 4}, {1, 1}}));
  EXPECT_EQ(planOf({"", {14, 14, 27}, {3, 3}, 64, {2, 2}, {1, 1, 1, 1}}).columns.tail, (Slices{{16, 16}, {16, 11}}));
}

TEST(PooledInputGradientPlan, WeightsFarBeyondL1AreCutIntoBlocks) {
  PooledInputGradientPlan plan = planOf({"", {8, 8, 128}, {3, 3}, 128, {2, 2}, {1, 1, 1, 1}});
  EXPECT_GT(plan.columns.totalBlocks(), 1);
}

TEST(PooledInputGradientPlan, WinogradMakesTheDenseWayCheaper) {
  TargetFacts with = target(512), without = target(512);
  without.winograd.choice = nncc::planning::WinogradTiles::None;
  EXPECT_LT(planPooledInputGradient(kImage.shape(), with).denseCost,
            planPooledInputGradient(kImage.shape(), without).denseCost);
}

TEST(PooledInputGradientPlan, LargeSamplesAreManyUnits) {
  EXPECT_EQ(planOf({"", {8, 8, 128}, {3, 3}, 128, {2, 2}, {1, 1, 1, 1}}).blocks, 2);
  EXPECT_GT(planOf(kImage).blocks, 4);
  EXPECT_EQ(planOf(kImage).blockAxis, 1);
  EXPECT_EQ(planOf({"", {20, 20, 16}, {3, 3}, 16, {2, 2}}).blocks, 1);
  PooledInputGradientPlan line = planOf({"", {4000, 32}, {5}, 64, {2}});
  EXPECT_EQ(line.blockAxis, 2);
  EXPECT_GT(line.blocks, 4);
  EXPECT_LT(line.listColumns, 1000);
  EXPECT_EQ(planOf({"", {30, 30, 30, 16}, {3, 3, 3}, 32, {2, 2, 2}}).blockAxis, 0);
}

TEST(PooledInputGradientPlan, PrintsItself) {
  EXPECT_EQ(planText(planOf({"", {12, 12, 16}, {3, 3}, 32, {2, 2}, {1, 1, 1, 1}})).find("sparse (cost "), 0u);
  EXPECT_EQ(planText(planOf({"", {12, 12, 1}, {3, 3}, 32, {2, 2}})).find("dense (cost "), 0u);
}

TEST(PooledInputGradient, MergedTaps) {
  expectSparseMatches({"whole vectors", {14, 15, 32}, {3, 3}, 40, {2, 2}});
  expectSparseMatches({"channels of a tap and a half", {13, 12, 24}, {3, 3}, 64, {2, 2}});
  expectSparseMatches({"filters behind the last eight", {13, 12, 21}, {3, 2}, 45, {2, 2}});
}

TEST(PooledInputGradient, TapsOutsideOfTheInput) {
  expectSparseMatches({"same", {12, 14, 32}, {3, 3}, 48, {2, 2}, {1, 1, 1, 1}});
  expectSparseMatches({"even kernel, padding behind", {11, 9, 20}, {2, 4}, 40, {2, 2}, {0, 1, 1, 2}});
  expectSparseMatches({"kernel larger than the input", {4, 4, 32}, {5, 5}, 64, {2, 2}, {2, 2, 2, 2}});
}

TEST(PooledInputGradient, BlocksOfTapsAndChannels) {
  expectSparseMatches({"channels in blocks", {8, 8, 150}, {3, 3}, 64, {2, 2}, {1, 1, 1, 1}});
  expectSparseMatches({"taps in blocks", {6, 18, 64}, {2, 7}, 64, {2, 2}, {0, 0, 3, 3}});
}

TEST(PooledInputGradient, StridesAndDilations) {
  expectSparseMatches({"stride", {21, 23, 32}, {3, 3}, 64, {2, 2}, {1, 1, 1, 1}, {2, 2}});
  expectSparseMatches({"stride above the kernel: inputs without a gradient", {22, 23, 32}, {2, 1}, 64, {2, 2}, {}, {3, 3}});
  expectSparseMatches({"dilation", {15, 16, 32}, {3, 3}, 64, {2, 2}, {2, 2, 0, 0}, {}, {2, 3}});
}

TEST(PooledInputGradient, Windows) {
  expectSparseMatches({"no square, rest behind", {14, 18, 32}, {3, 3}, 33, {2, 3}});
  expectSparseMatches({"one row", {9, 20, 32}, {3, 3}, 64, {1, 4}});
  expectSparseMatches({"more positions than a byte counts", {560, 32}, {3}, 48, {270}});
}

TEST(PooledInputGradient, Groups) {
  expectSparseMatches({"two groups", {12, 12, 64}, {3, 3}, 128, {2, 2}, {}, {}, {}, 2});
  expectSparseMatches({"three groups, padded", {10, 12, 96}, {3, 3}, 192, {2, 2}, {1, 1, 1, 1}, {}, {}, 3});
}

TEST(PooledInputGradient, OneAxis) {
  expectSparseMatches({"one unit", {61, 32}, {5}, 64, {2}});
  expectSparseMatches({"padded", {60, 64}, {3}, 64, {4}, {1, 1}});
  expectSparseMatches({"units of the axis", {1500, 32}, {5}, 64, {3}, {2, 2}});
}

TEST(PooledInputGradient, ThreeAxes) {
  expectSparseMatches({"valid", {6, 7, 9, 16}, {2, 3, 2}, 32, {2, 2, 3}});
  expectSparseMatches({"padded, units of planes", {20, 10, 10, 32}, {3, 3, 3}, 40, {2, 2, 2}, {1, 1, 1, 1, 1, 1}});
}

TEST(PooledInputGradient, UnitsOfRows) {
  expectSparseMatches({"valid", {63, 21, 32}, {3, 3}, 64, {2, 2}, {}, {}, {}, 1, 1});
  expectSparseMatches({"padded", {62, 22, 32}, {5, 3}, 64, {3, 2}, {2, 2, 1, 1}, {}, {}, 1, 1});
}

TEST(PooledInputGradient, GradientsThatAreZero) {
  expectSparseMatches({"two axes", {14, 15, 32}, {3, 3}, 40, {2, 2}}, /*zeros=*/true);
  expectSparseMatches({"one axis, filters behind the last eight", {61, 32}, {5}, 43, {4}}, /*zeros=*/true);
}
