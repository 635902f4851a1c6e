// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Places the buffers of an entry in the arena.
#include "nncc/Planning/MemoryPlan.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>
#include <numeric>

using namespace nncc::planning;

namespace {

/// A buffer of one part of the arena; `offset` is set when it is placed.
struct Block {
  size_t index;
  int64_t size, first, last;
  int64_t offset = 0;
};

/// Places the blocks from offset 0 and returns the size of the part.
int64_t placeBlocks(std::vector<Block> &blocks) {
  std::vector<Block *> bySize;
  for (Block &block : blocks)
    bySize.push_back(&block);
  std::stable_sort(bySize.begin(), bySize.end(), [](Block *a, Block *b) { return a->size > b->size; });

  int64_t total = 0;
  std::vector<Block *> placed; // in the order of their offsets
  for (Block *block : bySize) {
    int64_t bestOffset = -1, bestGap = 0, end = 0;
    for (Block *other : placed) {
      if (other->first > block->last || other->last < block->first)
        continue;
      int64_t gap = other->offset - end;
      if (gap >= block->size && (bestOffset < 0 || gap < bestGap)) {
        bestOffset = end;
        bestGap = gap;
      }
      end = std::max(end, other->offset + other->size);
    }
    block->offset = bestOffset < 0 ? end : bestOffset;
    total = std::max(total, block->offset + block->size);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), block,
                                   [](Block *a, Block *b) { return a->offset < b->offset; }),
                  block);
  }
  return total;
}

} // namespace

MemoryPlan nncc::planning::planMemory(llvm::ArrayRef<BufferLifetime> buffers, int64_t reserved) {
  MemoryPlan plan;
  plan.buffers = buffers;
  plan.offsets.resize(buffers.size());

  std::vector<Block> fixed, perSample;
  for (auto [index, buffer] : llvm::enumerate(buffers)) {
    assert((buffer.bytes.fixed == 0 || buffer.bytes.perSample == 0) && "a buffer is fixed or per sample");
    bool batched = buffer.bytes.perSample != 0;
    int64_t size = llvm::alignTo(batched ? buffer.bytes.perSample : buffer.bytes.fixed, kBufferAlignment);
    (batched ? perSample : fixed).push_back({index, size, buffer.first, buffer.last});
  }

  int64_t fixedStart = llvm::alignTo(reserved, kBufferAlignment);
  plan.total.fixed = fixedStart + placeBlocks(fixed);
  plan.total.perSample = placeBlocks(perSample);
  for (const Block &block : fixed)
    plan.offsets[block.index] = {fixedStart + block.offset, 0};
  for (const Block &block : perSample)
    plan.offsets[block.index] = {plan.total.fixed, block.offset};
  return plan;
}

void MemoryPlan::print(llvm::raw_ostream &out) const {
  auto text = [](Affine value) {
    std::string result = std::to_string(value.fixed);
    if (value.perSample)
      result += " + " + std::to_string(value.perSample) + " * batch";
    return result;
  };
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(offsets[a].perSample, offsets[a].fixed) < std::pair(offsets[b].perSample, offsets[b].fixed);
  });
  out << "arena: " << text(total) << " bytes\n";
  for (size_t index : order) {
    const BufferLifetime &buffer = buffers[index];
    out << "  " << buffer.name << ": at " << text(offsets[index]) << ", bytes " << text(buffer.bytes) << ", steps "
        << buffer.first << " to " << buffer.last << "\n";
  }
}
