// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Correlation.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nncc::kernels {

using planning::TargetFacts;

namespace {
/// A unit of less work than this (a few tens of microseconds) is not worth its own start.
constexpr int64_t multiplyAddsPerUnit = 2'000'000;
/// More units of one sample than this serve no machine.
constexpr int64_t mostBlocks = 16;
/// Where there are few samples a smaller unit is worth its start: the threads would have nothing to do.
constexpr int64_t multiplyAddsPerSplit = 500'000;
constexpr int64_t mostSplit = 8;
} // namespace

bool Correlation::needsHalo() const {
  return llvm::any_of(axes, [](const Axis &axis) { return axis.needsHalo(); });
}

int64_t Correlation::multiplyAdds() const {
  int64_t count = taps() * depth() * resultChannels;
  for (int axis = 0; axis < 3; ++axis) {
    count *= resultExtent(axis) * pool[axis];
    count /= static_cast<int64_t>(axes[axis].phases.size());
  }
  return count;
}

CorrelationPlan planCorrelation(const Correlation &shape, const TargetFacts &target) {
  CorrelationPlan plan;
  const Axis &last = shape.axes[2];
  planning::ContractionShape tile;
  tile.rows = shape.poolPositions() > 1 ? shape.resultExtent(2) : last.positions(0);
  tile.columns = shape.columns();
  tile.depth = shape.taps() * shape.depth();
  tile.rowGroup = shape.poolPositions();
  plan.tiles = planning::planContraction(tile, target);
  if (plan.tiles.rows.rows == 0 && tile.rows > 0) {
    plan.windowInRegisters = false;
    tile.rowGroup = 1;
    plan.tiles = planning::planContraction(tile, target);
  }

  // Columns that fill no vector: several channels of each.
  int64_t width = llvm::PowerOf2Ceil(shape.columns());
  while (plan.interleave * 2 * width <= target.lanes() && shape.depth() % (plan.interleave * 2) == 0)
    plan.interleave *= 2;
  // Two halves of 512 bits gain nothing where the processor runs them in two passes, and lose the sum at the end.
  if (plan.interleave == 2 && width > 4)
    plan.interleave = 1;
  if (plan.interleave > 1)
    plan.tiles.columns = {{{width, shape.columns()}}, 1, {}};

  plan.rowsOutside = 4 * shape.taps() * shape.depth() * shape.columns() <= target.l1Bytes / 2;

  // Blocks: rows of the first axis that has several; without any, tiles of the last axis.
  plan.blockAxis = shape.resultExtent(0) > 1 ? 0 : shape.resultExtent(1) > 1 ? 1 : 2;
  int64_t rows = plan.blockAxis < 2 ? shape.resultExtent(plan.blockAxis)
                                    : plan.tiles.rows.totalTiles();
  if (plan.blockAxis == 2 && last.phases.size() > 1)
    rows = 1;
  int64_t work = shape.depth() * shape.taps() * shape.resultChannels;
  for (const Axis &axis : shape.axes)
    work = work * axis.result / static_cast<int64_t>(axis.phases.size());

  auto slabOf = [&](int64_t blocks) {
    plan.blocks = blocks;
    plan.mostPerBlock = llvm::divideCeil(rows, blocks);
    for (int axis = 0; axis < 3; ++axis) {
      int64_t results = shape.resultExtent(axis) * shape.pool[axis];
      if (axis == plan.blockAxis && axis < 2)
        results = plan.mostPerBlock * shape.pool[axis];
      else if (axis == plan.blockAxis && blocks > 1)
        results = std::min(results, plan.mostPerBlock * (plan.tiles.rows.rows + 1) * shape.pool[2]);
      plan.slab[axis] = shape.axes[axis].reach(results);
    }
    return 4 * plan.slab[0] * plan.slab[1] * plan.slab[2] * shape.sourceChannels;
  };
  int64_t most = std::max<int64_t>(1, std::min(rows, mostBlocks));
  int64_t blocks = std::clamp<int64_t>(work / multiplyAddsPerUnit, 1, most);
  // A slab that is copied stays in L2.
  if (shape.needsHalo())
    while (blocks < rows && slabOf(blocks) > target.l2Bytes / 2)
      ++blocks;
  slabOf(blocks);
  while (plan.split < mostSplit && 2 * plan.split * blocks <= rows &&
         work >= 2 * plan.split * blocks * multiplyAddsPerSplit)
    plan.split *= 2;
  plan.splitReach = plan.slab[plan.blockAxis];
  if (plan.split > 1 && plan.blockAxis < 2)
    plan.splitReach = shape.axes[plan.blockAxis].reach(llvm::divideCeil(rows, blocks * plan.split) *
                                                       shape.pool[plan.blockAxis]);
  return plan;
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const CorrelationPlan &plan) {
  os << plan.tiles << ", " << plan.blocks << " blocks of axis " << plan.blockAxis << ", slab " << plan.slab[0] << 'x'
     << plan.slab[1] << 'x' << plan.slab[2];
  if (plan.split > 1)
    os << ", split by " << plan.split << " below " << kFewSamples << " samples";
  if (plan.rowsOutside)
    os << ", row by row";
  if (plan.interleave > 1)
    os << ", " << plan.interleave << " channels interleaved";
  if (!plan.windowInRegisters)
    os << ", pool positions in a loop";
  return os;
}

} // namespace nncc::kernels
