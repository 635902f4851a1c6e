// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Core/Pool.h"

#include <atomic>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <vector>

namespace {

struct Marks {
  std::vector<std::atomic<int>> units;
  std::vector<std::atomic<int>> calls;
  Marks(size_t units, size_t threads) : units(units), calls(threads) {}
};

void mark(void *context, int64_t begin, int64_t end, int64_t worker) {
  auto *marks = static_cast<Marks *>(context);
  for (int64_t i = begin; i < end; ++i)
    ++marks->units[static_cast<size_t>(i)];
  ++marks->calls[static_cast<size_t>(worker)];
}

TEST(Pool, DoesEveryUnitOnce) {
  for (int64_t threads : {1, 2, 3, 7}) {
    nncc_pool *pool;
    ASSERT_EQ(nncc_pool_create(threads, &pool), NNCC_OK);
    EXPECT_EQ(nncc_pool_size(pool), threads);
    for (int64_t units : {0, 1, 2, 5, 100}) {
      Marks marks(static_cast<size_t>(units), static_cast<size_t>(threads));
      nncc_pool_run_task(pool, mark, &marks, units);
      for (auto &count : marks.units)
        EXPECT_EQ(count, 1) << threads << " threads, " << units << " units";
      int workers = 0;
      for (auto &count : marks.calls)
        workers += count;
      EXPECT_EQ(workers, std::min(units, threads));
    }
    nncc_pool_destroy(pool);
  }
}

TEST(Pool, AllCoresForZero) {
  nncc_pool *pool;
  ASSERT_EQ(nncc_pool_create(0, &pool), NNCC_OK);
  EXPECT_GE(nncc_pool_size(pool), 1);
  nncc_pool_destroy(pool);
}

void add(void *context, int64_t begin, int64_t end, int64_t) { *static_cast<std::atomic<int64_t> *>(context) += end - begin; }

TEST(Pool, ManyRunsWithPausesLoseNothing) {
  nncc_pool *pool;
  ASSERT_EQ(nncc_pool_create(3, &pool), NNCC_OK);
  std::atomic<int64_t> sum = 0;
  for (int i = 0; i < 3000; ++i) {
    nncc_pool_run_task(pool, add, &sum, 3 + i % 5);
    if (i % 500 == 0) // long enough for the workers to fall asleep
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  EXPECT_EQ(sum, 3000 * 5);
  nncc_pool_destroy(pool);
}

void halve(uint8_t *, float *parameters, float *, float *, int64_t, int64_t begin, int64_t end, int64_t) {
  for (int64_t i = begin; i < end; ++i) {
    volatile float x = parameters[i];
    x = x * 0.5f;
    parameters[i] = x;
  }
}

TEST(Pool, FlushesDenormalsOnEveryThread) {
  nncc_pool *pool;
  ASSERT_EQ(nncc_pool_create(2, &pool), NNCC_OK);
  std::vector<float> values(4, 1.2e-38f); // half of it is a denormal
  nncc_frame frame{nullptr, values.data(), nullptr, nullptr, 1};
  nncc_pool_run(pool, halve, &frame, 4);
  for (float value : values)
    EXPECT_EQ(value, 0.0f);
  nncc_pool_destroy(pool);
  // The caller's own arithmetic is what it was.
  volatile float x = 1.2e-38f;
  x = x * 0.5f;
  EXPECT_NE(x, 0.0f);
}

} // namespace
