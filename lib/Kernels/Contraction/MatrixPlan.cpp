// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Matrix.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nncc::kernels {

namespace {
/// So many units keep any machine's threads busy.
constexpr int64_t enoughUnits = 8;
/// At least so many slabs, that threads have work at batch 1 too.
constexpr int64_t fewestSlabs = 4;
constexpr int64_t mostSlabs = 16;
constexpr int64_t mostColumnsOfAUnit = 256;
/// From so many rows on, transposing the kernel costs less than adding up the lanes of every product.
constexpr int64_t fewestRowsOfTiles = 4;

planning::ContractionPlan tilesOf(int64_t columns, const TargetFacts &target) {
  return planning::planContraction({planning::dynamicRows, columns}, target);
}

/// Columns of the widest block.
int64_t blockColumns(const planning::ColumnPlan &plan) {
  return std::max(planning::paddedColumns(plan.block), planning::paddedColumns(plan.tail));
}
} // namespace

MatrixPlan planMatrix(const Matrix &shape, const TargetFacts &target) {
  MatrixPlan plan;
  plan.tiles = tilesOf(shape.outputs, target);
  int64_t bytes = 4 * shape.elements(), blocks = plan.tiles.columns.totalBlocks();
  int64_t columns = blockColumns(plan.tiles.columns);
  if (bytes <= target.l2Bytes / 4)
    return plan;
  if (blocks >= enoughUnits && 4 * shape.inputs * columns <= target.l2Bytes / 2) {
    plan.strategy = MatrixStrategy::Columns;
    return plan;
  }
  plan.strategy = MatrixStrategy::Slabs;
  if (shape.outputs <= mostColumnsOfAUnit) {
    plan.allColumns = true;
    blocks = 1;
  }
  plan.slabs = std::clamp<int64_t>(llvm::divideCeil(4 * bytes, target.l2Bytes) / blocks, fewestSlabs, mostSlabs);
  plan.depthBlock = std::max<int64_t>(32, target.l1Bytes / 2 / (4 * columns));
  return plan;
}

MatrixPlan planMatrixInputGradient(const Matrix &shape, const TargetFacts &target) {
  MatrixPlan plan;
  plan.tiles = tilesOf(shape.inputs, target);
  if (4 * shape.elements() <= target.l2Bytes / 4)
    return plan;
  plan.strategy = MatrixStrategy::Columns;
  plan.fewestRowsOfTiles = fewestRowsOfTiles;
  plan.depthBlock = std::max<int64_t>(64, target.l2Bytes / 4 / (4 * blockColumns(plan.tiles.columns)));
  return plan;
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const MatrixPlan &plan) {
  switch (plan.strategy) {
  case MatrixStrategy::Rows:
    os << "by rows";
    break;
  case MatrixStrategy::Columns:
    os << "by columns";
    break;
  case MatrixStrategy::Slabs:
    os << "by " << plan.slabs << " slabs";
    break;
  }
  os << ", tile of " << plan.tiles;
  if (plan.depthBlock)
    os << ", depth blocks of " << plan.depthBlock;
  if (plan.fewestRowsOfTiles)
    os << "; dot products of fewer than " << plan.fewestRowsOfTiles << " rows";
  return os;
}

} // namespace nncc::kernels
