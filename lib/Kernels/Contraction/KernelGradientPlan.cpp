// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/KernelGradient.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nncc::kernels {

namespace {
constexpr int64_t mostSlabs = 16;
/// Memory that the partial sums of all slabs may take.
constexpr int64_t partialBytes = 4 << 20;
/// Multiply-adds below which a further slab is not worth its zeroing and its part of the sum, at 32 samples a batch.
constexpr int64_t multiplyAddsPerSlab = 500'000;
/// The same for large kernels: multiply-adds for each of their elements.
constexpr int64_t multiplyAddsPerElement = 16;
/// Positions of a pooling window that are unrolled.
constexpr int64_t mostWindowPositions = 8;
/// Positions that a tile runs over before its accumulators go back to memory, at least: makes that traffic a few
/// percent.
constexpr int64_t positionsPerChunk = 192;
} // namespace

bool KernelGradient::needsHalo() const {
  return llvm::any_of(axes, [](const Axis &axis) { return axis.needsHalo(); });
}

bool readsPooledGradient(const KernelGradient &shape, const KernelGradientPlan &plan) {
  auto whole = [](const planning::Slices &slices) {
    return llvm::none_of(slices, [](planning::VectorSlice slice) { return slice.partial(); });
  };
  if (plan.patches)
    return true;
  return !plan.swapped && shape.poolPositions() <= mostWindowPositions && whole(plan.tiles.columns.block) &&
         whole(plan.tiles.columns.tail);
}

/// Whether lanes can pick from patches: tiles of known rows that are all taps or those of the last axis, whole vectors of
/// filters.
static bool canPick(const KernelGradient &shape, const KernelGradientPlan &plan, const TargetFacts &target) {
  constexpr int64_t lanes = 16; // those of AVX-512
  if (target.vectorBits != 512 || shape.groups > 1 || plan.swapped || plan.tiles.rows.tiles > 1 ||
      plan.tiles.rows.longTiles > 1 || shape.filters % lanes != 0)
    return false;
  bool allTaps = plan.runs == 1;
  if (!allTaps && plan.runTaps != shape.axes[2].taps)
    return false;
  auto [planes, rows] = shape.patchRows(allTaps);
  return shape.poolPositions() > 1 && shape.poolPositions() < lanes &&
         planes * rows * shape.patchPitch(allTaps) <= lanes;
}

KernelGradientPlan planKernelGradient(const KernelGradient &shape, const TargetFacts &target) {
  KernelGradientPlan plan;
  auto tryRun = [&](int64_t taps) {
    plan.runTaps = taps;
    plan.runs = shape.taps() / taps;
    plan.tiles = planning::planContraction({taps * shape.depth(), shape.columns()}, target);
    return plan.tiles.rows.totalTiles() == 1;
  };
  // All rows in one tile (few channels); else runs of rows that are neighbours in memory.
  const Axis &last = shape.axes[2];
  bool adjacent = shape.groups == 1 && last.tapStep == 1;
  if (shape.groups > 1 || !tryRun(shape.taps()))
    tryRun(adjacent ? last.taps : 1);

  // Few filters would leave most of a vector empty, where a run of taps and channels fills several.
  int64_t runTaps = adjacent ? last.taps : 1, run = runTaps * shape.depth();
  plan.swapped = shape.groups == 1 && 2 * shape.filters * static_cast<int64_t>(llvm::divideCeil(run, target.lanes())) < run;
  if (plan.swapped) {
    plan.runTaps = runTaps;
    plan.runs = shape.taps() / runTaps;
    plan.tiles = planning::planContraction({shape.filters, run}, target);
  }

  plan.blockAxis = shape.resultExtent(0) > 1 ? 0 : shape.resultExtent(1) > 1 ? 1 : 2;
  int64_t extent = shape.resultExtent(plan.blockAxis);
  int64_t perRow = 1, positions = 1;
  for (int axis = 0; axis < 3; ++axis) {
    positions *= shape.resultExtent(axis) * shape.pool[axis];
    if (axis > plan.blockAxis)
      perRow *= shape.resultExtent(axis) * shape.pool[axis];
  }
  int64_t rows = std::clamp<int64_t>(llvm::divideCeil(positionsPerChunk, perRow), 1, extent);
  plan.blocks = llvm::divideCeil(extent, rows);
  for (int axis = 0; axis < 3; ++axis)
    plan.slab[axis] = shape.axes[axis].reach(
        shape.pool[axis] * (axis == plan.blockAxis ? llvm::divideCeil(extent, plan.blocks) : shape.resultExtent(axis)));

  plan.patches = canPick(shape, plan, target);
  plan.slabs = std::clamp<int64_t>(partialBytes / (4 * shape.elements()), 1, mostSlabs);
  bool fewSlabs = plan.slabs < mostSlabs / 2;
  plan.slabs = std::clamp<int64_t>(32 * shape.elements() * positions / multiplyAddsPerSlab, 1, plan.slabs);
  plan.work = shape.elements() * positions;
  plan.slabWork = std::max(multiplyAddsPerSlab, multiplyAddsPerElement * shape.elements());
  plan.splitKernel = !plan.swapped && fewSlabs && plan.runs * plan.tiles.columns.totalBlocks() > 1;
  return plan;
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const KernelGradientPlan &plan) {
  os << plan.tiles << ", " << plan.runs << " runs of " << plan.runTaps << " taps, ";
  printSlabs(os, plan);
  if (plan.swapped)
    os << ", filters are the rows";
  if (plan.patches)
    os << ", windows in registers";
  if (plan.splitKernel)
    os << ", kernel split";
  return os;
}

} // namespace nncc::kernels
