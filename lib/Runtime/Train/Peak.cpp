// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The f32 peak of this machine: independent multiply-adds on registers, with the widest vectors it has.
#include "Peak.h"

#include "nncc/Runtime/Core/Cpu.h"

#include <algorithm>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace nncc::runtime {

namespace {

constexpr int64_t rounds = 200000;

struct Work {
  int width; ///< floats per vector
  double sink[1024];
};

#if defined(__x86_64__)
__attribute__((target("avx512f"))) float spin512() {
  __m512 a[12];
  for (int i = 0; i < 12; ++i)
    a[i] = _mm512_set1_ps(static_cast<float>(i));
  __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
  for (int64_t r = 0; r < rounds; ++r)
    for (int i = 0; i < 12; ++i)
      a[i] = _mm512_fmadd_ps(a[i], x, y);
  for (int i = 1; i < 12; ++i)
    a[0] = _mm512_add_ps(a[0], a[i]);
  return _mm512_cvtss_f32(a[0]);
}

__attribute__((target("avx2,fma"))) float spin256() {
  __m256 a[12];
  for (int i = 0; i < 12; ++i)
    a[i] = _mm256_set1_ps(static_cast<float>(i));
  __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
  for (int64_t r = 0; r < rounds; ++r)
    for (int i = 0; i < 12; ++i)
      a[i] = _mm256_fmadd_ps(a[i], x, y);
  for (int i = 1; i < 12; ++i)
    a[0] = _mm256_add_ps(a[0], a[i]);
  return _mm256_cvtss_f32(a[0]);
}
#endif

float spin128() {
  typedef float v4 __attribute__((vector_size(16)));
  v4 a[8];
  for (int i = 0; i < 8; ++i)
    a[i] = v4{} + static_cast<float>(i);
  for (int64_t r = 0; r < rounds; ++r)
    for (int i = 0; i < 8; ++i)
      a[i] = a[i] * 0.999f + 0.001f;
  for (int i = 1; i < 8; ++i)
    a[0] += a[i];
  return a[0][0];
}

void spin(void *context, int64_t begin, int64_t end, int64_t worker) {
  auto *work = static_cast<Work *>(context);
  float sum = 0;
  for (int64_t i = begin; i < end; ++i) {
#if defined(__x86_64__)
    sum += work->width == 16 ? spin512() : work->width == 8 ? spin256() : spin128();
#else
    sum += spin128();
#endif
  }
  work->sink[worker] = static_cast<double>(sum);
}

} // namespace

double measurePeak(nncc_pool *pool) {
  static Work work;
  work.width = nncc_cpu_has("avx512f", 7) == 1                                          ? 16
               : nncc_cpu_has("avx2", 4) == 1 && nncc_cpu_has("fma", 3) == 1 ? 8
                                                                                        : 4;
  double perRound = 2.0 * work.width * (work.width == 4 ? 8 : 12);
  double best = 0;
  for (int i = 0; i < 8; ++i) {
    timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    nncc_pool_run_task(pool, spin, &work, nncc_pool_size(pool));
    clock_gettime(CLOCK_MONOTONIC, &b);
    double seconds = static_cast<double>(b.tv_sec - a.tv_sec) + 1e-9 * static_cast<double>(b.tv_nsec - a.tv_nsec);
    best = std::max(best, perRound * static_cast<double>(rounds) * static_cast<double>(nncc_pool_size(pool)) / seconds);
  }
  return best;
}

} // namespace nncc::runtime
