// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What this machine's memory gives: reading, and copying, far more than any cache holds.
#include "Peak.h"

#include "nncc/Runtime/Core/Memory.h"

#include <algorithm>
#include <cstring>
#include <time.h>

namespace nncc::runtime {

namespace {

constexpr int64_t bufferBytes = int64_t(64) << 20;
constexpr int64_t unitBytes = int64_t(1) << 18;

struct Buffers {
  char *from, *to;
  float sink[1024];
};

void read(void *context, int64_t begin, int64_t end, int64_t worker) {
  typedef float v4 __attribute__((vector_size(16)));
  auto *buffers = static_cast<Buffers *>(context);
  v4 sums[8] = {};
  for (const char *base : {buffers->from, buffers->to}) {
    auto *values = reinterpret_cast<const v4 *>(base + begin * unitBytes);
    for (int64_t i = 0; i < (end - begin) * unitBytes / 16; i += 8)
      for (int k = 0; k < 8; ++k)
        sums[k] += values[i + k];
  }
  for (int k = 1; k < 8; ++k)
    sums[0] += sums[k];
  buffers->sink[worker] = sums[0][0];
}

void copy(void *context, int64_t begin, int64_t end, int64_t) {
  auto *buffers = static_cast<Buffers *>(context);
  memcpy(buffers->to + begin * unitBytes, buffers->from + begin * unitBytes, static_cast<size_t>((end - begin) * unitBytes));
}

} // namespace

double measureBandwidth(nncc_pool *pool) {
  static Buffers buffers;
  buffers.from = static_cast<char *>(nncc_allocate(bufferBytes));
  buffers.to = static_cast<char *>(nncc_allocate(bufferBytes));
  double best = 0;
  if (buffers.from && buffers.to) {
    memset(buffers.from, 1, bufferBytes); // a page that nobody wrote is one page of zeros, in the cache
    for (int round = 0; round < 4; ++round)
      for (nncc_task task : {copy, read}) { // each moves both buffers once
        timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        nncc_pool_run_task(pool, task, &buffers, bufferBytes / unitBytes);
        clock_gettime(CLOCK_MONOTONIC, &b);
        double seconds = static_cast<double>(b.tv_sec - a.tv_sec) + 1e-9 * static_cast<double>(b.tv_nsec - a.tv_nsec);
        best = std::max(best, 2.0 * static_cast<double>(bufferBytes) / seconds);
      }
  }
  nncc_release(buffers.from, bufferBytes);
  nncc_release(buffers.to, bufferBytes);
  return best;
}

} // namespace nncc::runtime
