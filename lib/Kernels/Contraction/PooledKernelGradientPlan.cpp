// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/PooledKernelGradient.h"

#include "nncc/Kernels/Contraction/KernelGradient.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nncc::kernels {

using planning::Slices;

namespace {
/// Part of the pooled map's gradient that is taken as not zero: all of it without an activation, about half behind a
/// ReLU.
constexpr double assumedDensity = 0.75;
/// A multiply-add that reads the cache, in those of the dense kernel: the loads limit it.
constexpr double loadPenalty = 1.4;
/// A part of a vector: read by a mask, and where there are none (below AVX), lane by lane.
constexpr double masked = 1.3, maskedWithoutMasks = 4;
/// A position's turn beside its multiply-adds: its place and its gradient.
constexpr double turnOverhead = 2.5;
/// A list's turn beside loading and storing its sums: a branch that is often foreseen wrongly.
constexpr double listOverhead = 20;
/// Putting a position into a list, and, without AVX-512's compression, one after the other.
constexpr double compressCost = 1.2, appendCost = 3.5;
constexpr int64_t mostChoices = 8;
/// The dense kernel: part of the peak it reaches, and writing (and reading) a vector of the expanded map.
constexpr double denseEfficiency = 0.88;
constexpr double expandCost = 2;

/// The same with patches in registers, for a pooled position: the lanes' choice and the multiply-add.
constexpr double pickCost = 3;
/// Loading a patch, the gradients and their places.
constexpr double patchCost = 5;

/// Positions of a chunk, at least: makes loading and storing the sums cheap.
constexpr int64_t leastPositions = 24;
constexpr int64_t mostSlabs = 16;
/// Memory that the partial sums of all slabs may take.
constexpr int64_t partialBytes = 4 << 20;
/// Multiply-adds that make a slab worth its zeroing and its part of the sum, and the same for each element of the
/// kernel.
constexpr int64_t multiplyAddsPerSlab = 400'000;
constexpr int64_t multiplyAddsPerElement = 64;

/// Vectors that have accumulators: the gradient in all lanes, and one vector of scratch without fused multiply-add from
/// memory, are the others.
int64_t mostAccumulators(const TargetFacts &target) { return target.vectorRegisters - 2; }
} // namespace

int64_t tapsOf(const PooledConvolution &shape, const PooledKernelGradientPlan &plan, int axis) {
  return axis == 2 && plan.mergedTaps ? 1 : shape.axes[axis].taps;
}

int64_t runOf(const PooledConvolution &shape, const PooledKernelGradientPlan &plan) {
  return plan.mergedTaps ? shape.axes[2].taps * shape.depth() : shape.depth();
}

/// Cuts taps and channels into tiles of accumulators: the fewest visits of a list.
static void cutTiles(PooledKernelGradientPlan &plan, const PooledConvolution &shape, const TargetFacts &target) {
  int64_t run = runOf(shape, plan), vectors = llvm::divideCeil(run, target.lanes()), room = mostAccumulators(target);
  int64_t parts = llvm::divideCeil(vectors, room);
  plan.columns = planning::cutColumns(run, llvm::divideCeil(vectors, parts), target);
  room /= llvm::divideCeil(vectors, parts);
  // Axes from the last one: all taps of an axis before several of the next.
  for (int axis = 2; axis >= 0; --axis) {
    int64_t taps = tapsOf(shape, plan, axis);
    plan.taps[axis] = planning::balanceRows(taps, std::max<int64_t>(room, 1));
    room = plan.taps[axis].totalTiles() == 1 ? room / taps : 1;
  }
}

/// Vectors of a tile; one that is read by a mask counts for more.
static double vectorsOf(const Slices &slices, const TargetFacts &target) {
  double vectors = 0;
  for (planning::VectorSlice slice : slices)
    vectors += !slice.partial() ? 1 : target.vectorBits == 128 ? maskedWithoutMasks : masked;
  return vectors;
}

static int64_t visitsOf(const PooledKernelGradientPlan &plan) {
  int64_t visits = plan.columns.totalBlocks();
  for (const planning::RowPlan &rows : plan.taps)
    visits *= rows.totalTiles();
  return visits;
}

PooledKernelGradientPlan planPooledKernelGradient(const PooledConvolution &shape, const TargetFacts &target) {
  PooledKernelGradientPlan plan;
  const Axis &last = shape.axes[2];
  plan.mergedTaps = shape.groups == 1 && last.tapStep == 1;
  cutTiles(plan, shape, target);

  // Chunks: as many positions as keep their part of the input in L1, or enough to pay for loading the sums.
  plan.blockAxis = shape.pooledExtent(0) > 1 ? 0 : shape.pooledExtent(1) > 1 ? 1 : 2;
  int64_t extent = shape.pooledExtent(plan.blockAxis), perRow = 1;
  for (int axis = plan.blockAxis + 1; axis < 3; ++axis)
    perRow *= shape.pooledExtent(axis);
  auto slabOf = [&](int64_t rows) {
    for (int axis = 0; axis < 3; ++axis)
      plan.slab[axis] =
          shape.axes[axis].reach((axis == plan.blockAxis ? rows : shape.pooledExtent(axis)) * shape.pool[axis]);
    return 4 * plan.slab[0] * plan.slab[1] * plan.slab[2] * shape.channels;
  };
  int64_t rows = 1;
  while (rows < extent && (slabOf(rows + 1) <= target.l1Bytes || rows * perRow < leastPositions))
    ++rows;
  plan.blocks = llvm::divideCeil(extent, rows);
  rows = llvm::divideCeil(extent, plan.blocks);
  plan.listLength = rows * perRow;
  slabOf(rows);

  // Slabs, and where they are few, units of some filters each.
  int64_t elements = shape.taps() * shape.depth() * shape.filters;
  plan.work = static_cast<int64_t>(assumedDensity * static_cast<double>(elements) * shape.pooledPositions());
  plan.slabWork = std::max(multiplyAddsPerSlab, multiplyAddsPerElement * elements);
  plan.slabs = std::clamp<int64_t>(partialBytes / (4 * elements), 1, mostSlabs);
  plan.slabs = std::min(plan.slabs, plan.slabsOf(32));
  if (plan.slabs < mostSlabs / 2)
    plan.filterParts = std::clamp<int64_t>(32 * plan.work / plan.slabs / multiplyAddsPerSlab, 1,
                                           std::min(shape.columns(), mostSlabs / plan.slabs));

  // A choice among the places of a window is made for every position.
  plan.compress = target.vectorBits == 512 && shape.poolPositions() <= mostChoices && shape.columns() >= 8;

  // The choice.
  double positions = shape.pooledPositions(), lists = plan.blocks, visits = visitsOf(plan);
  double vectors = plan.columns.blocks * vectorsOf(plan.columns.block, target) + vectorsOf(plan.columns.tail, target);
  for (int axis = 0; axis < 3; ++axis)
    vectors *= tapsOf(shape, plan, axis);
  double list = plan.compress ? compressCost : appendCost;
  double sparse = positions * (list + assumedDensity * (loadPenalty * vectors + turnOverhead * visits)) +
                  lists * (2 * vectors + listOverhead * visits);
  plan.sparseCost = static_cast<int64_t>(shape.filters * sparse);
  double mapPositions = static_cast<double>(shape.axes[0].result) * shape.axes[1].result * last.result;
  double filterVectors = static_cast<double>(shape.filters) / target.lanes();
  plan.denseCost = static_cast<int64_t>(mapPositions * filterVectors *
                                        (shape.taps() * shape.depth() / denseEfficiency + expandCost));
  KernelGradient dense;
  dense.axes = shape.axes;
  dense.groups = shape.groups;
  dense.channels = shape.channels;
  dense.filters = shape.filters;
  dense.pool = shape.pool;
  if (shape.pooledPositions() > 0) {
    KernelGradientPlan densePlan = planKernelGradient(dense, target);
    int64_t visits = densePlan.runs * densePlan.tiles.rows.totalTiles();
    if (densePlan.patches)
      plan.denseCost = static_cast<int64_t>(positions * filterVectors *
                                            (pickCost * shape.taps() * shape.depth() + patchCost * visits));
  }
  // Places are 32 bits, relative to a chunk.
  int64_t slabElements = slabOf(rows) / 4, sampleElements = shape.axes[0].source * shape.axes[1].source * last.source;
  bool fits = std::max(slabElements, sampleElements * shape.channels) < (int64_t(1) << 31);
  plan.sparse = shape.pooledPositions() > 0 && plan.sparseCost < plan.denseCost && fits;
  return plan;
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const PooledKernelGradientPlan &plan) {
  if (!plan.sparse)
    return os << "dense (cost " << plan.denseCost << ", sparse " << plan.sparseCost << ")";
  os << "sparse (cost " << plan.sparseCost << ", dense " << plan.denseCost << "), sums ";
  for (const planning::RowPlan &rows : plan.taps) {
    os << rows.tiles << 'x' << rows.rows;
    if (rows.longTiles > 0)
      os << '+' << rows.longTiles << 'x' << rows.rows + 1;
    os << ' ';
  }
  os << "taps of " << plan.columns << (plan.mergedTaps ? " (taps merged)" : "") << ", ";
  printSlabs(os, plan);
  if (plan.filterParts > 1)
    os << " of " << plan.filterParts << " parts";
  if (plan.compress)
    os << ", lists compressed";
  return os;
}

} // namespace nncc::kernels
