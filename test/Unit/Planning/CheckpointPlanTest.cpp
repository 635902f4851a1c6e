// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Planning/CheckpointPlan.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace nncc::planning;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// A chain of ops, each kept for the backward pass, of equal size and cost.
std::vector<ForwardOp> chain(int64_t count, int64_t bytes = 10, int64_t flops = 1) {
  std::vector<ForwardOp> ops;
  for (int64_t i = 0; i < count; ++i)
    ops.push_back({bytes, flops, true, true, i ? std::vector<int64_t>{i - 1} : std::vector<int64_t>{}});
  ops.back().recomputable = false; // the loss
  return ops;
}

TEST(CheckpointPlan, WithEnoughMemoryNothingRunsTwice) {
  std::vector<ForwardOp> ops = chain(8);
  CheckpointPlan plan = planCheckpoints(ForwardPass(ops), 80);
  EXPECT_THAT(plan.segments, IsEmpty());
  EXPECT_EQ(plan.bytes, 80);
  EXPECT_EQ(plan.flops, 0);
}

TEST(CheckpointPlan, WhatLeavesASegmentIsKept) {
  std::vector<ForwardOp> ops = chain(6);
  ForwardPass pass(ops);
  EXPECT_THAT(pass.dropped({0, 4}), ElementsAre(0, 1, 2));
  EXPECT_THAT(pass.recomputed({0, 4}), ElementsAre(0, 1, 2));
  // Kept: what op 3 gives, 4 and 5; alive when the segment runs again: 3 and the three results.
  CheckpointPlan plan = pass.evaluate({{0, 4}});
  EXPECT_EQ(plan.bytes, 40);
  EXPECT_EQ(plan.flops, 3);
}

TEST(CheckpointPlan, OnlyWhatIsNeededRunsAgain) {
  // 0 -> 1 -> 2 -> 3, of which the backward pass does not read 1; 4 leads nowhere.
  std::vector<ForwardOp> ops = chain(4);
  ops[1].kept = false;
  ops.push_back({10, 1, false, true, {1}});
  ForwardPass pass(ops);
  EXPECT_THAT(pass.dropped({1, 5}), ElementsAre(2)); // 3 is the loss
  EXPECT_THAT(pass.recomputed({1, 5}), ElementsAre(1, 2));
}

TEST(CheckpointPlan, ASkipConnectionCrossesSegments) {
  // 3 reads 0 and 2: with a segment of 0 to 2, what 0 gives has to be kept.
  std::vector<ForwardOp> ops = chain(5);
  ops[3].operands = {0, 2};
  ForwardPass pass(ops);
  EXPECT_THAT(pass.dropped({0, 3}), ElementsAre(1));
  EXPECT_THAT(pass.recomputed({0, 3}), ElementsAre(1));
}

TEST(CheckpointPlan, WhoReadsAViewReadsWhatItIsAViewOf) {
  // 1 is a view of 0, read by 2 outside of the segment.
  std::vector<ForwardOp> ops = chain(4);
  ops[1].bytes = ops[1].flops = 0;
  ForwardPass pass(ops);
  EXPECT_THAT(pass.dropped({0, 2}), IsEmpty());
  EXPECT_THAT(pass.dropped({0, 3}), ElementsAre(0, 1));
}

TEST(CheckpointPlan, WhatASegmentReadsIsKeptForIt) {
  // The backward pass does not read 0, but 1 runs again and reads it.
  std::vector<ForwardOp> ops = chain(4);
  ops[0].kept = false;
  CheckpointPlan plan = ForwardPass(ops).evaluate({{1, 3}});
  EXPECT_EQ(plan.bytes, 30); // 0, 2 and 3, or 0, 2 and 1
}

TEST(CheckpointPlan, TheCheapestSegmentsAreTaken) {
  // Half the ops cost ten times as much: the others run again.
  std::vector<ForwardOp> ops = chain(9, 10, 1);
  for (int64_t expensive : {0, 1, 2, 3})
    ops[expensive].flops = 10;
  CheckpointPlan plan = planCheckpoints(ForwardPass(ops), 80);
  EXPECT_EQ(plan.flops, 1);
  EXPECT_LE(plan.bytes, 80);
}

TEST(CheckpointPlan, ALongChainNeedsTheSquareRootOfItsMemory) {
  std::vector<ForwardOp> ops = chain(100);
  CheckpointPlan plan = planCheckpoints(ForwardPass(ops), 0);
  EXPECT_LE(plan.bytes, 260); // 2 * sqrt(100) results, and what the buckets of the planner lose
  EXPECT_LT(plan.flops, 100);
  CheckpointPlan half = planCheckpoints(ForwardPass(ops), 500);
  EXPECT_LE(half.bytes, 500);
  EXPECT_LT(half.flops, plan.flops);
}

TEST(CheckpointPlan, TheSmallestPlanIsGivenWhereTheBudgetCannotBeMet) {
  std::vector<ForwardOp> ops = chain(3);
  CheckpointPlan plan = planCheckpoints(ForwardPass(ops), 5);
  EXPECT_EQ(plan.bytes, ForwardPass(ops).evaluate(plan.segments).bytes);
  EXPECT_GT(plan.bytes, 5);
  EXPECT_LE(plan.bytes, 30);
}

} // namespace
