// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Planning/ContractionPlan.h"

#include "gtest/gtest.h"

using namespace nncc::planning;

namespace {

TargetFacts target(int64_t bits) {
  TargetFacts facts;
  facts.vectorBits = bits;
  facts.vectorRegisters = bits == 512 ? 32 : 16;
  return facts;
}

std::string plan(const ContractionShape &shape, int64_t bits) { return toString(planContraction(shape, target(bits))); }

} // namespace

TEST(ContractionPlan, RowsAreBalanced) {
  EXPECT_EQ(balanceRows(61, 14), (RowPlan{12, 4, 1}));
  EXPECT_EQ(balanceRows(61, 6), (RowPlan{5, 5, 6}));
  EXPECT_EQ(balanceRows(60, 6), (RowPlan{6, 10, 0}));
  EXPECT_EQ(balanceRows(3, 6), (RowPlan{3, 1, 0}));
  EXPECT_EQ(balanceRows(0, 6), (RowPlan{0, 0, 0}));
}

TEST(ContractionPlan, EveryRowIsInOneTile) {
  for (int64_t rows = 1; rows < 200; ++rows)
    for (int64_t most = 1; most <= 16; ++most) {
      RowPlan plan = balanceRows(rows, most);
      EXPECT_EQ(plan.tiles * plan.rows + plan.longTiles * (plan.rows + 1), rows);
      EXPECT_LE(plan.rows + (plan.longTiles > 0), most);
      EXPECT_GT(plan.tiles, 0);
    }
}

TEST(ContractionPlan, RemaindersTakeTheNextPowerOfTwo) {
  ColumnPlan columns = cutColumns(20, 2, target(512));
  EXPECT_EQ(columns.blocks, 1);
  EXPECT_EQ(columns.block, (Slices{{16, 16}, {4, 4}}));
  EXPECT_TRUE(columns.tail.empty());
  columns = cutColumns(21, 1, target(512));
  EXPECT_EQ(columns.blocks, 1);
  EXPECT_EQ(columns.tail, (Slices{{8, 5}}));
  columns = cutColumns(1, 1, target(256));
  EXPECT_EQ(columns.block, (Slices{{1, 1}}));
}

TEST(ContractionPlan, ColumnsAreCountedNotListed) {
  ColumnPlan plan = cutColumns((int64_t(1) << 40) + 5, 3, target(512));
  EXPECT_EQ(plan.blocks * validColumns(plan.block) + validColumns(plan.tail), (int64_t(1) << 40) + 5);
  EXPECT_EQ(plan.tail.back(), (VectorSlice{8, 5}));
}

TEST(ContractionPlan, EveryColumnIsInOneBlock) {
  for (int64_t bits : {128, 256, 512})
    for (int64_t columns = 1; columns < 200; ++columns)
      for (int64_t vectors = 1; vectors <= (columns + target(bits).lanes() - 1) / target(bits).lanes(); ++vectors) {
        ColumnPlan plan = cutColumns(columns, vectors, target(bits));
        EXPECT_EQ(plan.blocks * validColumns(plan.block) + validColumns(plan.tail), columns);
        for (VectorSlice slice : plan.block)
          if (plan.totalBlocks() > 1)
            EXPECT_EQ(slice, (VectorSlice{target(bits).lanes(), target(bits).lanes()}));
      }
}

TEST(ContractionPlan, TilesFillTheRegisters) {
  EXPECT_EQ(plan({61, 64, 288}, 512), "rows 4x12+1x13, columns 2x[16 16]");
  EXPECT_EQ(plan({60, 64, 288}, 256), "rows 10x6, columns 4x[8 8]");
  EXPECT_EQ(plan({60, 8, 72}, 128), "rows 10x6, columns 1x[4 4]");
}

TEST(ContractionPlan, ShortSumsTakeFewAccumulators) {
  EXPECT_EQ(plan({126, 32, 9}, 512), "rows 21x6, columns 1x[16 16]");
}

TEST(ContractionPlan, WindowsStayTogether) {
  EXPECT_EQ(plan({30, 64, 288, 4}, 512), "rows 10x3, columns 2x[16 16]");
  // A window of 40 positions fits no registers: the caller loops over them.
  EXPECT_EQ(planContraction({3, 64, 288, 40}, target(512)).rows.rows, 0);
}

// Windows of 2 x 2 on 16 registers: three of them with one vector each rather than one with two.
TEST(ContractionPlan, WindowsNeedManyAccumulators) {
  EXPECT_EQ(plan({16, 32, 288, 4}, 256), "rows 2x2+4x3, columns 4x[8]") << "of 16 windows";
  EXPECT_EQ(plan({16, 32, 288, 1}, 256), "rows 2x5+1x6, columns 2x[8 8]") << "without a pool";
}

TEST(ContractionPlan, RunTimeRowsGoInPowersOfTwo) {
  EXPECT_EQ(plan({dynamicRows, 64}, 512), "rows 1x4, columns 1x[16 16 16 16]");
  EXPECT_EQ(plan({dynamicRows, 10}, 256), "rows 1x4, columns 1x[8 2]");
}
