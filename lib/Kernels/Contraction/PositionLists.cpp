// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "PositionLists.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "nncc/Kernels/Contraction/Transpose.h"

using namespace mlir;
using namespace nncc::kernels;

/// Windows of at most this many positions have their table written out.
static constexpr int64_t kFewPositions = 16;

PositionLists::PositionLists(KernelBuilder &kernels, Kernel &kernel, const PooledConvolution &shape,
                             const PooledKernelGradientPlan &plan, const std::array<int64_t, 3> &strides,
                             Value gradient, Value argmax)
    : shape(shape), plan(plan), target(kernels.target()), strides(strides), gradient(gradient), argmax(argmax),
      emit(kernel.builder, kernel.loc), builder(kernel.builder), loc(kernel.loc) {
  Type f32 = builder.getF32Type(), i32 = builder.getI32Type();
  // A vector may be stored where less than one is listed.
  int64_t length = plan.listLength + target.lanes();
  gradients = kernels.scratch(kernel, MemRefType::get({length}, f32));
  places = kernels.scratch(kernel, MemRefType::get({length}, i32));
  table = kernels.scratch(kernel, MemRefType::get({shape.poolPositions() + 1}, i32));
  fillTable();
  if (!plan.compress)
    return;
  rows = kernels.scratch(kernel, MemRefType::get({2 * kFilters * rowStride()}, f32));
  pooledPlaces = kernels.scratch(kernel, MemRefType::get({plan.listLength}, i32));
  fillPooledPlaces();
}

/// From one pooled position to the next, in the input.
int64_t PositionLists::pooledStep(int axis) const { return shape.pool[axis] * shape.axes[axis].step * strides[axis]; }

/// Floats from a filter's row to the next's.
int64_t PositionLists::rowStride() const { return llvm::alignTo(plan.listLength, target.lanes()); }

/// Where the input of a window's position starts, from that of the first.
int64_t PositionLists::placeOf(int64_t d, int64_t h, int64_t w) const {
  return d * shape.axes[0].step * strides[0] + h * shape.axes[1].step * strides[1] +
         w * shape.axes[2].step * strides[2];
}

Value PositionLists::asI32(Value index) const {
  return arith::IndexCastOp::create(builder, loc, builder.getI32Type(), index);
}

/// Where the input of each position of a window starts; something behind them, for what stands at none.
void PositionLists::fillTable() const {
  memref::StoreOp::create(builder, loc, asI32(emit.index(0)), table, emit.index(shape.poolPositions()));
  if (shape.poolPositions() > kFewPositions)
    return emit.loop(shape.poolPositions(), [&](Value position) {
      Value w = emit.rem(position, shape.pool[2]), rest = emit.div(position, shape.pool[2]);
      Value h = emit.rem(rest, shape.pool[1]), d = emit.div(rest, shape.pool[1]), place = emit.index(0);
      for (auto [axis, at] : llvm::enumerate(std::array<Value, 3>{d, h, w}))
        place = emit.add(place, emit.mul(at, shape.axes[axis].step * strides[axis]));
      memref::StoreOp::create(builder, loc, asI32(place), table, position);
    });
  int64_t next = 0;
  for (int64_t d = 0; d < shape.pool[0]; ++d)
    for (int64_t h = 0; h < shape.pool[1]; ++h)
      for (int64_t w = 0; w < shape.pool[2]; ++w)
        memref::StoreOp::create(builder, loc, asI32(emit.index(placeOf(d, h, w))), table, emit.index(next++));
}

/// Where the window of each position of a chunk starts, from that of the first.
void PositionLists::fillPooledPlaces() const {
  std::array<int64_t, 3> inner = {1, 1, 1}; // positions of a step of each axis
  for (int axis = 1; axis >= 0; --axis)
    inner[axis] = inner[axis + 1] * shape.pooledExtent(axis + 1);
  emit.loop(plan.listLength, [&](Value position) {
    Value place = emit.index(0);
    for (int axis = plan.blockAxis; axis < 3; ++axis) {
      Value step = emit.div(position, inner[axis]);
      if (axis > plan.blockAxis)
        step = emit.rem(step, shape.pooledExtent(axis));
      place = emit.add(place, emit.mul(step, pooledStep(axis)));
    }
    memref::StoreOp::create(builder, loc, asI32(place), pooledPlaces, position);
  });
}

Value PositionLists::append(Value start, const std::array<Value, 3> &count) const {
  std::array<int64_t, 3> distances = {1, 1, shape.filters};
  for (int axis = 1; axis >= 0; --axis)
    distances[axis] = distances[axis + 1] * shape.pooledExtent(axis + 1);
  Value none = emit.index(0), one = emit.index(1);
  Value nothing = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0));
  Values length = emit.loop(none, count[0], 1, {none}, [&](Value d, Values outer) {
    return emit.loop(none, count[1], 1, outer, [&](Value h, Values middle) {
      Value row = emit.add(start, emit.add(emit.mul(d, distances[0]), emit.mul(h, distances[1])));
      Value rowPlace = emit.add(emit.mul(d, pooledStep(0)), emit.mul(h, pooledStep(1)));
      return emit.loop(none, count[2], 1, middle, [&](Value w, Values carried) -> Values {
        Value at = emit.add(row, emit.mul(w, distances[2]));
        Value value = memref::LoadOp::create(builder, loc, gradient, at);
        Value position = memref::LoadOp::create(builder, loc, argmax, at);
        position = arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), position);
        Value place = memref::LoadOp::create(builder, loc, table, position);
        place = arith::AddIOp::create(builder, loc, place, asI32(emit.add(rowPlace, emit.mul(w, pooledStep(2)))));
        memref::StoreOp::create(builder, loc, value, gradients, carried[0]);
        memref::StoreOp::create(builder, loc, place, places, carried[0]);
        Value counts = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE, value, nothing);
        Value stands = emit.less(position, emit.index(shape.poolPositions()));
        counts = arith::AndIOp::create(builder, loc, counts, stands);
        return {arith::AddIOp::create(builder, loc, carried[0],
                                      arith::SelectOp::create(builder, loc, counts, one, none))};
      });
    });
  });
  return length[0];
}

VectorType PositionLists::numbers(int64_t width) const { return VectorType::get(width, builder.getI32Type()); }

Value PositionLists::number(int64_t value) const {
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(numbers(kFilters), builder.getI32IntegerAttr(value)));
}

Value PositionLists::select(Value condition, Value a, Value b) const {
  return arith::SelectOp::create(builder, loc, condition, a, b);
}

/// Where the positions of windows start: a choice among few.
Value PositionLists::windowPlaces(Value positions) const {
  Value place = number(0);
  int64_t next = 0;
  for (int64_t d = 0; d < shape.pool[0]; ++d)
    for (int64_t h = 0; h < shape.pool[1]; ++h)
      for (int64_t w = 0; w < shape.pool[2]; ++w, ++next) {
        if (next == 0)
          continue;
        Value here = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, positions, number(next));
        place = select(here, number(placeOf(d, h, w)), place);
      }
  return place;
}

/// As many positions as filters, from `first` on; `inside`: none of them is behind the last.
void PositionLists::transposeSquareAt(Value start, Value first, Value positions, bool inside) const {
  Values values, starts;
  Type element = cast<MemRefType>(argmax.getType()).getElementType();
  for (int64_t i = 0; i < kFilters; ++i) {
    Value position = emit.add(first, i), here = position;
    if (!inside)
      here = emit.min(position, emit.sub(positions, emit.index(1)));
    Value at = emit.add(start, emit.mul(here, shape.filters));
    Value value = emit.load(gradient, at, {kFilters, kFilters});
    Value place = vector::LoadOp::create(builder, loc, VectorType::get(kFilters, element), argmax, ValueRange(at));
    if (!element.isInteger(32))
      place = arith::ExtUIOp::create(builder, loc, numbers(kFilters), place);
    Value stands =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, place, number(shape.poolPositions()));
    value = select(stands, value, emit.zero(kFilters));
    if (!inside)
      value = select(emit.less(position, positions), value, emit.zero(kFilters));
    values.push_back(value);
    Value window = memref::LoadOp::create(builder, loc, pooledPlaces, here);
    window = vector::BroadcastOp::create(builder, loc, numbers(kFilters), window);
    place = arith::AddIOp::create(builder, loc, windowPlaces(place), window);
    starts.push_back(arith::BitcastOp::create(builder, loc, value.getType(), place));
  }
  for (Values *square : {&values, &starts}) {
    transposeSquare(emit, *square);
    int64_t offset = square == &values ? 0 : kFilters * rowStride();
    for (auto [filter, row] : llvm::enumerate(*square))
      emit.store(row, rows, emit.add(first, offset + int64_t(filter) * rowStride()), {kFilters, kFilters});
  }
}

void PositionLists::prepare(Value start, Value positions) const {
  Value whole = emit.mul(emit.div(positions, kFilters), kFilters);
  // What a vector reads behind the last position is 0.
  Value end = emit.mul(emit.div(emit.add(positions, target.lanes() - 1), target.lanes()), target.lanes());
  emit.loop(emit.index(0), whole, kFilters, [&](Value first) { transposeSquareAt(start, first, positions, true); });
  emit.loop(whole, end, kFilters, [&](Value first) { transposeSquareAt(start, first, positions, false); });
}

Value PositionLists::compressLanes(Value vector, Value mask) const {
  Value none = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vector.getType()));
  return LLVM::CallIntrinsicOp::create(builder, loc, vector.getType(),
                                       builder.getStringAttr("llvm.experimental.vector.compress"),
                                       ValueRange{vector, mask, none})
      .getResults();
}

Value PositionLists::compress(Value filter, Value positions) const {
  int64_t lanes = target.lanes();
  Value row = emit.mul(filter, rowStride());
  return emit.loop(emit.index(0), positions, lanes, {emit.index(0)}, [&](Value first, Values carried) -> Values {
    Value at = emit.add(row, first);
    Value vector = emit.load(rows, at, {lanes, lanes});
    Value starts = emit.load(rows, emit.add(at, kFilters * rowStride()), {lanes, lanes});
    Value counts = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE, vector, emit.zero(lanes));
    vector::StoreOp::create(builder, loc, compressLanes(vector, counts), gradients, ValueRange(carried[0]));
    starts = arith::BitcastOp::create(builder, loc, numbers(lanes), compressLanes(starts, counts));
    vector::StoreOp::create(builder, loc, starts, places, ValueRange(carried[0]));
    Type bits = VectorType::get(1, builder.getIntegerType(lanes));
    Value mask = vector::BitCastOp::create(builder, loc, bits, counts);
    mask = vector::ExtractOp::create(builder, loc, mask, ArrayRef<int64_t>{0});
    mask = arith::ExtUIOp::create(builder, loc, builder.getI32Type(), mask);
    Value added = math::CtPopOp::create(builder, loc, mask);
    return {emit.add(carried[0], arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), added))};
  })[0];
}
