// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What this machine can do at most, measured: what the benchmark holds its times against.
#ifndef NNCC_LIB_RUNTIME_TRAIN_PEAK_H
#define NNCC_LIB_RUNTIME_TRAIN_PEAK_H

#include "nncc/Runtime/Core/Pool.h"

namespace nncc::runtime {

/// FLOP/s of f32 multiply-adds on all threads of the pool: the best of eight measurements of a few milliseconds (Peak.cpp).
double measurePeak(nncc_pool *pool);

/// Bytes/s that all threads of the pool together read, or read and write, of memory outside the caches: the larger of both, the
/// best of four measurements each (Bandwidth.cpp). 0 where there is no memory to measure with.
double measureBandwidth(nncc_pool *pool);

} // namespace nncc::runtime
#endif // NNCC_LIB_RUNTIME_TRAIN_PEAK_H
