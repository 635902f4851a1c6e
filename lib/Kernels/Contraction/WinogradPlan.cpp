// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether and how a correlation is computed by Winograd's algorithm. Costs are estimated in cycles of one multiply-add of
// vectors a cycle; the constants were fitted to layers of 4 to 512 channels on maps of 4x4 to 64x64 (AMD Zen 4).
#include "nncc/Kernels/Contraction/Winograd.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <vector>

namespace nncc::kernels {

using planning::TargetFacts;
using planning::WinogradTiles;

namespace {

/// The source transform of a vector: loading and storing it in a position, and each operation of the transform.
constexpr double sourceAccess = 1, sourceOperation = 2.5;
/// The result transform of a vector, for each position: most of it runs beside other work.
constexpr double resultAccess = 2;
/// The kernel transform of a vector, for each position: mostly stores; several times that, where it is turned around.
constexpr double kernelAccess = 12, transposedKernelAccess = 18;
/// The direct sum has its kernel turned around, too.
constexpr double directKernelAccess = 30;
/// Reading a vector of transformed weights for a unit: from the second-level cache, mostly beside the products, and at
/// least, where that does not hold them.
constexpr double nearWeights = 0.5, distantWeights = 3;
/// Batches that a choice between tiles is made for. At a batch of one, Winograd's algorithm must not lose either.
constexpr double usualBatch = 8;
/// What must be gained, at least, over the direct sum: the estimates are no better, and rounding errors are not for free.
constexpr double leastGain = 1.1;
/// With fewer channels there is nothing to gain that would outweigh the transforms.
constexpr int64_t leastChannels = 8;
/// More and smaller units (for more threads than samples) may cost this much.
constexpr double costOfUnits = 1.03;
/// A sample of more work than this, in multiply-adds, is at least two units.
constexpr int64_t workOfOneUnit = 2'000'000;

int64_t vectorsOf(int64_t channels, const TargetFacts &target) { return llvm::divideCeil(channels, target.lanes()); }

/// Possible results of a tile along an axis: 1 (summed tap by tap), and those for which there are points.
llvm::SmallVector<int64_t> outputsOf(const Correlation &shape, int axis) {
  llvm::SmallVector<int64_t> result = {1};
  int64_t taps = shape.axes[axis].taps;
  for (int64_t positions : winogradPositions)
    if (int64_t outputs = positions - taps + 1; taps > 1 && outputs > 1 && outputs % shape.pool[axis] == 0)
      result.push_back(outputs);
  return result;
}

bool isAllowed(const WinogradPlan &plan, const WinogradTiles &tiles) {
  switch (tiles.choice) {
  case WinogradTiles::None:
    return false;
  case WinogradTiles::Accurate:
    // Two axes of six positions double the rounding errors of the direct sum, one keeps them.
    return llvm::count_if(std::array{0, 1, 2}, [&](int axis) { return plan.positions(axis) > 4; }) <= 1;
  case WinogradTiles::All:
    return true;
  case WinogradTiles::Fixed:
    break;
  }
  return plan.outputs == tiles.outputs;
}

/// Fills in what follows from the tiles' outputs but for the blocks. False where they are not possible.
bool completeTiles(WinogradPlan &plan, const Correlation &shape) {
  bool first = true;
  int transformed = 0;
  for (int axis = 0; axis < 3; ++axis) {
    plan.taps[axis] = shape.axes[axis].taps;
    plan.tiles[axis] = llvm::divideCeil(shape.resultExtent(axis) * shape.pool[axis], plan.outputs[axis]);
    transformed += plan.transformed(axis);
    // Tiles are the rows of a matrix: only one axis, the outermost of several tiles, may have more rows in the source than
    // in the result.
    if (plan.directTaps(axis) > 1 && !first)
      return false;
    plan.group[axis] = plan.transformed(axis) ? 1 : shape.pool[axis];
    first &= plan.tiles[axis] == 1 && plan.directTaps(axis) == 1;
  }
  // Three axes at once would not fit the registers.
  return transformed == 1 || transformed == 2;
}

/// Operations of the source transform for each position: a tile of 4 is transformed by 4, one of 6 by 12.
double sourceOperations(const WinogradPlan &plan) {
  double operations = 0;
  for (int axis = 0; axis < 3; ++axis)
    if (plan.transformed(axis))
      operations += plan.positions(axis) == 4 ? 1 : 2;
  return operations;
}

double costOf(const WinogradPlan &plan, const Correlation &shape, const TargetFacts &target) {
  double positions = plan.positions(), steps = plan.directTaps() * shape.sourceChannels;
  int64_t sources = vectorsOf(shape.sourceChannels, target), columns = vectorsOf(shape.resultChannels, target);
  double step = planning::stepCost(plan.product) + nearWeights * columns;
  if (4 * positions * steps * shape.resultChannels > target.l2Bytes)
    step = std::max(step, distantWeights * columns);
  double source = plan.sourceTiles() * sources * (sourceAccess + sourceOperation * sourceOperations(plan));
  double result = plan.unitTiles() * columns * resultAccess;
  return plan.units() * positions * (steps * step + source + result);
}

double kernelCost(const WinogradPlan &plan, const Correlation &shape, const TargetFacts &target) {
  double access = shape.transposed ? transposedKernelAccess : kernelAccess;
  return access * plan.positions() * plan.directTaps() * shape.sourceChannels *
         vectorsOf(shape.resultChannels, target);
}

double directCostOf(const Correlation &shape, const TargetFacts &target) {
  CorrelationPlan direct = planCorrelation(shape, target);
  double steps = static_cast<double>(shape.taps() * shape.depth()) / direct.interleave;
  double rows = shape.resultExtent(0) * shape.resultExtent(1);
  if (direct.windowInRegisters)
    return rows * steps * planning::stepCost(direct.tiles, shape.poolPositions());
  return rows * shape.poolPositions() * steps * planning::stepCost(direct.tiles);
}

/// Bytes of scratch that a unit runs through.
int64_t scratchBytes(const WinogradPlan &plan, const Correlation &shape) {
  int64_t columns =
      std::max(planning::paddedColumns(plan.product.columns.block), planning::paddedColumns(plan.product.columns.tail));
  return 4 * (plan.positions() * (plan.sourceTiles() * shape.sourceChannels + plan.unitTiles() * columns) +
              plan.reach(0) * plan.reach(1) * plan.reach(2) * shape.sourceChannels);
}

/// The one block of `tiles` in so many along an axis.
WinogradPlan inBlocks(WinogradPlan tiles, int axis, int64_t blocks) {
  int64_t all = tiles.groups(axis), most = llvm::divideCeil(all, blocks);
  tiles.tiles[axis] = most * tiles.group[axis];
  tiles.blocks[axis] = llvm::divideCeil(all, most);
  return tiles;
}

/// The blocks of given tiles, which are one block now: the cheapest, or more of them where they cost little more.
std::optional<WinogradPlan> chooseBlocks(const WinogradPlan &tiles, const Correlation &shape,
                                         const TargetFacts &target) {
  int axis = 0;
  while (axis < 2 && tiles.groups(axis) == 1)
    ++axis;
  int64_t rows = tiles.groups(axis);
  int64_t work = shape.taps() * shape.depth() * shape.resultChannels * tiles.unitTiles();
  for (int64_t outputs : tiles.outputs)
    work *= outputs;

  std::vector<WinogradPlan> plans;
  auto add = [&](WinogradPlan plan) {
    plan.product = planning::planContraction(
        {plan.unitTiles(), shape.columns(), shape.depth() * plan.directTaps()}, target);
    plan.cost = costOf(plan, shape, target);
    if (scratchBytes(plan, shape) > target.l2Bytes / 2)
      return false;
    plans.push_back(plan);
    return true;
  };
  for (int64_t most = 1; most < 2 * rows; most *= 2) {
    WinogradPlan plan = inBlocks(tiles, axis, llvm::divideCeil(rows, most));
    bool tooFew = plan.blocks[axis] == 1 && rows > 1 && work > workOfOneUnit;
    if (tooFew || !add(plan))
      break;
  }
  // Many channels: parts of a row.
  WinogradPlan single = inBlocks(tiles, axis, rows);
  for (int64_t parts = 2; plans.empty() && parts <= single.groups(2); parts *= 2)
    add(inBlocks(single, 2, parts));
  if (plans.empty())
    return std::nullopt;
  double least = llvm::min_element(plans, [](auto &a, auto &b) { return a.cost < b.cost; })->cost;
  return *llvm::find_if(plans, [&](const WinogradPlan &plan) { return plan.cost <= costOfUnits * least; });
}

} // namespace

std::optional<WinogradPlan> planWinograd(const Correlation &shape, const TargetFacts &target) {
  if (target.winograd.choice == WinogradTiles::None || shape.groups != 1 || shape.samples != 0)
    return std::nullopt;
  for (int axis = 0; axis < 3; ++axis) {
    const Axis &facts = shape.axes[axis];
    if (facts.phases.size() != 1 || facts.step != 1 || (facts.taps > 1 && std::abs(facts.tapStep) != 1) ||
        shape.resultExtent(axis) < 1)
      return std::nullopt;
  }
  bool forced = target.winograd.choice == WinogradTiles::Fixed;
  if (!forced && std::min(shape.sourceChannels, shape.resultChannels) < leastChannels)
    return std::nullopt;
  double directCost = directCostOf(shape, target);
  double directKernelCost = shape.transposed ? directKernelAccess * shape.taps() * shape.sourceChannels *
                                                   vectorsOf(shape.resultChannels, target)
                                             : 0;
  std::optional<WinogradPlan> best;
  for (int64_t depth : outputsOf(shape, 0))
    for (int64_t height : outputsOf(shape, 1))
      for (int64_t width : outputsOf(shape, 2)) {
        WinogradPlan tiles;
        tiles.outputs = {depth, height, width};
        if (!completeTiles(tiles, shape) || !isAllowed(tiles, target.winograd))
          continue;
        std::optional<WinogradPlan> plan = chooseBlocks(tiles, shape, target);
        if (!plan)
          continue;
        double kernel = kernelCost(*plan, shape, target);
        plan->directCost = directCost;
        if (!forced && leastGain * (plan->cost + kernel) > directCost + directKernelCost)
          continue;
        plan->cost += kernel / usualBatch;
        if (!best || plan->cost < best->cost)
          best = plan;
      }
  return best;
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const WinogradPlan &plan) {
  os << "Winograd, tiles of " << plan.outputs[0] << 'x' << plan.outputs[1] << 'x' << plan.outputs[2] << " by "
     << plan.positions() << " products, " << plan.product << ", " << plan.blocks[0] << 'x' << plan.blocks[1] << 'x'
     << plan.blocks[2] << " blocks of " << plan.tiles[0] << 'x' << plan.tiles[1] << 'x' << plan.tiles[2] << " tiles, "
     << llvm::format("%.1f", plan.directCost / plan.cost) << " times as fast as the direct sum";
  return os;
}

} // namespace nncc::kernels
