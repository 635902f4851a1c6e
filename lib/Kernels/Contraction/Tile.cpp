// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Tile.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace nncc::kernels {

using planning::ColumnPlan;
using planning::RowPlan;
using planning::Slices;
using planning::TargetFacts;

namespace {
/// An innermost loop of so few steps is unrolled.
constexpr int64_t mostUnrolledSteps = 4;
/// Floats in a cache line.
constexpr int64_t lineFloats = 16;

/// `count` neighbours, again and again up to `width` lanes.
Value repeat(const ContractionEmit &emit, Value memory, Value position, int64_t count, int64_t width) {
  Value few = emit.load(memory, position, {count, count});
  if (count == width)
    return few;
  if (count == 2) {
    // Two floats as one double: the form in which LLVM finds the instruction that loads and repeats them.
    auto f64 = emit.builder.getF64Type();
    Value one = vector::BitCastOp::create(emit.builder, emit.loc, VectorType::get(1, f64), few);
    Value all = vector::BroadcastOp::create(emit.builder, emit.loc, VectorType::get(width / 2, f64), one);
    return vector::BitCastOp::create(emit.builder, emit.loc, VectorType::get(width, emit.builder.getF32Type()), all);
  }
  SmallVector<int64_t> lanes;
  for (int64_t lane = 0; lane < width; ++lane)
    lanes.push_back(lane % count);
  return vector::ShuffleOp::create(emit.builder, emit.loc, few, few, lanes);
}

/// A vector of B's at one position of a window: 0 in the lanes that stand elsewhere.
Value atPosition(const ContractionEmit &emit, Value vector, Value place, int64_t position) {
  auto type = cast<VectorType>(place.getType());
  Value here = arith::ConstantOp::create(
      emit.builder, emit.loc, DenseElementsAttr::get(type, emit.builder.getI32IntegerAttr(position)));
  here = arith::CmpIOp::create(emit.builder, emit.loc, arith::CmpIPredicate::eq, place, here);
  return arith::SelectOp::create(emit.builder, emit.loc, here, vector, emit.zero(type.getNumElements()));
}

/// Numbers of a window's positions as i32.
Value loadPlaces(const ContractionEmit &emit, Value memory, Value position, int64_t width) {
  auto type = VectorType::get(width, cast<MemRefType>(memory.getType()).getElementType());
  Value places = vector::LoadOp::create(emit.builder, emit.loc, type, memory, ValueRange(position));
  if (type.getElementType().isInteger(32))
    return places;
  return arith::ExtUIOp::create(emit.builder, emit.loc, type.clone(emit.builder.getI32Type()), places);
}

Values multiplyColumns(const ContractionEmit &emit, const TileOperands &tile, Value a, ArrayRef<Value> columns,
                       Values accumulators, const TargetFacts &target);

/// A call of an intrinsic whose result has the type of the first operand.
Value callIntrinsic(const ContractionEmit &emit, StringRef name, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(emit.builder, emit.loc, operands.front().getType(),
                                       emit.builder.getStringAttr(name), operands)
      .getResults();
}

/// Lanes of the vectors of a patch.
constexpr int64_t patchLanes = 16;

/// The patch whose first row is at `a`.
Value loadPatch(const ContractionEmit &emit, const TilePatch &patch, Value memory, Value a) {
  Value slots = emit.zero(patchLanes);
  for (auto [row, start] : llvm::enumerate(patch.starts)) {
    Value part = emit.load(memory, emit.add(a, start), {patch.pitch, patch.width});
    slots = vector::InsertStridedSliceOp::create(emit.builder, emit.loc, part, slots,
                                                 ArrayRef<int64_t>{int64_t(row) * patch.pitch}, ArrayRef<int64_t>{1});
  }
  return slots;
}

/// One step of k over a patch.
Values multiplyPatch(const ContractionEmit &emit, const TileOperands &tile, Value a, ArrayRef<Value> columns,
                     ArrayRef<Value> places, Values accumulators, const TargetFacts &target) {
  const TilePatch &patch = *tile.window.patch;
  auto type = VectorType::get(patchLanes, emit.builder.getI32Type());
  auto numbers = [&](ArrayRef<int32_t> values) -> Value {
    return arith::ConstantOp::create(emit.builder, emit.loc, DenseElementsAttr::get(type, values));
  };
  Value slots = loadPatch(emit, patch, tile.memoryA, a);
  SmallVector<int32_t, patchLanes> table(patchLanes, 0);
  llvm::copy(patch.windowSlots, table.begin());
  SmallVector<Value, 4> windows, active;
  for (auto [vector, place] : llvm::zip(columns, places)) {
    windows.push_back(callIntrinsic(emit, "llvm.x86.avx512.permvar.si.512", {numbers(table), place}));
    // What stands at no position picks something, and counts nothing.
    Value stands = arith::CmpIOp::create(emit.builder, emit.loc, arith::CmpIPredicate::slt, place,
                                         numbers(int32_t(patch.windowSlots.size())));
    active.push_back(arith::SelectOp::create(emit.builder, emit.loc, stands, vector, emit.zero(patchLanes)));
  }
  for (auto [m, slot] : llvm::enumerate(patch.rowSlots))
    for (size_t v = 0; v < columns.size(); ++v) {
      Value here = arith::AddIOp::create(emit.builder, emit.loc, windows[v], numbers(int32_t(slot)));
      Value picked = callIntrinsic(emit, "llvm.x86.avx512.permvar.sf.512", {slots, here});
      Value &accumulator = accumulators[m * columns.size() + v];
      accumulator = emit.multiplyAdd(picked, active[v], accumulator, target);
    }
  return accumulators;
}

/// One step of k.
Values multiplyStep(const ContractionEmit &emit, const TileOperands &tile, Value a, Value b, Values accumulators,
                    const TargetFacts &target) {
  SmallVector<Value, 4> columns, places;
  int64_t offset = 0;
  for (planning::VectorSlice slice : tile.columns) {
    columns.push_back(emit.load(tile.memoryB, emit.add(b, offset), slice, tile.paddedB));
    if (tile.window.places)
      places.push_back(loadPlaces(emit, tile.window.places, emit.add(b, offset), slice.width));
    offset += slice.width;
  }
  if (!tile.window.places)
    return multiplyColumns(emit, tile, a, columns, std::move(accumulators), target);
  if (tile.window.patch)
    return multiplyPatch(emit, tile, a, columns, places, std::move(accumulators), target);
  for (auto [position, distance] : llvm::enumerate(tile.window.offsets)) {
    SmallVector<Value, 4> here;
    for (auto [vector, place] : llvm::zip(columns, places))
      here.push_back(atPosition(emit, vector, place, position));
    accumulators = multiplyColumns(emit, tile, emit.add(a, distance), here, std::move(accumulators), target);
  }
  return accumulators;
}

Values multiplyColumns(const ContractionEmit &emit, const TileOperands &tile, Value a, ArrayRef<Value> columns,
                       Values accumulators, const TargetFacts &target) {
  for (auto [m, row] : llvm::enumerate(tile.rows)) {
    Value scalar = emit.add(a, row);
    // A broadcast per width: slices of one tile may differ.
    llvm::SmallDenseMap<int64_t, Value, 4> broadcasts;
    for (auto [v, slice] : llvm::enumerate(tile.columns)) {
      Value &broadcast = broadcasts[slice.width];
      if (!broadcast)
        broadcast = tile.interleave == 1 ? emit.splat(tile.memoryA, scalar, slice.width)
                                         : repeat(emit, tile.memoryA, scalar, tile.interleave, slice.width);
      Value &accumulator = accumulators[m * tile.columns.size() + v];
      accumulator = emit.multiplyAdd(broadcast, columns[v], accumulator, target);
    }
  }
  return accumulators;
}

/// Whether the nest is known to take so few steps that it is unrolled.
bool fewSteps(ArrayRef<ReductionLoop> loops) {
  int64_t steps = 1;
  for (const ReductionLoop &loop : loops) {
    std::optional<int64_t> count = knownIndex(loop.count);
    if (!count || *count > mostUnrolledSteps)
      return false;
    steps *= *count;
  }
  return steps <= mostUnrolledSteps;
}

Values reduce(const ContractionEmit &emit, const TileOperands &tile, ArrayRef<ReductionLoop> loops, Value a, Value b,
              Values accumulators, const TargetFacts &target) {
  if (loops.empty())
    return multiplyStep(emit, tile, a, b, std::move(accumulators), target);
  const ReductionLoop &loop = loops.front();
  std::optional<int64_t> count = knownIndex(loop.count);
  if (fewSteps(loops)) {
    for (int64_t k = 0; k < *count; ++k)
      accumulators = reduce(emit, tile, loops.drop_front(), emit.add(a, k * loop.stepA), emit.add(b, k * loop.stepB),
                            std::move(accumulators), target);
    return accumulators;
  }
  return emit.loop(emit.index(0), loop.count, 1, std::move(accumulators), [&](Value k, Values carried) {
    if (tile.prefetch.memory && loops.size() == 1)
      emit.prefetch(tile.prefetch.memory, emit.add(tile.prefetch.position, emit.mul(k, tile.prefetch.step)),
                    /*write=*/false);
    return reduce(emit, tile, loops.drop_front(), emit.add(a, emit.mul(k, loop.stepA)),
                  emit.add(b, emit.mul(k, loop.stepB)), std::move(carried), target);
  });
}
} // namespace

Values emitTile(const ContractionEmit &emit, const TileOperands &tile, Values accumulators,
                const TargetFacts &target) {
  SmallVector<ReductionLoop> loops;
  for (const ReductionLoop &loop : tile.loops) {
    std::optional<int64_t> count = knownIndex(loop.count);
    if (count == 1)
      continue;
    // Where an outer step is as far as the whole inner loop goes, both are one loop: taps and channels of a row,
    // positions of a 1x1 convolution.
    if (count && !loops.empty() && loops.back().stepA == *count * loop.stepA &&
        loops.back().stepB == *count * loop.stepB)
      loops.back() = {emit.mul(loops.back().count, *count), loop.stepA, loop.stepB};
    else
      loops.push_back(loop);
  }
  return reduce(emit, tile, loops, tile.a, tile.b, std::move(accumulators), target);
}

Value addInterleaved(const ContractionEmit &emit, Value accumulator, int64_t interleave) {
  int64_t width = cast<VectorType>(accumulator.getType()).getNumElements();
  for (int64_t distance = interleave / 2; distance > 0; distance /= 2) {
    SmallVector<int64_t> lanes;
    for (int64_t lane = 0; lane < width; ++lane)
      lanes.push_back(lane ^ distance);
    Value other = vector::ShuffleOp::create(emit.builder, emit.loc, accumulator, accumulator, lanes);
    accumulator = arith::AddFOp::create(emit.builder, emit.loc, accumulator, other);
  }
  SmallVector<int64_t> first;
  for (int64_t lane = 0; lane < width; lane += interleave)
    first.push_back(lane);
  return vector::ShuffleOp::create(emit.builder, emit.loc, accumulator, accumulator, first);
}

Values zeroAccumulators(const ContractionEmit &emit, int64_t rows, const Slices &columns) {
  Values result;
  for (int64_t m = 0; m < rows; ++m)
    for (planning::VectorSlice slice : columns)
      result.push_back(emit.zero(slice.width));
  return result;
}

Values loadAccumulators(const ContractionEmit &emit, Value memory, Value position, ArrayRef<int64_t> rows,
                              const Slices &columns) {
  Values result;
  for (int64_t row : rows) {
    int64_t offset = row;
    for (planning::VectorSlice slice : columns) {
      result.push_back(emit.load(memory, emit.add(position, offset), slice));
      offset += slice.valid;
    }
  }
  return result;
}

void storeAccumulators(const ContractionEmit &emit, ValueRange accumulators, Value memory, Value position,
                       ArrayRef<int64_t> rows, const Slices &columns) {
  size_t next = 0;
  for (int64_t row : rows) {
    int64_t offset = row;
    for (planning::VectorSlice slice : columns) {
      emit.store(accumulators[next++], memory, emit.add(position, offset), slice);
      offset += slice.valid;
    }
  }
}

void prefetchRows(const ContractionEmit &emit, Value memory, Value position, ArrayRef<int64_t> rows,
                  const Slices &columns) {
  for (int64_t row : rows)
    for (int64_t column = 0; column < planning::validColumns(columns); column += lineFloats)
      emit.prefetch(memory, emit.add(position, row + column), /*write=*/true);
}

SmallVector<int64_t> evenRows(int64_t count, int64_t step) {
  SmallVector<int64_t> rows;
  for (int64_t m = 0; m < count; ++m)
    rows.push_back(m * step);
  return rows;
}

void forColumnBlocks(const ContractionEmit &emit, const ColumnPlan &plan,
                     function_ref<void(Value, Value, Value, const Slices &)> body) {
  int64_t valid = planning::validColumns(plan.block), padded = planning::paddedColumns(plan.block);
  emit.loop(plan.blocks,
            [&](Value block) { body(block, emit.mul(block, valid), emit.mul(block, padded), plan.block); });
  if (!plan.tail.empty())
    body(emit.index(plan.blocks), emit.index(plan.blocks * valid), emit.index(plan.blocks * padded), plan.tail);
}

void forRowTiles(const ContractionEmit &emit, const RowPlan &plan, function_ref<void(Value, int64_t)> body) {
  emit.loop(plan.tiles, [&](Value tile) { body(emit.mul(tile, plan.rows), plan.rows); });
  Value behind = emit.index(plan.tiles * plan.rows);
  emit.loop(plan.longTiles, [&](Value tile) { body(emit.add(behind, emit.mul(tile, plan.rows + 1)), plan.rows + 1); });
}

Value tileStart(const ContractionEmit &emit, const RowPlan &plan, Value tile) {
  Value start = emit.mul(tile, plan.rows);
  if (plan.longTiles == 0)
    return start;
  return emit.add(start, emit.max(emit.index(0), emit.sub(tile, emit.index(plan.tiles))));
}

void forRowTiles(const ContractionEmit &emit, const RowPlan &plan, Value begin, Value end,
                 function_ref<void(Value, int64_t)> body) {
  Value tiles = emit.index(plan.tiles);
  auto run = [&](Value from, Value to, int64_t rows) {
    emit.loop(from, to, 1, [&](Value tile) { body(tileStart(emit, plan, tile), rows); });
  };
  run(begin, emit.min(end, tiles), plan.rows);
  if (plan.longTiles)
    run(emit.max(begin, tiles), end, plan.rows + 1);
}

void forDynamicRows(const ContractionEmit &emit, int64_t rows, Value begin, Value end,
                    function_ref<void(Value, int64_t)> body) {
  Value whole = emit.add(begin, emit.mul(emit.div(emit.sub(end, begin), rows), rows));
  emit.loop(begin, whole, rows, [&](Value row) { body(row, rows); });
  if (rows > 1)
    emit.loop(whole, end, 1, [&](Value row) { body(row, 1); });
}

} // namespace nncc::kernels
