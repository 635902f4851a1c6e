// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which convolutions are computed in bf16 tiles, and how. (test/Codegen/tiles.nn runs them.)
#include "nncc/Kernels/Contraction/BFloatCorrelation.h"

#include "gtest/gtest.h"

using namespace nncc::kernels;

namespace {

TargetFacts target() {
  TargetFacts facts;
  facts.vectorBits = 512;
  facts.vectorRegisters = 32;
  facts.bfloat16 = true;
  return facts;
}

/// A square image and kernel.
Correlation image(int64_t extent, int64_t channels, int64_t kernel, int64_t filters, int64_t stride = 1) {
  Correlation shape;
  int64_t output = (extent - kernel) / stride + 1;
  shape.axes = {forwardAxis(1, 1, 1, 1, 1, 0), forwardAxis(extent, output, kernel, stride, 1, 0),
                forwardAxis(extent, output, kernel, stride, 1, 0)};
  shape.sourceChannels = channels;
  shape.resultChannels = filters;
  return shape;
}

std::string text(const Correlation &shape, const TargetFacts &facts = target()) {
  std::optional<BFloatPlan> plan = planBFloatCorrelation(shape, facts);
  std::string result;
  if (plan)
    llvm::raw_string_ostream(result) << *plan;
  return result;
}

TEST(BFloatPlan, OnlyWhereAskedFor) {
  EXPECT_EQ(text(image(26, 32, 3, 64), TargetFacts()), "");
  EXPECT_NE(text(image(26, 32, 3, 64)), "");
}

TEST(BFloatPlan, ChannelsAreCutIntoEqualEvenSteps) {
  EXPECT_EQ(planBFloatCorrelation(image(26, 32, 3, 64), target())->depthSteps, 1);
  BFloatPlan plan = *planBFloatCorrelation(image(26, 37, 3, 64), target());
  EXPECT_EQ(plan.depthSteps, 2);
  EXPECT_EQ(plan.depthStep, 20);
  EXPECT_EQ(plan.depth(), 40);
  EXPECT_EQ(planBFloatCorrelation(image(26, 9, 3, 64), target())->depthStep, 10);
}

TEST(BFloatPlan, WhatFillsNoTileStaysInF32) {
  EXPECT_EQ(text(image(26, 3, 3, 64)), "");
  EXPECT_EQ(text(image(26, 64, 3, 4)), "");
}

TEST(BFloatPlan, GroupsAndPhasesStayInF32) {
  Correlation groups = image(26, 32, 3, 64);
  groups.groups = 2;
  EXPECT_EQ(text(groups), "");
  Correlation gradient = image(26, 32, 3, 64);
  gradient.axes[1] = gradientAxis(26, 12, 3, 2, 1, 0);
  EXPECT_EQ(text(gradient), "");
  EXPECT_NE(text(image(26, 32, 3, 64, 2)), ""); // a stride forward has one phase
}

TEST(BFloatPlan, BlocksKeepTheSlabInTheCache) {
  BFloatPlan small = *planBFloatCorrelation(image(10, 16, 3, 16), target());
  EXPECT_EQ(small.blocks, 1);
  EXPECT_EQ(small.blockAxis, 1);
  TargetFacts facts = target();
  facts.l2Bytes = 64 * 1024;
  BFloatPlan large = *planBFloatCorrelation(image(100, 32, 3, 16), facts);
  EXPECT_LE(2 * large.slab[0] * large.slab[1] * large.slab[2] * large.depth(), facts.l2Bytes / 2);
  Correlation pointwise = image(1, 64, 1, 64);
  pointwise.axes[2] = forwardAxis(10000, 10000, 1, 1, 1, 0);
  EXPECT_EQ(planBFloatCorrelation(pointwise, target())->blockAxis, 2);
  EXPECT_GT(planBFloatCorrelation(pointwise, target())->blocks, 1);
}

} // namespace
