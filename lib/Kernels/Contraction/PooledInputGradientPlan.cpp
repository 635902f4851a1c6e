// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/PooledInputGradient.h"

#include "nncc/Kernels/Contraction/Winograd.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>

namespace nncc::kernels {

using planning::ColumnPlan;
using planning::Slices;

namespace {
// Costs are in multiply-adds of full vectors in the dense kernel, fitted to layers of 4 to 64 channels and 8 to 64 filters
// (AMD Zen 4, 512 bits; `overhead` makes them those of narrower vectors).

/// Part of the pooled map's gradient that is taken as not zero: all of it without an activation, about a half behind a
/// ReLU.
constexpr double assumedDensity = 0.65;
/// A filter's turn beside its multiply-adds: its number, its gradient, the address of its weights.
constexpr double turnCost = 1;
/// Weights of a block that do not fit L1: what each doubling costs, from so many times L1 on.
constexpr double l2Penalty = 0.3, l2PenaltyFrom = 1.25;
/// Accumulators that a turn takes as long for, with fewer. (Latencies are hidden by the next list, whose accumulators are
/// others.)
constexpr int64_t fewVectors = 2;
/// A list's turn: loops, and for each vector, adding it to memory.
constexpr double positionCost = 6.5, positionVectorCost = 1.5;
/// A store under a mask is not forwarded to the load of the next list, which adds to some of the same elements.
constexpr double maskCost = 16;
/// Finding the gradients of eight filters, or of one where fewer are left, at a position of a window.
constexpr double chunkCost = 1.7, singleCost = 1;
/// Writing and reading a vector of the expanded map.
constexpr double expandCost = 4;
/// Channels that the dense kernel loses where they do not fill a vector.
constexpr double denseLoss = 2;

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

/// The channels in vectors, `vectors` a block. What is left of a vector becomes two narrower ones rather than one under a
/// mask, where it can.
ColumnPlan cutChannels(int64_t channels, int64_t vectors, const TargetFacts &target) {
  int64_t lanes = target.lanes(), whole = channels / lanes, rest = channels % lanes;
  ColumnPlan plan;
  plan.blocks = whole / vectors;
  plan.block.assign(plan.blocks ? vectors : 0, {lanes, lanes});
  plan.tail.assign(whole % vectors, {lanes, lanes});
  if (llvm::popcount(static_cast<uint64_t>(rest)) > 2)
    plan.tail.push_back({static_cast<int64_t>(llvm::PowerOf2Ceil(rest)), rest});
  else
    for (int64_t width = lanes / 2; width > 0; width /= 2)
      if (rest & width)
        plan.tail.push_back({width, width});
  return plan;
}

/// What narrower vectors make of costs that are no multiply-adds.
double overhead(const TargetFacts &target) { return (target.fma ? 1.0 : 0.5) * 512 / target.vectorBits; }

/// Cost of one pooled position and group of filters with the given blocks, for one tap of the other axes: a turn for each
/// filter with a gradient, and one for each list.
double blocksCost(const PooledConvolution &shape, const ColumnPlan &columns, int64_t taps, int64_t tapsPerBlock,
                  const TargetFacts &target) {
  double turns = assumedDensity * shape.columns();
  double cost = 0;
  int64_t variants = 0;
  auto addBlocks = [&](int64_t count, const Slices &slices, int64_t blockTaps) {
    if (count == 0 || slices.empty() || blockTaps == 0)
      return;
    int64_t vectors = slices.size() * blockTaps;
    double turn = std::max<int64_t>(vectors, fewVectors) + turnCost * overhead(target);
    double bytes = 4.0 * shape.columns() * blockTaps * planning::paddedColumns(slices);
    turn *= 1 + l2Penalty * std::max(0.0, std::log2(bytes / (l2PenaltyFrom * target.l1Bytes)));
    double list = positionCost + (slices.back().partial() ? maskCost : 0);
    cost += count * (turns * turn + shape.poolPositions() * (list * overhead(target) + positionVectorCost * vectors));
    ++variants;
  };
  for (int64_t blockTaps : {tapsPerBlock, taps % tapsPerBlock}) {
    int64_t count = blockTaps == tapsPerBlock ? taps / tapsPerBlock : 1;
    addBlocks(count * columns.blocks, columns.block, blockTaps);
    addBlocks(count, columns.tail, blockTaps);
  }
  return cost * (1 + 0.02 * variants);
}

/// The dense way: the pooled gradient expanded, then the convolution's input gradient.
double denseCost(const PooledConvolution &shape, const TargetFacts &target) {
  Correlation correlation;
  for (int axis = 0; axis < 3; ++axis) {
    const Axis &forward = shape.axes[axis];
    correlation.axes[axis] = gradientAxis(forward.source, forward.result, forward.taps, forward.step, forward.tapStep,
                                          -forward.phases.front().offset);
  }
  correlation.groups = shape.groups;
  correlation.sourceChannels = shape.filters;
  correlation.resultChannels = shape.channels;
  correlation.transposed = true;
  double map = static_cast<double>(shape.axes[0].result) * shape.axes[1].result * shape.axes[2].result * shape.filters;
  double vectors = static_cast<double>(shape.depth()) / target.lanes();
  if (shape.depth() % target.lanes())
    vectors = std::min<double>(llvm::divideCeil(shape.depth(), target.lanes()), vectors + denseLoss / target.lanes());
  double product = map * shape.taps() * vectors;
  if (std::optional<WinogradPlan> winograd = planWinograd(correlation, target))
    product *= winograd->cost / winograd->directCost;
  return product + expandCost * map / target.lanes();
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
  // Windows that two units reach are listed by both: a few rows of windows a unit, so that this costs little. Two units
  // of one sample are worth it in any case.
  int64_t windows = cut.source / windowStep;
  int64_t mostUseful = std::clamp<int64_t>(windows / 4, std::clamp<int64_t>(windows / 2, 1, 2), mostBlocks);
  plan.blocks = std::clamp<int64_t>(perSample / multiplyAddsPerUnit, 1, mostUseful);
  auto listColumns = [&] {
    if (plan.blockAxis != 2 || plan.blocks == 1)
      return shape.pooledExtent(2);
    int64_t owned = llvm::divideCeil(cut.source, plan.blocks);
    int64_t reach = (shape.pool[2] - 1) * cut.step + (cut.taps - 1) * cut.tapStep + 1;
    return std::min((owned + reach) / windowStep + 2, shape.pooledExtent(2));
  };
  int64_t bytesOfPosition = 2 * shape.columns() + 4 * shape.poolPositions();
  if (plan.blockAxis == 2)
    while (plan.blocks < windows / 4 && listColumns() * bytesOfPosition > target.l2Bytes / 4)
      plan.blocks *= 2;
  // What stays of a sample between two visits should be in L2.
  int64_t inputBytes = 4 * shape.axes[0].source * shape.axes[1].source * last.source * shape.channels;
  if (plan.blockAxis == 1)
    while (plan.blocks < windows / 4 && inputBytes / plan.blocks > target.l2Bytes)
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
  for (int64_t vectors = 1; vectors <= std::min<int64_t>(channels / target.lanes() + 1, most); ++vectors) {
    ColumnPlan columns = cutChannels(channels, vectors, target);
    int64_t widest = std::max(columns.block.size(), columns.tail.size());
    for (int64_t blockTaps = 1; blockTaps <= taps && blockTaps * widest <= most; ++blockTaps) {
      double cost = blocksCost(shape, columns, taps, blockTaps, target);
      if (best == 0 || cost < best) {
        best = cost;
        plan.columns = columns;
        plan.tapsPerBlock = blockTaps;
      }
    }
  }

  // The choice.
  double outerTaps = shape.axes[0].taps * shape.axes[1].taps;
  double listing = overhead(target) * shape.poolPositions() *
                   (shape.columns() / 8 * chunkCost + shape.columns() % 8 * singleCost);
  plan.sparseCost = shape.pooledPositions() * shape.groups * (outerTaps * best + listing);
  plan.denseCost = denseCost(shape, target);
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
