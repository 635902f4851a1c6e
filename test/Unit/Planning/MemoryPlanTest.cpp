// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Planning/MemoryPlan.h"

#include "gtest/gtest.h"

#include <random>

using namespace nncc::planning;

namespace {

BufferLifetime perSample(const char *name, int64_t bytes, int64_t first, int64_t last) {
  return {name, {0, bytes}, first, last};
}
BufferLifetime fixed(const char *name, int64_t bytes, int64_t first, int64_t last) {
  return {name, {bytes, 0}, first, last};
}

/// No two buffers that live at the same time overlap, and all lie in the arena, for some batches.
void expectValid(const MemoryPlan &plan) {
  for (int64_t batch : {1, 3, 32}) {
    auto begin = [&](size_t i) { return plan.offsets[i].fixed + plan.offsets[i].perSample * batch; };
    auto end = [&](size_t i) {
      return begin(i) + plan.buffers[i].bytes.fixed + plan.buffers[i].bytes.perSample * batch;
    };
    for (size_t i = 0; i < plan.buffers.size(); ++i) {
      EXPECT_EQ(begin(i) % kBufferAlignment, 0);
      EXPECT_LE(end(i), plan.total.fixed + plan.total.perSample * batch);
      for (size_t j = 0; j < i; ++j) {
        bool together = plan.buffers[i].first <= plan.buffers[j].last && plan.buffers[j].first <= plan.buffers[i].last;
        if (together)
          EXPECT_TRUE(end(i) <= begin(j) || end(j) <= begin(i)) << plan.buffers[i].name << " " << plan.buffers[j].name;
      }
    }
  }
}

TEST(MemoryPlan, NoBuffers) {
  MemoryPlan plan = planMemory({}, 64);
  EXPECT_EQ(plan.total.fixed, 64);
  EXPECT_EQ(plan.total.perSample, 0);
}

TEST(MemoryPlan, ReusesWhatIsDead) {
  MemoryPlan plan = planMemory({perSample("a", 1024, 0, 1), perSample("b", 512, 1, 2), perSample("c", 1024, 2, 3)});
  expectValid(plan);
  EXPECT_EQ(plan.offsets[0].perSample, plan.offsets[2].perSample);
  EXPECT_EQ(plan.total.perSample, 1536);
}

TEST(MemoryPlan, NeighbouringStepsDoNotShare) {
  // Step 1 reads a and writes b.
  MemoryPlan plan = planMemory({perSample("a", 64, 0, 1), perSample("b", 64, 1, 1)});
  EXPECT_EQ(plan.total.perSample, 128);
}

TEST(MemoryPlan, TakesTheSmallestGapThatFits) {
  MemoryPlan plan = planMemory({
      fixed("wall 0", 1024, 0, 9), fixed("large hole", 512, 0, 4), fixed("wall 1", 512, 0, 9),
      fixed("small hole", 256, 0, 4), fixed("wall 2", 256, 0, 9), fixed("guest", 192, 5, 9),
  });
  expectValid(plan);
  EXPECT_EQ(plan.offsets[5].fixed, plan.offsets[3].fixed);
}

TEST(MemoryPlan, SamplesAreRoundedUp) {
  MemoryPlan plan = planMemory({perSample("a", 40, 0, 0), perSample("b", 40, 0, 0), fixed("c", 4, 0, 0)}, 64);
  expectValid(plan);
  EXPECT_EQ(plan.total.fixed, 128);
  EXPECT_EQ(plan.total.perSample, 128);
  EXPECT_EQ(plan.offsets[2].fixed, 64);
}

TEST(MemoryPlan, RandomLifetimes) {
  std::mt19937 engine(7);
  for (int round = 0; round < 20; ++round) {
    std::vector<BufferLifetime> buffers;
    for (int i = 0; i < 40; ++i) {
      int64_t first = engine() % 30, last = first + engine() % 8, bytes = 1 + engine() % 5000;
      buffers.push_back(engine() % 3 ? perSample("p", bytes, first, last) : fixed("f", bytes, first, last));
    }
    expectValid(planMemory(buffers, 64));
  }
}

TEST(MemoryPlan, Prints) {
  std::string text;
  llvm::raw_string_ostream out(text);
  planMemory({perSample("image", 100, 0, 2), fixed("loss", 4, 2, 2)}, 64).print(out);
  EXPECT_EQ(text, "arena: 128 + 128 * batch bytes\n"
                  "  loss: at 64, bytes 4, steps 2 to 2\n"
                  "  image: at 128, bytes 0 + 100 * batch, steps 0 to 2\n");
}

} // namespace
