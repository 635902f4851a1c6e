// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PLANNING_CONTRACTIONPLAN_H
#define NNCC_PLANNING_CONTRACTIONPLAN_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/raw_ostream.h"
#include "nncc/Planning/TargetFacts.h"

#include <cstdint>
#include <string>

/// How a contraction Out[m, n] = sum over k of A[m, k] * B[k, n] is cut into register tiles: a pure function of its
/// shape and the machine. A tile keeps rows x vectors accumulators in registers while k runs; a column vector of B is
/// loaded once for all rows of the tile, a scalar of A is broadcast once for all its vectors.
namespace nncc::planning {

/// One vector of a tile: `width` lanes (a power of two), of which the first `valid` are columns of the result.
struct VectorSlice {
  int64_t width = 0;
  int64_t valid = 0;

  bool partial() const { return valid < width; }
  bool operator==(const VectorSlice &) const = default;
};

using Slices = llvm::SmallVector<VectorSlice, 4>;

/// Columns that `slices` stand for, and lanes they take.
int64_t validColumns(llvm::ArrayRef<VectorSlice> slices);
int64_t paddedColumns(llvm::ArrayRef<VectorSlice> slices);

/// The columns: `blocks` blocks of `block`, then one of `tail` (empty for none).
struct ColumnPlan {
  Slices block;
  int64_t blocks = 0;
  Slices tail;

  int64_t totalBlocks() const { return blocks + !tail.empty(); }
  bool operator==(const ColumnPlan &) const = default;
};

/// The rows: `tiles` tiles of `rows`, then `longTiles` of one row more. Of dynamic extents only `rows` counts, and what
/// remains goes row by row.
struct RowPlan {
  int64_t rows = 0;
  int64_t tiles = 0;
  int64_t longTiles = 0;

  int64_t totalTiles() const { return tiles + longTiles; }
  bool operator==(const RowPlan &) const = default;
};

struct ContractionPlan {
  RowPlan rows;
  ColumnPlan columns;

  bool operator==(const ContractionPlan &) const = default;
};

constexpr int64_t dynamicRows = -1;
constexpr int64_t longDepth = int64_t(1) << 40;

/// `rows` counts groups of `rowGroup` rows that must stay in one tile (the positions of a pooling window). `depth` is
/// the length of the sum, `longDepth` where it is only known at run time.
struct ContractionShape {
  int64_t rows = dynamicRows;
  int64_t columns = 0;
  int64_t depth = longDepth;
  int64_t rowGroup = 1;
};

/// Rows of a tile of `vectors` accumulators a row: accumulators, the vectors of B and one broadcast fit the registers.
int64_t registerRows(int64_t vectors, int64_t depth, const TargetFacts &target);

/// Cuts `rows` into the fewest tiles of at most `most` rows and balances them: 61 rows with at most 14 are 4 x 12 + 13.
RowPlan balanceRows(int64_t rows, int64_t most);

/// Cuts `columns` into vectors, `vectors` a block; a remainder below a full vector becomes the next power of two.
ColumnPlan cutColumns(int64_t columns, int64_t vectors, const TargetFacts &target);

/// The cheapest plan: cycles of all tiles, where a tile costs its multiply-adds or its loads, whichever are more.
/// Always possible: a group that does not fit the registers beside one vector is left to the caller (rows.rows == 0).
ContractionPlan planContraction(const ContractionShape &shape, const TargetFacts &target);

/// What one step of the sum over k costs a plan in all its tiles, in multiply-adds of vectors: those of a tile, or its loads,
/// whichever are more.
double stepCost(const ContractionPlan &plan, int64_t rowGroup = 1);

/// "2x[16 16]+[8/5]": a partial vector prints as 8/5.
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const ColumnPlan &plan);
/// "rows 4x12+1x13, columns 2x[16 16]".
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const ContractionPlan &plan);
std::string toString(const ContractionPlan &plan);

} // namespace nncc::planning

#endif // NNCC_PLANNING_CONTRACTIONPLAN_H
