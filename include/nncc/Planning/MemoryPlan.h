// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PLANNING_MEMORYPLAN_H
#define NNCC_PLANNING_MEMORYPLAN_H

#include "nncc/Planning/TargetFacts.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace nncc::planning {

/// Alignment of every buffer, in bytes: a cache line, and the widest vector.
inline constexpr int64_t kBufferAlignment = 64;

/// A buffer to place: its size, which is either fixed or grows with the batch, and the steps between which (both
/// included) nobody else may use its memory.
struct BufferLifetime {
  std::string name;
  Affine bytes;
  int64_t first = 0;
  int64_t last = 0;
  std::string layer{}; ///< whose it is, for people; "" for none
};

/// Where the buffers of an entry lie in the arena.
struct MemoryPlan {
  std::vector<BufferLifetime> buffers;
  std::vector<Affine> offsets; ///< in bytes, one a buffer
  Affine total;                ///< bytes of the arena

  /// One line a buffer, in the order of their offsets.
  void print(llvm::raw_ostream &out) const;
};

/// Places the buffers behind `reserved` bytes at the start of the arena. The arena is
///
///     [reserved | fixed buffers | per-sample buffers]
///
/// and each of the two parts is planned by itself: in the second one sizes are bytes a sample, rounded up to the alignment,
/// so that a plan for one sample holds for every batch (offset = fixed part + per-sample offset * batch).
/// Buffers are placed in descending order of size, each into the smallest gap that fits between those that live at the same
/// time. Source: Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference (arXiv 2001.03288), section 5.2.
MemoryPlan planMemory(llvm::ArrayRef<BufferLifetime> buffers, int64_t reserved = 0);

} // namespace nncc::planning

#endif // NNCC_PLANNING_MEMORYPLAN_H
