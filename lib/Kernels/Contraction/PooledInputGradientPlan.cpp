// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/PooledInputGradient.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nncc::kernels {

using planning::ColumnPlan;
using planning::Slices;

namespace {
/// Part of the pooled map's gradient that is taken as not zero: all of it without an activation, about half behind a
/// ReLU.
constexpr double assumedDensity = 0.75;
/// A filter's turn beside its multiply-adds: its number, its gradient, the address of its weights.
constexpr double filterOverhead = 2;
/// A position's turn, beside adding its sums to memory: loop and a branch that is often foreseen wrongly.
constexpr double positionOverhead = 16;
/// Weights that do not fit L1.
constexpr double l2Penalty = 1.35;
/// Accumulators that hide a multiply-add's latency.
constexpr int64_t latencyBound = 8;
/// Finding the gradients of eight filters at a position of a window.
constexpr double listCost = 6;
/// The dense kernel: part of the peak it reaches, and writing (and reading) a vector of the expanded map.
constexpr double denseEfficiency = 0.85;
constexpr double expandCost = 1.5;

/// A unit of less work than this is not worth its own start.
constexpr int64_t multiplyAddsPerUnit = 1'000'000;
constexpr int64_t mostBlocks = 16;
/// Lists of one round.
constexpr int64_t listBytes = 16 * 1024;

/// Whether a tap may fall outside of the input.
bool leavesInput(const PooledConvolution &shape, int axis) {
  const Axis &facts = shape.axes[axis];
  int64_t first = facts.phases.front().offset;
  int64_t last = (shape.pooledExtent(axis) * shape.pool[axis] - 1) * facts.step + first +
                 (facts.taps - 1) * facts.tapStep;
  return first < 0 || last >= facts.source;
}

/// Cost of one pooled position and filter group with the given blocks, for one tap of the other axes: `filters` turns
/// spread over the window's positions.
double blocksCost(const PooledConvolution &shape, const ColumnPlan &columns, int64_t taps, int64_t tapsPerBlock,
                  const TargetFacts &target) {
  double turns = assumedDensity * shape.columns();
  double cost = 0;
  int64_t variants = 0;
  auto addBlocks = [&](int64_t count, const Slices &slices, int64_t blockTaps) {
    if (count == 0 || slices.empty() || blockTaps == 0)
      return;
    int64_t vectors = slices.size() * blockTaps;
    double turn = std::max<int64_t>(vectors, latencyBound) + filterOverhead;
    if (4 * shape.columns() * blockTaps * planning::paddedColumns(slices) > target.l1Bytes * 7 / 8)
      turn *= l2Penalty;
    cost += count * (turns * turn + shape.poolPositions() * (positionOverhead + 2 * vectors));
    ++variants;
  };
  for (int64_t blockTaps : {tapsPerBlock, taps % tapsPerBlock}) {
    int64_t count = blockTaps == tapsPerBlock ? taps / tapsPerBlock : 1;
    addBlocks(count * columns.blocks, columns.block, blockTaps);
    addBlocks(count, columns.tail, blockTaps);
  }
  return cost * (1 + 0.02 * variants);
}
} // namespace

int64_t tapsOf(const PooledConvolution &shape, const PooledInputGradientPlan &plan) {
  return plan.mergedTaps ? 1 : shape.axes[2].taps;
}

int64_t channelsOf(const PooledConvolution &shape, const PooledInputGradientPlan &plan) {
  return plan.mergedTaps ? shape.axes[2].taps * shape.depth() : shape.depth();
}

PooledInputGradientPlan planPooledInputGradient(const PooledConvolution &shape, const TargetFacts &target) {
  PooledInputGradientPlan plan;
  if (shape.pooledPositions() == 0)
    return plan;

  // Units: rows of the input gradient, of the first axis that has several.
  const Axis &last = shape.axes[2];
  plan.blockAxis = shape.axes[0].source > 1 ? 0 : shape.axes[1].source > 1 ? 1 : 2;
  const Axis &cut = shape.axes[plan.blockAxis];
  int64_t windowStep = cut.step * shape.pool[plan.blockAxis];
  int64_t perSample = shape.pooledPositions() * shape.filters * shape.taps() * shape.depth();
  // A window that two units reach is listed by both.
  int64_t reach = (shape.pool[plan.blockAxis] - 1) * cut.step + (cut.taps - 1) * cut.tapStep + 1;
  int64_t mostUseful = std::clamp<int64_t>(cut.source / (2 * reach), 1, mostBlocks);
  plan.blocks = std::clamp<int64_t>(perSample / multiplyAddsPerUnit, 1, mostUseful);
  auto listColumns = [&] {
    if (plan.blockAxis != 2 || plan.blocks == 1)
      return shape.pooledExtent(2);
    int64_t owned = llvm::divideCeil(cut.source, plan.blocks);
    return std::min((owned + reach) / windowStep + 2, shape.pooledExtent(2));
  };
  int64_t bytesOfPosition = 2 * shape.columns() + 4 * shape.poolPositions();
  if (plan.blockAxis == 2)
    while (plan.blocks < cut.source / (2 * reach) && listColumns() * bytesOfPosition > target.l2Bytes / 4)
      plan.blocks *= 2;
  // What stays of a sample between two visits should be in L2.
  int64_t inputBytes = 4 * shape.axes[0].source * shape.axes[1].source * last.source * shape.channels;
  if (plan.blockAxis == 1)
    while (plan.blocks < cut.source / (2 * reach) && inputBytes / plan.blocks > target.l2Bytes)
      plan.blocks *= 2;
  plan.listColumns = listColumns();
  int64_t rows = shape.pooledExtent(0) * shape.pooledExtent(1);
  plan.listRows = std::clamp<int64_t>(listBytes / (plan.listColumns * bytesOfPosition), 1, std::min<int64_t>(rows, 4));

  // Accumulators.
  bool cutsColumns = leavesInput(shape, 2) || (plan.blockAxis == 2 && plan.blocks > 1);
  plan.mergedTaps = !cutsColumns && shape.groups == 1 && last.tapStep == 1;
  int64_t taps = tapsOf(shape, plan), channels = channelsOf(shape, plan);
  int64_t most = target.vectorRegisters >= 32 ? 24 : target.vectorRegisters - 4;
  double best = 0;
  for (int64_t vectors = 1; vectors <= std::min<int64_t>(llvm::divideCeil(channels, target.lanes()), most); ++vectors)
    for (int64_t blockTaps = 1; blockTaps <= taps && blockTaps * vectors <= most; ++blockTaps) {
      ColumnPlan columns = planning::cutColumns(channels, vectors, target);
      double cost = blocksCost(shape, columns, taps, blockTaps, target);
      if (best == 0 || cost < best) {
        best = cost;
        plan.columns = columns;
        plan.tapsPerBlock = blockTaps;
      }
    }

  // The choice.
  double positions = shape.pooledPositions(), outerTaps = shape.axes[0].taps * shape.axes[1].taps;
  double listing = shape.poolPositions() * (shape.columns() / 8 + shape.columns() % 8) * listCost;
  plan.sparseCost = positions * shape.groups * (outerTaps * best + listing);
  double mapPositions = static_cast<double>(shape.axes[0].result) * shape.axes[1].result * last.result;
  double depthVectors = static_cast<double>(shape.depth()) / target.lanes();
  // Few channels are interleaved by the dense kernel, but not well.
  if (shape.depth() < target.lanes())
    depthVectors = (depthVectors + 1) / 2;
  plan.denseCost = mapPositions * (shape.filters * shape.taps() * depthVectors / denseEfficiency +
                                   expandCost * shape.filters / target.lanes());
  plan.sparse = plan.sparseCost < plan.denseCost && shape.columns() <= 65536;
  return plan;
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const PooledInputGradientPlan &plan) {
  if (!plan.sparse)
    return os << "dense (cost " << plan.denseCost << ", sparse " << plan.sparseCost << ")";
  os << "sparse (cost " << plan.sparseCost << ", dense " << plan.denseCost << "), " << plan.columns;
  if (plan.mergedTaps)
    os << " of all taps";
  else
    os << " of " << plan.tapsPerBlock << " taps";
  return os << ", " << plan.blocks << " blocks of axis " << plan.blockAxis << ", lists of " << plan.listRows << 'x'
            << plan.listColumns;
}

} // namespace nncc::kernels
