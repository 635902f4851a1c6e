// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel gradient of convolutions behind a max pool: which way it goes, and each way against the reference
// interpreter.
#include "Kernels/KernelTestHarness.h"
#include "Kernels/PooledCase.h"
#include "nncc/Kernels/Contraction/KernelGradient.h"
#include "nncc/Kernels/Contraction/PooledKernelGradient.h"

#include "gtest/gtest.h"

#include <optional>

using namespace nncc::kernels;
using namespace nncc::kernels::test;
using nncc::planning::ColumnPlan;
using nncc::planning::RowPlan;
using nncc::planning::Slices;

namespace {

PooledKernelGradientPlan planOf(const PooledCase &conv, int64_t bits = 512) {
  TargetFacts facts;
  facts.vectorBits = bits;
  facts.vectorRegisters = bits == 512 ? 32 : 16;
  return planPooledKernelGradient(conv.shape(), facts);
}

KernelGradient denseShape(const PooledCase &conv) {
  PooledConvolution facts = conv.shape();
  KernelGradient shape;
  shape.axes = facts.axes;
  shape.channels = facts.channels;
  shape.filters = facts.filters;
  shape.pool = facts.pool;
  return shape;
}

enum class Zeros { None, Some, All };

/// `sparse`: which way must be taken; none where that depends on the machine.
void expectMatches(const PooledCase &conv, std::optional<bool> sparse, Zeros zeros) {
  SCOPED_TRACE(conv.branch);
  RunOptions options;
  options.batch = conv.batch;
  options.tolerance = 1e-4;
  // The number behind the positions stands for none.
  options.classes = {{2, conv.shape().poolPositions() + (conv.shape().poolPositions() != 256)}};
  if (zeros == Zeros::Some)
    options.classes.push_back({1, 3});
  if (zeros == Zeros::All)
    options.low = options.high = 0;
  auto tensor = [](const std::string &type) { return "tensor<" + type + ">"; };
  std::string x = tensor(conv.inputType()), dy = tensor(conv.pooledType()), places = tensor(conv.argmaxType());
  std::string kernel = tensor(conv.kernelType()), bias = tensor(conv.biasType());
  std::string text = "func.func @test(%x: " + x + ", %dy: " + dy + ", %places: " + places + ") -> (" + kernel + ", " +
                     bias + ") attributes {nn.entry} {\n  %dk = nn.pooled_conv_grad_kernel %x, %dy, %places" +
                     conv.attributes() + " : (" + x + ", " + dy + ", " + places + ") -> " + kernel +
                     "\n  %db = nn.pooled_bias_grad %dy, %places {window_positions = " +
                     std::to_string(conv.shape().poolPositions()) + "} : (" + dy + ", " + places + ") -> " + bias +
                     "\n  return %dk, %db : " + kernel + ", " + bias + "\n}\n";
  for (const TargetFacts &host : hostTargets()) {
    PooledKernelGradientPlan plan = planPooledKernelGradient(conv.shape(), host);
    EXPECT_EQ(plan.sparse, sparse.value_or(plan.sparse)) << host.vectorBits << " bits: " << planText(plan);
    expectMatchesReference(text, host, options);
  }
}

void expectSparseMatches(const PooledCase &conv, Zeros zeros = Zeros::Some) { expectMatches(conv, true, zeros); }

const PooledCase kImage = {"", {63, 63, 32}, {3, 3}, 64, {2, 2}};

} // namespace

TEST(PooledKernelGradientPlan, PoolsLeaveLittleToDo) {
  for (int64_t bits : {128, 256, 512}) {
    EXPECT_TRUE(planOf(kImage, bits).sparse) << bits;
    EXPECT_TRUE(planOf({"", {122, 32}, {5}, 64, {2}}, bits).sparse) << bits;
  }
}

TEST(PooledKernelGradientPlan, OnePositionAWindowIsDense) {
  EXPECT_FALSE(planOf({"", {63, 63, 32}, {3, 3}, 64, {1, 1}}).sparse);
}

TEST(PooledKernelGradientPlan, FewChannelsAreDense) {
  // Three floats in a row fill no vector.
  EXPECT_FALSE(planOf({"", {128, 128, 1}, {3, 3}, 32, {2, 2}}).sparse);
}

TEST(PooledKernelGradientPlan, AllTapsInRegisters) {
  PooledKernelGradientPlan plan = planOf(kImage);
  EXPECT_TRUE(plan.mergedTaps);
  EXPECT_EQ(plan.columns, (ColumnPlan{Slices(6, {16, 16}), 1, {}}));
  EXPECT_EQ(plan.taps[1], (RowPlan{3, 1, 0}));
}

TEST(PooledKernelGradientPlan, RowsOfTapsInRegisters) {
  // 12 vectors for a row of taps, 30 registers: two rows, then one.
  EXPECT_EQ(planOf({"", {32, 32, 64}, {3, 3}, 64, {2, 2}}).taps[1], (RowPlan{1, 1, 1}));
  EXPECT_EQ(planOf({"", {32, 32, 128}, {3, 3}, 64, {2, 2}}).taps[1], (RowPlan{1, 3, 0}));
  // All rows of a plane, and some of the planes.
  PooledKernelGradientPlan plan = planOf({"", {16, 16, 16, 32}, {3, 2, 2}, 64, {2, 2, 2}});
  EXPECT_EQ(plan.taps[0], (RowPlan{3, 1, 0}));
  plan = planOf({"", {16, 16, 16, 48}, {3, 2, 2}, 64, {2, 2, 2}});
  EXPECT_EQ(plan.taps[1], (RowPlan{2, 1, 0}));
  EXPECT_EQ(plan.taps[0], (RowPlan{1, 1, 1}));
}

TEST(PooledKernelGradientPlan, LongRunsAreCut) {
  PooledKernelGradientPlan plan = planOf({"", {32, 32, 256}, {3, 3}, 64, {2, 2}});
  EXPECT_EQ(plan.columns, (ColumnPlan{Slices(24, {16, 16}), 2, {}}));
  EXPECT_EQ(plan.taps[1], (RowPlan{1, 3, 0}));
}

TEST(PooledKernelGradientPlan, TapsApartAreNoRun) {
  PooledKernelGradientPlan plan = planOf({"", {63, 63, 32}, {3, 3}, 64, {2, 2}, {}, {}, {1, 2}});
  EXPECT_FALSE(plan.mergedTaps);
  EXPECT_EQ(plan.columns, (ColumnPlan{Slices(2, {16, 16}), 1, {}}));
  EXPECT_EQ(plan.taps[2], (RowPlan{3, 1, 0}));
  EXPECT_FALSE(planOf({"groups", {63, 63, 64}, {3, 3}, 64, {2, 2}, {}, {}, {}, 2}).mergedTaps);
}

TEST(PooledKernelGradientPlan, ChunksHavePositionsEnoughAndStayInTheCache) {
  PooledKernelGradientPlan plan = planOf(kImage);
  EXPECT_EQ(plan.blockAxis, 1);
  EXPECT_EQ(plan.listLength, 30);
  // Rows of six positions: four of them.
  plan = planOf({"", {63, 15, 64}, {3, 3}, 64, {2, 2}});
  EXPECT_EQ(plan.listLength, 24);
  EXPECT_EQ(planOf({"one axis", {900, 64}, {3}, 64, {2}}).blockAxis, 2);
  EXPECT_EQ(planOf({"three axes", {16, 16, 16, 32}, {3, 3, 3}, 64, {2, 2, 2}}).blockAxis, 0);
}

TEST(PooledKernelGradientPlan, SlabsAndPartsMakeUnits) {
  EXPECT_EQ(planOf(kImage).slabs, 16);
  EXPECT_EQ(planOf(kImage).filterParts, 1);
  // A kernel of which no 16 partial sums should lie about: units share a slab's filters.
  PooledKernelGradientPlan plan = planOf({"", {8, 8, 256}, {3, 3}, 256, {2, 2}, {1, 1, 1, 1}});
  EXPECT_EQ(plan.slabs, 1);
  EXPECT_EQ(plan.filterParts, 16);
  // Few samples, few slabs.
  plan = planOf({"", {122, 32}, {5}, 64, {2}});
  EXPECT_EQ(plan.slabsOf(1), 1);
  EXPECT_EQ(plan.slabsOf(32), 16);
}

TEST(PooledKernelGradientPlan, ListsAreCompressedWithAVX512) {
  EXPECT_TRUE(planOf(kImage).compress);
  EXPECT_FALSE(planOf(kImage, 256).compress);
  EXPECT_FALSE(planOf({"large window", {63, 63, 32}, {3, 3}, 64, {3, 3}}).compress);
  EXPECT_FALSE(planOf({"few filters", {63, 63, 32}, {3, 3}, 7, {2, 2}}).compress);
}

TEST(PooledKernelGradientPlan, PrintsItself) {
  EXPECT_NE(planText(planOf(kImage)).find("sums 1x1 1x3 1x1 taps of 1x[16 16 16 16 16 16] (taps merged), 30 chunks of "
                                          "axis 1, 16 slabs"),
            std::string::npos);
  EXPECT_EQ(planText(planOf({"", {63, 63, 32}, {3, 3}, 64, {1, 1}})).find("dense (cost "), 0u);
}

TEST(PooledKernelGradient, BiasAlone) {
  RunOptions options;
  for (int64_t filters : {5, 32}) {
    PooledCase conv = {"", {21, 4}, {3}, filters, {3}};
    options.classes = {{1, 4}};
    expectMatchesReference(entryText("nn.pooled_bias_grad %arg0, %arg1 {window_positions = 3}",
                                     {conv.pooledType(), conv.argmaxType()}, {conv.biasType()}),
                           options);
  }
}

TEST(PooledKernelGradient, MergedTaps) {
  expectSparseMatches({"all taps in a tile, floats of a run left over", {11, 12, 5}, {3, 3}, 20, {2, 2}});
  expectSparseMatches({"rows of taps", {9, 8, 37}, {3, 3}, 11, {2, 2}});
  expectSparseMatches({"runs longer than the registers", {6, 7, 170}, {2, 3}, 9, {2, 2}});
}

TEST(PooledKernelGradient, TapsApart) {
  expectSparseMatches({"dilation", {13, 12, 19}, {3, 2}, 9, {2, 2}, {2, 2, 0, 0}, {}, {2, 3}});
  expectSparseMatches({"groups", {9, 9, 24}, {3, 3}, 10, {2, 2}, {}, {}, {}, 2});
}

TEST(PooledKernelGradient, Padding) {
  expectSparseMatches({"on all sides", {9, 13, 16}, {3, 3}, 33, {2, 3}, {1, 1, 1, 1}});
  expectSparseMatches({"causal, one axis", {37, 32}, {5}, 12, {2}, {4, 0}});
}

TEST(PooledKernelGradient, Strides) {
  expectSparseMatches({"two axes", {13, 17, 14}, {3, 3}, 8, {2, 2}, {1, 1, 0, 0}, {2, 1}});
  expectSparseMatches({"above the kernel", {23, 11, 16}, {2, 1}, 8, {2, 2}, {}, {3, 2}});
}

TEST(PooledKernelGradient, Windows) {
  expectSparseMatches({"not square, last rows behind the last window", {12, 13, 17}, {2, 2}, 16, {3, 5}});
  expectSparseMatches({"more positions than are unrolled", {13, 14, 17}, {2, 2}, 16, {5, 6}});
  expectSparseMatches({"more positions than a byte counts", {290, 12}, {3}, 5, {270}});
}

TEST(PooledKernelGradient, OneAxis) {
  expectSparseMatches({"one chunk", {41, 20}, {5}, 19, {2}});
  expectSparseMatches({"chunks", {1500, 20}, {3}, 12, {2}, {1, 1}});
}

TEST(PooledKernelGradient, ThreeAxes) {
  expectSparseMatches({"planes", {6, 7, 9, 10}, {2, 3, 2}, 6, {2, 2, 3}, {0, 0, 1, 1, 0, 0}});
  expectSparseMatches({"planes of taps", {7, 6, 6, 33}, {3, 2, 2}, 5, {2, 2, 2}});
}

TEST(PooledKernelGradient, Units) {
  PooledCase slabs = {"several slabs", {33, 34, 16}, {3, 3}, 16, {2, 2}};
  slabs.batch = 5;
  EXPECT_GT(planOf(slabs).slabsOf(5), 1);
  expectSparseMatches(slabs);
  PooledCase parts = {"parts of a slab's filters", {6, 6, 130}, {3, 3}, 129, {2, 2}, {1, 1, 1, 1}};
  EXPECT_GT(planOf(parts).filterParts, 1);
  expectSparseMatches(parts);
  PooledCase one = {"one sample", {17, 19, 8}, {3, 3}, 24, {2, 2}};
  one.batch = 1;
  expectSparseMatches(one);
}

TEST(PooledKernelGradient, Lists) {
  expectSparseMatches({"eight filters at a time, and the rest", {9, 10, 20}, {2, 2}, 21, {2, 2}});
  expectSparseMatches({"fewer filters", {9, 10, 20}, {2, 2}, 7, {2, 2}});
  expectSparseMatches({"whole vectors of positions", {17, 17, 20}, {2, 2}, 8, {2, 2}});
  expectSparseMatches({"fewer positions than a vector", {5, 7, 40}, {2, 2}, 16, {2, 2}});
  expectSparseMatches({"large windows", {13, 13, 20}, {2, 2}, 16, {3, 3}});
}

TEST(PooledKernelGradient, Density) {
  PooledCase conv = {"", {15, 14, 16}, {3, 3}, 18, {2, 2}};
  for (Zeros zeros : {Zeros::None, Zeros::Some, Zeros::All})
    expectSparseMatches(conv, zeros);
}

TEST(PooledKernelGradientPlan, DenseReadsThePooledGradientWhereItCan) {
  auto reads = [](const PooledCase &conv) {
    TargetFacts target;
    return readsPooledGradient(denseShape(conv), planKernelGradient(denseShape(conv), target));
  };
  EXPECT_TRUE(reads({"", {12, 10, 1}, {3, 3}, 32, {2, 2}}));
  EXPECT_FALSE(reads({"part of a vector", {12, 10, 1}, {3, 3}, 5, {2, 2}}));
  EXPECT_FALSE(reads({"window not unrolled", {12, 10, 1}, {3, 3}, 32, {3, 3}}));
  EXPECT_FALSE(reads({"filters are the rows", {12, 10, 40}, {3, 3}, 2, {2, 2}}));
}

TEST(PooledKernelGradientPlan, DensePicksFromSmallPatches) {
  auto picks = [](const PooledCase &conv, int64_t bits = 512) {
    TargetFacts target;
    target.vectorBits = bits;
    target.vectorRegisters = bits == 512 ? 32 : 16;
    return planKernelGradient(denseShape(conv), target).patches;
  };
  EXPECT_TRUE(picks({"4 rows of 4", {28, 28, 1}, {3, 3}, 32, {2, 2}}));
  EXPECT_TRUE(picks({"one axis, 4 channels", {50, 4}, {3}, 16, {2}}));
  EXPECT_FALSE(picks({"no AVX-512", {28, 28, 1}, {3, 3}, 32, {2, 2}}, 256));
  EXPECT_FALSE(picks({"part of a vector of filters", {28, 28, 1}, {3, 3}, 20, {2, 2}}));
  EXPECT_TRUE(picks({"rows of five taps", {28, 28, 1}, {5, 5}, 32, {2, 2}}));
  EXPECT_FALSE(picks({"too large", {32, 32, 3}, {3, 3}, 32, {2, 2}}));
  EXPECT_FALSE(picks({"no window", {28, 28, 1}, {3, 3}, 32, {1, 1}}));
}

TEST(PooledKernelGradient, DensePatches) {
  expectMatches({"whole rows", {13, 11, 1}, {3, 3}, 32, {2, 2}}, false, Zeros::Some);
  expectMatches({"part of a row, padding", {13, 12, 1}, {2, 2}, 16, {2, 2}, {1, 0, 0, 1}}, false, Zeros::None);
  expectMatches({"one axis, channels, dilation", {41, 2}, {3}, 48, {2}, {1, 1}, {}, {2}}, std::nullopt, Zeros::Some);
  expectMatches({"one axis, stride, pool of 3", {57, 1}, {4}, 16, {3}, {}, {2}}, std::nullopt, Zeros::Some);
  expectMatches({"rows of taps, padding", {13, 12, 1}, {5, 5}, 32, {2, 2}, {2, 2, 2, 2}}, std::nullopt, Zeros::Some);
  expectMatches({"rows of taps, stride", {19, 18, 1}, {5, 3}, 16, {2, 2}, {}, {2, 1}}, std::nullopt, Zeros::Some);
  expectMatches({"rows of taps, dilation, three rows", {17, 15, 1}, {3, 2}, 16, {3, 2}, {}, {}, {2, 3}}, std::nullopt,
                Zeros::Some);
  expectMatches({"two tiles of rows", {45, 1}, {15}, 64, {2}}, std::nullopt, Zeros::Some);
  expectMatches({"planes of windows", {7, 8, 8, 1}, {3, 3, 3}, 16, {2, 2, 2}}, std::nullopt, Zeros::Some);
  expectMatches({"three axes", {5, 5, 6, 1}, {1, 2, 2}, 16, {1, 2, 2}}, std::nullopt, Zeros::Some);
}

TEST(PooledKernelGradient, Dense) {
  expectMatches({"one channel", {12, 10, 1}, {3, 3}, 32, {2, 2}}, false, Zeros::Some);
  expectMatches({"window in one axis, padding, stride", {21, 10, 1}, {3, 3}, 20, {2, 1}, {1, 1, 1, 1}, {2, 1}}, false,
                Zeros::Some);
  expectMatches({"part of a vector: expanded", {12, 10, 1}, {3, 3}, 7, {2, 2}}, false, Zeros::Some);
  expectMatches({"window not unrolled: expanded", {14, 15, 1}, {3, 3}, 32, {3, 3}}, std::nullopt, Zeros::Some);
  expectMatches({"one position a window", {9, 10, 16}, {3, 3}, 32, {1, 1}, {1, 1, 1, 1}}, false, Zeros::None);
}
