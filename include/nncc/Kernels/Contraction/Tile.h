// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_TILE_H
#define NNCC_KERNELS_CONTRACTION_TILE_H

#include "nncc/Kernels/Contraction/ContractionEmit.h"

#include <optional>

namespace nncc::kernels {

/// One loop over a part of k, outer loops first: `count` steps, each of which moves A and B by so many elements.
struct ReductionLoop {
  mlir::Value count; ///< index
  int64_t stepA = 0;
  int64_t stepB = 0;
};

/// All of A that a step reads, under a pooling window, in the slots of one vector of 16 lanes: lanes of B, which stand
/// at different positions of the window, pick what is theirs from it by one instruction (AVX-512), where the window's
/// positions one after the other would take as many steps. (To pick from two vectors is as slow as four steps.)
struct TilePatch {
  int64_t width = 0;                       ///< floats of a row of the patch
  llvm::SmallVector<int64_t> starts;       ///< of its rows, from `a` on
  int64_t pitch = 0;                       ///< slots of a row: a power of two
  llvm::SmallVector<int64_t> rowSlots;     ///< of the tile's rows, at the window's first position
  llvm::SmallVector<int64_t> windowSlots;  ///< from there to the window's other positions
};

/// Where a result has few columns, a vector holds several steps of k for each of them, `interleave` lanes a column:
/// neighbours of A, loaded at once and repeated for every column, meet B in the same order; the lanes of a column are
/// added up at the end. (k must be contiguous in A.)
///
/// The operands of a register tile: Acc[m, n] += sum over k of A[a + rows[m] + k * stepA] * B[b + n + k * stepB].
struct TileOperands {
  mlir::Value memoryA; ///< rank 1
  mlir::Value a;       ///< position of the first row at k = 0
  llvm::SmallVector<int64_t> rows;
  mlir::Value memoryB; ///< rank 1
  mlir::Value b;       ///< position of the first column at k = 0
  planning::Slices columns;
  int64_t interleave = 1;
  bool paddedB = false; ///< lanes behind a partial slice may be read
  llvm::SmallVector<ReductionLoop> loops;
  /// Where set, B is what a max pool leaves of an operand: each of its elements stands at one position of a window,
  /// whose number `places` has at the element's position, and counts for the rows that are `offsets` of this number on
  /// only.
  struct {
    mlir::Value places; ///< rank 1, of i8 (unsigned) or i32
    llvm::SmallVector<int64_t> offsets;
    std::optional<TilePatch> patch;
  } window;
  /// Where set, the innermost loop asks for a line in every step, `step` elements on: what will be read after this
  /// tile.
  struct {
    mlir::Value memory, position;
    int64_t step = 16;
  } prefetch;
};

/// Runs the reduction over accumulators in registers, row by row: index m * columns.size() + v. Loops stay rolled (LLVM
/// would hoist the loads of unrolled taps, and spill), but for one of a few steps without a loop inside.
Values emitTile(const ContractionEmit &emit, const TileOperands &tile, Values accumulators,
                      const planning::TargetFacts &target);

/// Adds up the lanes of each column of an interleaved accumulator: vector<columns * interleave> to vector<columns>.
mlir::Value addInterleaved(const ContractionEmit &emit, mlir::Value accumulator, int64_t interleave);

/// Zeroes for all accumulators of a tile.
Values zeroAccumulators(const ContractionEmit &emit, int64_t rows, const planning::Slices &columns);
/// Accumulators from and to memory, row m at `position + rows[m]`.
Values loadAccumulators(const ContractionEmit &emit, mlir::Value memory, mlir::Value position,
                        llvm::ArrayRef<int64_t> rows, const planning::Slices &columns);
void storeAccumulators(const ContractionEmit &emit, mlir::ValueRange accumulators, mlir::Value memory,
                       mlir::Value position, llvm::ArrayRef<int64_t> rows, const planning::Slices &columns);

/// Asks for the lines that storeAccumulators will write.
void prefetchRows(const ContractionEmit &emit, mlir::Value memory, mlir::Value position,
                  llvm::ArrayRef<int64_t> rows, const planning::Slices &columns);

/// count rows at a distance: {0, step, 2 * step, ...}.
llvm::SmallVector<int64_t> evenRows(int64_t count, int64_t step);

/// All column blocks of a plan: body(number of the block, first column, padded columns before it, slices).
void forColumnBlocks(const ContractionEmit &emit, const planning::ColumnPlan &plan,
                     llvm::function_ref<void(mlir::Value, mlir::Value, mlir::Value, const planning::Slices &)> body);
/// All row tiles of a static plan: body(first row, rows).
void forRowTiles(const ContractionEmit &emit, const planning::RowPlan &plan,
                 llvm::function_ref<void(mlir::Value, int64_t)> body);
/// The row tiles begin <= tile < end of a static plan.
void forRowTiles(const ContractionEmit &emit, const planning::RowPlan &plan, mlir::Value begin, mlir::Value end,
                 llvm::function_ref<void(mlir::Value, int64_t)> body);
/// First row of a tile.
mlir::Value tileStart(const ContractionEmit &emit, const planning::RowPlan &plan, mlir::Value tile);
/// Rows [begin, end) of a run-time count: full tiles, then row by row.
void forDynamicRows(const ContractionEmit &emit, int64_t rows, mlir::Value begin, mlir::Value end,
                    llvm::function_ref<void(mlir::Value, int64_t)> body);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_TILE_H
