// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which way convolutions and dense layers of named shapes go.
#include "nncc/Kernels/Contraction/Correlation.h"
#include "nncc/Kernels/Contraction/KernelGradient.h"
#include "nncc/Kernels/Contraction/Matrix.h"

#include "gtest/gtest.h"

using namespace nncc::kernels;

namespace {

TargetFacts target(int64_t bits) {
  TargetFacts facts;
  facts.vectorBits = bits;
  facts.vectorRegisters = bits == 512 ? 32 : 16;
  return facts;
}

template <typename Plan>
std::string text(const Plan &plan) {
  std::string result;
  llvm::raw_string_ostream(result) << plan;
  return result;
}

/// A square image and kernel, stride 1.
Correlation image(int64_t extent, int64_t channels, int64_t kernel, int64_t filters, int64_t low = 0) {
  Correlation shape;
  int64_t output = extent + 2 * low - kernel + 1;
  shape.axes = {forwardAxis(1, 1, 1, 1, 1, 0), forwardAxis(extent, output, kernel, 1, 1, low),
                forwardAxis(extent, output, kernel, 1, 1, low)};
  shape.sourceChannels = channels;
  shape.resultChannels = filters;
  return shape;
}

KernelGradient gradientOf(const Correlation &forward) {
  KernelGradient shape;
  shape.axes = forward.axes;
  shape.channels = forward.sourceChannels;
  shape.filters = forward.resultChannels;
  return shape;
}

} // namespace

TEST(ContractionPlans, GradientAxisHasAPhaseForEachStride) {
  // dx[i] takes dy[o] * w[k] with 2 * o + k - 1 = i: even positions meet tap 1, odd ones taps 0 and 2.
  Axis axis = gradientAxis(/*input=*/7, /*output=*/4, /*kernel=*/3, /*stride=*/2, /*dilation=*/1, /*low=*/1);
  ASSERT_EQ(axis.phases.size(), 2u);
  EXPECT_EQ(axis.phases[0], (Axis::Phase{/*taps=*/1, /*firstTap=*/1, /*offset=*/0}));
  EXPECT_EQ(axis.phases[1], (Axis::Phase{/*taps=*/2, /*firstTap=*/0, /*offset=*/1}));
  EXPECT_EQ(axis.tapStride, 2);
  EXPECT_EQ(axis.tapStep, -1);
  EXPECT_EQ(axis.positions(0), 4);
  EXPECT_EQ(axis.positions(1), 3);
}

TEST(ContractionPlans, AxesMeetTheSameTripleOnce) {
  // Forward and gradient describe the same set of (input, output, tap).
  for (int64_t kernel = 1; kernel <= 4; ++kernel)
    for (int64_t stride = 1; stride <= 4; ++stride)
      for (int64_t dilation = 1; dilation <= 3; ++dilation)
        for (int64_t low = 0; low <= 2; ++low) {
          int64_t input = 13, output = (input + 2 * low - (kernel - 1) * dilation - 1) / stride + 1;
          Axis axis = gradientAxis(input, output, kernel, stride, dilation, low);
          for (int64_t i = 0; i < input; ++i) {
            const Axis::Phase &phase = axis.phases[i % stride];
            std::vector<std::pair<int64_t, int64_t>> expected, actual;
            for (int64_t k = 0; k < kernel; ++k) {
              int64_t at = i + low - k * dilation;
              if (at % stride == 0 && at >= 0 && at / stride < output)
                expected.push_back({at / stride, k});
            }
            for (int64_t t = 0; t < phase.taps; ++t) {
              int64_t o = i / stride + phase.offset + t * axis.tapStep;
              if (o >= 0 && o < output)
                actual.push_back({o, phase.firstTap + t * axis.tapStride});
              else
                EXPECT_TRUE(axis.needsHalo());
            }
            EXPECT_EQ(actual, expected);
          }
        }
}

TEST(ContractionPlans, BlocksAreRowsOrTiles) {
  EXPECT_EQ(planCorrelation(image(63, 32, 3, 64), target(512)).blocks, 16);
  EXPECT_EQ(planCorrelation(image(63, 32, 3, 64), target(512)).blockAxis, 1);
  EXPECT_EQ(planCorrelation(image(12, 8, 3, 8), target(512)).blocks, 1);
  Correlation line = image(1, 64, 1, 64);
  line.axes[2] = forwardAxis(4000, 4000, 3, 1, 1, 1);
  EXPECT_EQ(planCorrelation(line, target(512)).blockAxis, 2);
  EXPECT_GT(planCorrelation(line, target(512)).blocks, 4);
}

TEST(ContractionPlans, BlocksAreSplitForFewSamples) {
  EXPECT_EQ(planCorrelation(image(12, 8, 3, 8), target(512)).split, 1); // too little work
  CorrelationPlan plan = planCorrelation(image(32, 16, 3, 16, 1), target(512));
  EXPECT_EQ(plan.blocks, 1);
  EXPECT_EQ(plan.split, 4);
  EXPECT_EQ(plan.splitReach, 8 + 2);
  EXPECT_EQ(plan.units(), 4);
  plan = planCorrelation(image(3, 512, 3, 512, 1), target(512));
  EXPECT_LE(plan.units(), 3); // no more than there are rows
}

TEST(ContractionPlans, SlabsOfABatchNeverExceedThoseOfThePlan) {
  KernelGradientPlan plan;
  plan.slabs = 11;
  plan.blocks = 9;
  plan.work = 300'000;
  plan.slabWork = 500'000;
  for (auto [batch, slabs] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 1}, {3, 1}, {4, 2}, {6, 2}, {7, 4}, {14, 8}, {18, 8}, {19, 11}, {1000, 11}})
    EXPECT_EQ(plan.slabsOf(batch), slabs) << batch;
  plan.blocks = 1; // a slab without a chunk would only cost its zeroes
  plan.work = 50'000'000;
  EXPECT_EQ(plan.slabsOf(1), 1);
  EXPECT_EQ(plan.slabsOf(5), 4);
}

TEST(ContractionPlans, PaddingNeedsAHalo) {
  EXPECT_FALSE(image(9, 2, 3, 2).needsHalo());
  EXPECT_TRUE(image(9, 2, 3, 2, 1).needsHalo());
}

TEST(ContractionPlans, PoolingWindowsInRegistersOrInALoop) {
  Correlation shape = image(34, 16, 3, 32);
  shape.pool = {1, 2, 2};
  EXPECT_TRUE(planCorrelation(shape, target(256)).windowInRegisters);
  shape.pool = {1, 8, 8};
  EXPECT_FALSE(planCorrelation(shape, target(512)).windowInRegisters);
}

TEST(ContractionPlans, SmallKernelsFinishEachRowWhileItIsInTheCache) {
  EXPECT_TRUE(planCorrelation(image(64, 3, 3, 32), target(256)).rowsOutside);
  EXPECT_FALSE(planCorrelation(image(64, 64, 3, 64), target(256)).rowsOutside);
}

TEST(ContractionPlans, FewColumnsInterleaveChannels) {
  EXPECT_EQ(planCorrelation(image(16, 32, 3, 1), target(512)).interleave, 16);
  EXPECT_EQ(planCorrelation(image(16, 32, 3, 3), target(512)).interleave, 4);
  EXPECT_EQ(planCorrelation(image(16, 32, 3, 3), target(256)).interleave, 2);
  EXPECT_EQ(planCorrelation(image(16, 32, 3, 8), target(512)).interleave, 1);
  EXPECT_EQ(planCorrelation(image(16, 5, 3, 1), target(512)).interleave, 1);
}

TEST(ContractionPlans, KernelGradient) {
  EXPECT_EQ(text(planKernelGradient(gradientOf(image(63, 32, 3, 64)), target(512))),
            "rows 16x6, columns 1x[16 16 16 16], 3 runs of 3 taps, 16 chunks of axis 1, 16 slabs");
  // One channel: the nine taps are the rows of one tile.
  EXPECT_EQ(planKernelGradient(gradientOf(image(28, 1, 3, 32)), target(512)).runs, 1);
  // Few filters: vectors hold taps and channels.
  EXPECT_TRUE(planKernelGradient(gradientOf(image(32, 32, 3, 3)), target(512)).swapped);
  EXPECT_FALSE(planKernelGradient(gradientOf(image(32, 32, 3, 32)), target(512)).swapped);
  KernelGradientPlan large = planKernelGradient(gradientOf(image(4, 512, 3, 512, 1)), target(512));
  EXPECT_EQ(large.slabs, 1);
  EXPECT_TRUE(large.splitKernel);
}

TEST(ContractionPlans, DenseStrategies) {
  EXPECT_EQ(planMatrix({1, 128, 10}, target(512)).strategy, MatrixStrategy::Rows);
  EXPECT_EQ(planMatrix({1, 57600, 64}, target(512)).strategy, MatrixStrategy::Slabs);
  EXPECT_EQ(planMatrix({1, 57600, 64}, target(512)).slabs, 16);
  EXPECT_EQ(planMatrix({1, 1024, 1024}, target(512)).strategy, MatrixStrategy::Columns);
  EXPECT_EQ(planMatrixInputGradient({1, 57600, 64}, target(512)).strategy, MatrixStrategy::Columns);
  EXPECT_EQ(planMatrixInputGradient({1, 64, 1}, target(512)).strategy, MatrixStrategy::Rows);
}
