// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PLANNING_TARGETFACTS_H
#define NNCC_PLANNING_TARGETFACTS_H

#include "nncc/Planning/WinogradTiles.h"

#include <cstdint>

namespace nncc::planning {

/// What plans need to know of the machine that the code will run on. Filled from the target's features by Codegen (by way of
/// Pipeline); nothing here names a CPU.
struct TargetFacts {
  int64_t vectorBits = 256;     ///< 128, 256 or 512
  int64_t vectorRegisters = 16; ///< 32 with AVX-512
  bool fma = true;              ///< fused multiply-add; without it a * b + c is two operations, never a libm call
  int64_t l1Bytes = 32 * 1024;
  int64_t l2Bytes = 1024 * 1024;
  WinogradTiles winograd = WinogradTiles::Accurate; ///< no fact of the machine, but asked for together with it
  bool bfloat16 = false; ///< asked for, and possible: contractions may use tiles of bf16 with f32 sums (AMX)

  int64_t lanes() const { return vectorBits / 32; } ///< f32 per vector
};

/// fixed + perSample * batch: counts of units, bytes, FLOPs. The batch is a run-time number.
struct Affine {
  int64_t fixed = 0;
  int64_t perSample = 0;
};

} // namespace nncc::planning

#endif // NNCC_PLANNING_TARGETFACTS_H
