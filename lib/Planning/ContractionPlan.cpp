// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Planning/ContractionPlan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nncc::planning {

namespace {
/// More rows buy nothing: the loads are hidden already, and compile time grows with the tile.
constexpr int64_t mostRows = 16;
/// Rows of a run-time count end in a loop over single rows, so their tile is kept smaller.
constexpr int64_t mostDynamicRows = 8;
/// A sum of few steps is over before many accumulators pay for being set up and stored; with fewer of them the
/// processor overlaps one tile's end with the next one's start. (Measured on 3x3 kernels of one channel: 38 % of the
/// peak with 28 accumulators, 93 % with 12; 1x1 kernels of 64 channels: 82 % and 96 %.)
constexpr int64_t fewSteps = 64;
constexpr int64_t accumulatorsOfFewSteps = 12;
/// Multiply-adds in flight that hide their latency (4 cycles on 2 ports): a smaller tile takes as long as one of 8. Where the
/// rows are positions of a window more are needed. (Measured on pooled 3x3 kernels of 32 to 128 channels with AVX2: tiles of
/// 4 x 2 reach 48 % of the peak, of 12 x 1 80 %; without a pool 4 x 2 reach 81 %.)
constexpr int64_t latencyBound = 8, latencyBoundOfWindows = 12;
/// Loop counter, addresses and branch of one step of k, in multiply-adds.
constexpr double stepOverhead = 1.5;
/// What another copy of the tile's code may gain, at least: each takes its time to compile.
constexpr double variantCost = 0.01;

/// Cost of one step of k of a tile, in multiply-adds.
double tileCost(int64_t rows, int64_t vectors, int64_t rowGroup) {
  if (rows == 0 || vectors == 0)
    return 0;
  int64_t latency = rowGroup > 1 ? latencyBoundOfWindows : latencyBound;
  return std::max({rows * rowGroup * vectors, rows * rowGroup + vectors, latency}) + stepOverhead;
}

/// The cost that is compared: more variants of a tile take longer to compile.
double planCost(const ContractionPlan &plan, int64_t rowGroup) {
  int64_t variants = (1 + (plan.rows.longTiles > 0)) * ((plan.columns.blocks > 0) + !plan.columns.tail.empty());
  return stepCost(plan, rowGroup) * (1 + variantCost * variants);
}
} // namespace

double stepCost(const ContractionPlan &plan, int64_t rowGroup) {
  double cost = 0;
  auto addBlocks = [&](int64_t count, int64_t vectors) {
    cost += count * (plan.rows.tiles * tileCost(plan.rows.rows, vectors, rowGroup) +
                     plan.rows.longTiles * tileCost(plan.rows.rows + 1, vectors, rowGroup));
  };
  addBlocks(plan.columns.blocks, plan.columns.block.size());
  addBlocks(1, plan.columns.tail.size());
  return cost;
}

int64_t validColumns(llvm::ArrayRef<VectorSlice> slices) {
  int64_t sum = 0;
  for (VectorSlice slice : slices)
    sum += slice.valid;
  return sum;
}

int64_t paddedColumns(llvm::ArrayRef<VectorSlice> slices) {
  int64_t sum = 0;
  for (VectorSlice slice : slices)
    sum += slice.width;
  return sum;
}

int64_t registerRows(int64_t vectors, int64_t depth, const TargetFacts &target) {
  int64_t rows = std::min((target.vectorRegisters - 1 - vectors) / vectors, mostRows);
  return depth <= fewSteps ? std::min(rows, accumulatorsOfFewSteps / vectors) : rows;
}

RowPlan balanceRows(int64_t rows, int64_t most) {
  if (rows == 0)
    return {};
  int64_t tiles = llvm::divideCeil(rows, std::max<int64_t>(most, 1));
  return {rows / tiles, tiles - rows % tiles, rows % tiles};
}

ColumnPlan cutColumns(int64_t columns, int64_t vectors, const TargetFacts &target) {
  // Vectors are counted, not listed: a step may have millions of columns.
  int64_t full = columns / target.lanes(), rest = columns % target.lanes(), total = full + (rest != 0);
  VectorSlice last = rest ? VectorSlice{static_cast<int64_t>(llvm::PowerOf2Ceil(rest)), rest}
                          : VectorSlice{target.lanes(), target.lanes()};
  auto list = [&](int64_t count, bool endsWithLast) {
    Slices slices(count, VectorSlice{target.lanes(), target.lanes()});
    if (endsWithLast && count)
      slices.back() = last;
    return slices;
  };
  ColumnPlan plan;
  plan.blocks = total / vectors;
  if (total % vectors != 0)
    plan.tail = list(total % vectors, true);
  else if (rest && total > vectors) {
    // The last block is as long as the others, but ends narrower.
    --plan.blocks;
    plan.tail = list(vectors, true);
  }
  plan.block = list(plan.blocks ? vectors : 0, plan.blocks * vectors == total);
  return plan;
}

ContractionPlan planContraction(const ContractionShape &shape, const TargetFacts &target) {
  int64_t totalVectors = llvm::divideCeil(shape.columns, target.lanes());
  int64_t mostVectors = std::min<int64_t>(totalVectors, target.vectorRegisters >= 32 ? 4 : 3);
  ContractionPlan best;
  double bestCost = 0;
  for (int64_t vectors = 1; vectors <= mostVectors; ++vectors) {
    ContractionPlan plan;
    plan.columns = cutColumns(shape.columns, vectors, target);
    int64_t most = registerRows(vectors, shape.depth, target) / shape.rowGroup;
    if (most == 0)
      continue;
    double cost;
    if (shape.rows == dynamicRows) {
      // Powers of two: so are most batch sizes.
      plan.rows.rows = int64_t(1) << llvm::Log2_64(std::min(most, mostDynamicRows));
      plan.rows.tiles = 1;
      cost = planCost(plan, shape.rowGroup) / plan.rows.rows;
    } else {
      plan.rows = balanceRows(shape.rows, most);
      cost = planCost(plan, shape.rowGroup);
    }
    if (best.rows.rows == 0 || cost <= bestCost) {
      best = plan;
      bestCost = cost;
    }
  }
  if (best.rows.rows == 0)
    best.columns = cutColumns(shape.columns, 1, target);
  return best;
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const ColumnPlan &plan) {
  auto slices = [&](const Slices &list) {
    os << '[';
    llvm::interleave(
        list, os,
        [&](VectorSlice slice) {
          os << slice.width;
          if (slice.partial())
            os << '/' << slice.valid;
        },
        " ");
    os << ']';
  };
  if (plan.blocks) {
    os << plan.blocks << 'x';
    slices(plan.block);
  }
  if (!plan.tail.empty()) {
    os << (plan.blocks ? "+" : "");
    slices(plan.tail);
  }
  return os;
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const ContractionPlan &plan) {
  os << "rows " << plan.rows.tiles << 'x' << plan.rows.rows;
  if (plan.rows.longTiles)
    os << '+' << plan.rows.longTiles << 'x' << plan.rows.rows + 1;
  return os << ", columns " << plan.columns;
}

std::string toString(const ContractionPlan &plan) {
  std::string text;
  llvm::raw_string_ostream(text) << plan;
  return text;
}

} // namespace nncc::planning
