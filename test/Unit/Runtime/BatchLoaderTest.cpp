// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/BatchLoader.h"
#include "nncc/Runtime/Data/Error.h"

#include <atomic>
#include <chrono>
#include <gmock/gmock.h>
#include <thread>

using namespace nncc::runtime;
using ::testing::ElementsAre;

namespace {

/// Row i is (i, i + 0.5); reading takes a while, and one row fails.
class SlowRows : public Rows {
public:
  SlowRows(int64_t count, bool late, int64_t bad = -1) : Rows(count, 2), late(late), bad(bad) {}
  bool isDecodedLate() const override { return late; }
  std::optional<Error> tryRead(int64_t index, float *to) const override {
    if (index == bad)
      return Error{exitBadInput, format("row %lld is bad", static_cast<long long>(index))};
    if (late)
      std::this_thread::sleep_for(std::chrono::microseconds(index % 7 * 50));
    ++reads;
    to[0] = static_cast<float>(index);
    to[1] = static_cast<float>(index) + 0.5f;
    return std::nullopt;
  }
  mutable std::atomic<int64_t> reads = 0;

private:
  bool late;
  int64_t bad;
};

SampleSet setOf(std::shared_ptr<SlowRows> rows) {
  SampleSet set;
  set.count = rows->count();
  for (int64_t i = 0; i < set.count; ++i)
    set.targets.push_back(static_cast<float>(10 * i));
  set.inputs.push_back(std::move(rows));
  return set;
}

/// All that a pass gives: inputs, then targets, batch by batch.
std::vector<float> everything(const Pass &pass, int64_t threads) {
  BatchLoader loader(pass, threads);
  std::vector<float> result;
  while (int64_t size = loader.nextSize()) {
    std::vector<float> values(static_cast<size_t>(2 * size)), targets(static_cast<size_t>(size));
    float *inputs[] = {values.data()};
    loader.next(inputs, targets.data());
    result.insert(result.end(), values.begin(), values.end());
    result.insert(result.end(), targets.begin(), targets.end());
  }
  return result;
}

TEST(BatchLoader, BatchesInOrder) {
  SampleSet set = setOf(std::make_shared<SlowRows>(5, false));
  int64_t order[] = {4, 0, 3, 1, 2};
  EXPECT_THAT(everything({&set, order, 1, 4, 3}, 1), ElementsAre(0, 0.5, 3, 3.5, 1, 1.5, 0, 30, 10, 2, 2.5, 20));
  EXPECT_THAT(everything({&set, nullptr, 3, 2, 8}, 1), ElementsAre(3, 3.5, 4, 4.5, 30, 40));
  EXPECT_TRUE(everything({&set, nullptr, 5, 0, 8}, 1).empty());
}

TEST(BatchLoader, ReadingAheadChangesNothing) {
  SampleSet direct = setOf(std::make_shared<SlowRows>(101, false)), late = setOf(std::make_shared<SlowRows>(101, true));
  std::vector<int64_t> order;
  for (int64_t i = 0; i < 101; ++i)
    order.push_back(i * 37 % 101);
  std::vector<float> expected = everything({&direct, order.data(), 0, 101, 8}, 1);
  for (int64_t threads : {1, 2, 5, 64})
    EXPECT_EQ(everything({&late, order.data(), 0, 101, 8}, threads), expected) << threads;
}

TEST(BatchLoader, TheQueueIsBounded) {
  auto rows = std::make_shared<SlowRows>(1000, true);
  SampleSet set = setOf(rows);
  BatchLoader loader({&set, nullptr, 0, 1000, 4}, 2);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_LE(rows->reads, 5 * 4);
} // and a pass may end early

TEST(BatchLoader, AnErrorComesWithItsBatch) {
  SampleSet set = setOf(std::make_shared<SlowRows>(20, true, 9));
  BatchLoader loader({&set, nullptr, 0, 20, 4}, 2);
  std::vector<float> values(8), targets(4);
  float *inputs[] = {values.data()};
  loader.next(inputs, targets.data());
  loader.next(inputs, targets.data());
  try {
    loader.next(inputs, targets.data());
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.message, "row 9 is bad");
  }
}

} // namespace
