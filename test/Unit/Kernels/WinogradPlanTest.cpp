// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which convolutions are computed by Winograd's algorithm, and how.
#include "nncc/Kernels/Contraction/Winograd.h"

#include "gtest/gtest.h"

using namespace nncc::kernels;
using nncc::planning::WinogradTiles;

namespace {

using Extents = std::array<int64_t, 3>;

TargetFacts target(WinogradTiles tiles = WinogradTiles::Accurate, int64_t bits = 512) {
  TargetFacts facts;
  facts.vectorBits = bits;
  facts.vectorRegisters = bits == 512 ? 32 : 16;
  facts.winograd = tiles;
  return facts;
}

WinogradTiles fixed(Extents outputs) {
  WinogradTiles tiles = WinogradTiles::Fixed;
  tiles.outputs = outputs;
  return tiles;
}

/// A square image, stride 1, same padding.
Correlation image(int64_t extent, int64_t channels, int64_t filters, int64_t kernel = 3) {
  Correlation shape;
  Axis axis = forwardAxis(extent, extent, kernel, 1, 1, kernel / 2);
  shape.axes = {forwardAxis(1, 1, 1, 1, 1, 0), axis, axis};
  shape.sourceChannels = channels;
  shape.resultChannels = filters;
  return shape;
}

Correlation series(int64_t extent, int64_t channels, int64_t filters, int64_t kernel = 3) {
  Correlation shape = image(1, channels, filters, 1);
  shape.axes[2] = forwardAxis(extent, extent, kernel, 1, 1, kernel / 2);
  return shape;
}

/// Tiles that are chosen; zeroes where the sum stays direct.
Extents tilesOf(const Correlation &shape, const TargetFacts &facts = target()) {
  std::optional<WinogradPlan> plan = planWinograd(shape, facts);
  return plan ? plan->outputs : Extents{0, 0, 0};
}

constexpr Extents direct = {0, 0, 0};

} // namespace

TEST(WinogradPlan, AccurateTilesHaveOneAxisOfSixPositions) {
  EXPECT_EQ(tilesOf(image(32, 32, 32)), (Extents{1, 2, 4}));
  EXPECT_EQ(tilesOf(image(8, 64, 128)), (Extents{1, 2, 4}));
  EXPECT_EQ(tilesOf(series(256, 32, 64)), (Extents{1, 1, 4}));
}

TEST(WinogradPlan, AllTilesIncludeLargeOnes) {
  EXPECT_EQ(tilesOf(image(32, 32, 32), target(WinogradTiles::All)), (Extents{1, 4, 4}));
}

TEST(WinogradPlan, OffIsDirect) { EXPECT_EQ(tilesOf(image(32, 32, 32), target(WinogradTiles::None)), direct); }

TEST(WinogradPlan, FixedTilesAreTakenWhereTheyArePossible) {
  // Too few channels to gain anything.
  EXPECT_EQ(tilesOf(image(8, 3, 4), target(fixed({1, 2, 2}))), (Extents{1, 2, 2}));
  EXPECT_EQ(tilesOf(image(8, 3, 4), target(fixed({1, 3, 3}))), direct);
}

TEST(WinogradPlan, FewChannelsStayDirect) {
  EXPECT_EQ(tilesOf(image(32, 3, 32)), direct);
  EXPECT_EQ(tilesOf(image(32, 32, 1)), direct);
  EXPECT_NE(tilesOf(image(32, 16, 16)), direct);
}

TEST(WinogradPlan, StridesDilationsGroupsAndPointsStayDirect) {
  Correlation strided = image(32, 32, 32);
  strided.axes[1] = forwardAxis(32, 16, 3, 2, 1, 1);
  EXPECT_EQ(tilesOf(strided), direct);
  Correlation dilated = image(32, 32, 32);
  dilated.axes[2] = forwardAxis(32, 32, 3, 1, 2, 2);
  EXPECT_EQ(tilesOf(dilated), direct);
  Correlation grouped = image(32, 32, 32);
  grouped.groups = 2;
  EXPECT_EQ(tilesOf(grouped), direct);
  EXPECT_EQ(tilesOf(image(32, 32, 32, 1)), direct);
  Correlation kernelOfKernel = image(32, 32, 32);
  kernelOfKernel.samples = 9;
  EXPECT_EQ(tilesOf(kernelOfKernel), direct);
}

TEST(WinogradPlan, TapsWithoutPointsStayDirect) {
  EXPECT_EQ(tilesOf(image(32, 32, 32, 7)), direct);
  EXPECT_EQ(tilesOf(series(256, 64, 64, 5)), (Extents{1, 1, 2}));
}

TEST(WinogradPlan, WindowsOfAPoolLieInATile) {
  Correlation shape = image(32, 32, 32);
  shape.pool = {1, 2, 2};
  EXPECT_EQ(tilesOf(shape), (Extents{1, 2, 4}));
  shape.pool = {1, 3, 3};
  EXPECT_EQ(tilesOf(shape), direct);
  // Tiles of an axis that is summed tap by tap are single results: a window goes over several.
  shape.pool = {1, 3, 2};
  EXPECT_EQ(tilesOf(shape), (Extents{1, 1, 4}));
  std::optional<WinogradPlan> plan = planWinograd(shape, target());
  EXPECT_EQ(plan->group, (Extents{1, 3, 1}));
  EXPECT_EQ(plan->tiles[1] % 3, 0);
  shape.pool = {1, 4, 2};
  EXPECT_EQ(tilesOf(shape), (Extents{1, 4, 2}));
}

TEST(WinogradPlan, OnlyTheOutermostAxisIsSummedTapByTap) {
  EXPECT_EQ(tilesOf(image(16, 32, 32), target(fixed({1, 1, 4}))), (Extents{1, 1, 4}));
  EXPECT_EQ(tilesOf(image(16, 32, 32), target(fixed({1, 4, 1}))), direct);
  Correlation column = image(16, 32, 32);
  column.axes[2] = forwardAxis(16, 16, 1, 1, 1, 0);
  EXPECT_EQ(tilesOf(column), (Extents{1, 4, 1}));
  Correlation volume = image(16, 16, 16);
  volume.axes[0] = volume.axes[1];
  EXPECT_EQ(tilesOf(volume)[0], 1); // never three axes at once
  EXPECT_NE(tilesOf(volume), direct);
  // Also where the map has a single depth: two axes cannot be summed tap by tap.
  volume.axes[0] = forwardAxis(1, 1, 3, 1, 1, 1);
  EXPECT_EQ(tilesOf(volume, target(fixed({1, 1, 2}))), direct);
  EXPECT_EQ(tilesOf(volume, target(fixed({1, 2, 2}))), (Extents{1, 2, 2}));
}

TEST(WinogradPlan, InputGradientsGoTheSameWay) {
  Correlation shape = image(16, 64, 64);
  shape.axes[1] = shape.axes[2] = gradientAxis(16, 16, 3, 1, 1, 1);
  shape.transposed = true;
  EXPECT_EQ(tilesOf(shape), (Extents{1, 2, 4}));
  shape.axes[1] = shape.axes[2] = gradientAxis(16, 8, 3, 2, 1, 1);
  EXPECT_EQ(tilesOf(shape), direct);
}

TEST(WinogradPlan, ABatchOfOneMustNotLoseByTheKernelsTransform) {
  // 16 x 16 results pay for 256 x 256 kernels' transform; one of 4 x 4 does not.
  EXPECT_NE(tilesOf(image(16, 256, 256)), direct);
  EXPECT_EQ(tilesOf(image(4, 256, 256)), direct);
}

TEST(WinogradPlan, ScratchFitsTheCache) {
  for (int64_t channels : {16, 64, 512})
    for (int64_t extent : {14, 64, 224}) {
      std::optional<WinogradPlan> plan = planWinograd(image(extent, channels, 64), target());
      ASSERT_TRUE(plan) << channels << " channels, extent " << extent;
      int64_t floats = plan->positions() * (plan->sourceTiles() * channels + plan->unitTiles() * 64);
      EXPECT_LE(4 * floats, target().l2Bytes);
    }
}

TEST(WinogradPlan, ManyChannelsAreCutInPartsOfARow) {
  std::optional<WinogradPlan> plan = planWinograd(image(64, 512, 64), target());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->tiles[1], 1);
  EXPECT_GT(plan->blocks[2], 1);
}

TEST(WinogradPlan, LargeSamplesAreSeveralUnits) {
  std::optional<WinogradPlan> plan = planWinograd(image(8, 128, 128), target());
  ASSERT_TRUE(plan);
  EXPECT_GE(plan->units(), 2);
  // All tiles, none twice.
  for (int64_t extent : {14, 30, 63}) {
    plan = planWinograd(image(extent, 32, 64), target());
    ASSERT_TRUE(plan);
    int64_t rows = (extent + plan->outputs[1] - 1) / plan->outputs[1];
    EXPECT_GE(plan->allTiles(1), rows);
    EXPECT_LT(plan->allTiles(1) - plan->tiles[1], rows);
  }
}

TEST(WinogradPlan, PrintsItself) {
  std::string text;
  llvm::raw_string_ostream(text) << *planWinograd(image(32, 32, 32), target());
  EXPECT_EQ(text.substr(0, text.find(", rows")), "Winograd, tiles of 1x2x4 by 24 products");
  EXPECT_NE(text.find("times as fast as the direct sum"), std::string::npos);
}

TEST(WinogradPlan, NarrowVectorsGainToo) {
  EXPECT_NE(tilesOf(image(32, 32, 32), target(WinogradTiles::Accurate, 256)), direct);
  EXPECT_NE(tilesOf(image(32, 32, 32), target(WinogradTiles::Accurate, 128)), direct);
}
