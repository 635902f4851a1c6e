// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Grouped.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nncc::kernels {

using planning::VectorSlice;

namespace {
/// Channels of a group that are unrolled, at most.
constexpr int64_t mostSourceChannels = 8;
/// Positions in registers, at most: enough to hide the latency of a sum and to use each source vector in all its taps.
constexpr int64_t mostPositions = 8;
/// Multiply-adds that are unrolled in a tile, and in all tiles together.
constexpr int64_t mostUnrolled = 256, mostUnrolledInAll = 4096;
/// A unit of less work than this (about 5 us) is not worth its own start.
constexpr int64_t multiplyAddsPerUnit = 150'000;
constexpr int64_t mostBlocks = 16;
constexpr int64_t mostSlabs = 16;
constexpr int64_t mostTapsAtATime = 8;
constexpr int64_t rowsPerBlock = 4;
constexpr int64_t multiplyAddsPerSlab = 250'000;
} // namespace

std::optional<GroupLanes> planGroupLanes(int64_t groups, int64_t source, int64_t result, const TargetFacts &target) {
  int64_t width = target.lanes(), together = width / result;
  if (groups < 2 || together < 2 || source > mostSourceChannels || together * source > 4 * width)
    return std::nullopt;
  GroupLanes lanes;
  lanes.source = source;
  lanes.result = result;
  lanes.groups = together;
  lanes.full = {width, together * result};
  lanes.vectors = groups / together;
  if (int64_t rest = groups % together * result)
    lanes.tail = {static_cast<int64_t>(llvm::PowerOf2Ceil(rest)), rest};
  return lanes;
}

PositionTiles planPositionTiles(const Axis &axis, int64_t phase, int64_t most) {
  PositionTiles plan;
  plan.positions = axis.positions(phase);
  if (plan.positions == 0)
    return plan;
  plan.tiles = llvm::divideCeil(plan.positions, most);
  plan.length = llvm::divideCeil(plan.positions, plan.tiles);
  plan.tiles = llvm::divideCeil(plan.positions, plan.length);
  // Positions whose taps are all inside.
  const Axis::Phase &facts = axis.phases[phase];
  int64_t reach = facts.taps ? (facts.taps - 1) * axis.tapStep : 0;
  int64_t lowest = facts.offset + std::min<int64_t>(reach, 0), highest = facts.offset + std::max<int64_t>(reach, 0);
  int64_t first = 0, last = plan.positions;
  if (facts.taps) {
    first = std::min<int64_t>(lowest < 0 ? llvm::divideCeil(-lowest, axis.step) : 0, plan.positions);
    last = axis.source <= highest ? 0 : (axis.source - 1 - highest) / axis.step + 1;
    last = std::clamp(last, first, plan.positions);
  }
  plan.inside = std::min<int64_t>(llvm::divideCeil(first, plan.length), plan.tiles);
  plan.outside = std::clamp(last / plan.length, plan.inside, plan.tiles);
  return plan;
}

/// Tiles that are built one by one, and the one of the loop.
static int64_t builtTiles(const PositionTiles &tiles) {
  return tiles.inside + (tiles.tiles - tiles.outside) + (tiles.outside > tiles.inside);
}

std::optional<GroupedPlan> planGroupedCorrelation(const Correlation &shape, const TargetFacts &target) {
  if (shape.poolPositions() != 1)
    return std::nullopt;
  std::optional<GroupLanes> lanes = planGroupLanes(shape.groups, shape.depth(), shape.columns(), target);
  if (!lanes)
    return std::nullopt;
  GroupedPlan plan;
  plan.lanes = *lanes;
  const Axis &last = shape.axes[2];
  int64_t taps = 1, built = 0;
  for (const Axis::Phase &phase : last.phases)
    taps = std::max(taps, phase.taps);
  // Accumulators, the weights of all taps, and a source vector as it is and permuted.
  int64_t most = std::clamp<int64_t>(target.vectorRegisters - 2 - taps, 4, mostPositions);
  most = std::clamp<int64_t>(mostUnrolled / (taps * lanes->source), 1, most);
  for (size_t phase = 0; phase < last.phases.size(); ++phase) {
    plan.tiles.push_back(planPositionTiles(last, phase, most));
    built += builtTiles(plan.tiles.back()) * plan.tiles.back().length * last.phases[phase].taps * lanes->source;
  }
  if (built > mostUnrolledInAll || taps * lanes->source > mostUnrolled)
    return std::nullopt;
  plan.blockAxis = shape.axes[0].result > 1 ? 0 : 1;
  int64_t work = shape.taps() * shape.depth() * shape.resultChannels;
  for (const Axis &axis : shape.axes)
    work = work * axis.result / static_cast<int64_t>(axis.phases.size());
  plan.blocks = std::clamp<int64_t>(work / multiplyAddsPerUnit, 1,
                                    std::min(shape.axes[plan.blockAxis].result, mostBlocks));
  return plan;
}

std::optional<GroupedGradientPlan> planGroupedGradient(const KernelGradient &shape, const TargetFacts &target) {
  std::optional<GroupLanes> lanes = planGroupLanes(shape.groups, shape.depth(), shape.columns(), target);
  if (!lanes)
    return std::nullopt;
  GroupedGradientPlan plan;
  plan.lanes = *lanes;
  const Axis &last = shape.axes[2];
  plan.taps = std::min(last.taps, mostTapsAtATime);
  plan.tiles =
      planPositionTiles(last, 0, std::clamp<int64_t>(target.vectorRegisters - 2 - plan.taps, 4, mostPositions));
  if (builtTiles(plan.tiles) * plan.tiles.length * last.taps * lanes->source > mostUnrolledInAll)
    return std::nullopt;

  plan.blockAxis = shape.axes[0].result > 1 ? 0 : 1;
  plan.blocks = llvm::divideCeil(shape.axes[plan.blockAxis].result, rowsPerBlock);
  plan.work = shape.elements();
  for (const Axis &axis : shape.axes)
    plan.work *= axis.result;
  plan.slabWork = std::max<int64_t>(multiplyAddsPerSlab, 4 * shape.elements());
  // At 32 samples a batch; more of them fill the slabs that there are.
  plan.slabs = std::clamp<int64_t>(32 * plan.work / plan.slabWork, 1, mostSlabs);
  return plan;
}

static void print(llvm::raw_ostream &os, const GroupLanes &lanes) {
  auto slice = [&](VectorSlice one) {
    os << '[' << one.width;
    if (one.partial())
      os << '/' << one.valid;
    os << ']';
  };
  os << "groups of " << lanes.source << " to " << lanes.result << " in ";
  if (lanes.vectors) {
    os << lanes.vectors << 'x';
    slice(lanes.full);
  }
  if (lanes.tail.valid) {
    os << (lanes.vectors ? "+" : "");
    slice(lanes.tail);
  }
}

static void print(llvm::raw_ostream &os, const PositionTiles &tiles) {
  os << tiles.tiles << 'x' << tiles.length << " positions";
  if (tiles.inside || tiles.outside < tiles.tiles)
    os << " (" << tiles.inside << " and " << tiles.tiles - tiles.outside << " at the edges)";
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const GroupedPlan &plan) {
  print(os, plan.lanes);
  for (const PositionTiles &tiles : plan.tiles) {
    os << ", ";
    print(os, tiles);
  }
  return os << ", " << plan.blocks << " blocks of axis " << plan.blockAxis;
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const GroupedGradientPlan &plan) {
  print(os, plan.lanes);
  os << ", ";
  print(os, plan.tiles);
  return os << ", " << plan.taps << " taps at a time, " << plan.blocks << " blocks of axis "
            << plan.blockAxis << ", " << plan.slabs << " slabs of " << plan.slabWork << " multiply-adds";
}

} // namespace nncc::kernels
