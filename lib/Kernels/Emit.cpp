// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Short names for the operations that kernels are made of.
#include "nncc/Kernels/Emit.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace nncc::kernels;

Type Emit::retype(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like))
    return VectorType::get(vector.getShape(), element);
  return element;
}

Value Emit::index(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

Value Emit::constant(Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr attr = builder.getFloatAttr(element, value);
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, Attribute(attr));
  return arith::ConstantOp::create(builder, loc, attr);
}

Value Emit::integer(Type type, int64_t value) {
  auto element = cast<IntegerType>(getElementTypeOrSelf(type));
  TypedAttr attr = builder.getIntegerAttr(element, APInt(64, value, true).trunc(element.getWidth()));
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, Attribute(attr));
  return arith::ConstantOp::create(builder, loc, attr);
}

Value Emit::splat(Value scalar, Type type) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector::BroadcastOp::create(builder, loc, vector, scalar);
  return scalar;
}

Value Emit::add(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
Value Emit::sub(Value a, Value b) { return arith::SubIOp::create(builder, loc, a, b); }
Value Emit::mul(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }
Value Emit::div(Value a, int64_t b) { return b == 1 ? a : div(a, index(b)); }
Value Emit::div(Value a, Value b) { return arith::DivUIOp::create(builder, loc, a, b); }
Value Emit::rem(Value a, int64_t b) { return b == 1 ? index(0) : arith::RemUIOp::create(builder, loc, a, index(b)); }
Value Emit::min(Value a, Value b) { return arith::MinSIOp::create(builder, loc, a, b); }
Value Emit::max(Value a, Value b) { return arith::MaxSIOp::create(builder, loc, a, b); }
Value Emit::compare(arith::CmpIPredicate predicate, Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, predicate, a, b);
}

Value Emit::addf(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
Value Emit::subf(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
Value Emit::mulf(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
Value Emit::divf(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
Value Emit::quotient(Value a, Value b) {
  auto flags = arith::FastMathFlags::arcp | arith::FastMathFlags::ninf | arith::FastMathFlags::contract;
  return arith::DivFOp::create(builder, loc, a, b, flags);
}
Value Emit::fma(Value a, Value b, Value c) {
  if (target.fma)
    return math::FmaOp::create(builder, loc, a, b, c);
  return addf(mulf(a, b), c);
}
Value Emit::negf(Value a) { return arith::NegFOp::create(builder, loc, a); }
Value Emit::absf(Value a) { return math::AbsFOp::create(builder, loc, a); }
Value Emit::sqrt(Value a) { return math::SqrtOp::create(builder, loc, a); }
Value Emit::maximum(Value a, Value b) { return select(compare(arith::CmpFPredicate::OGT, a, b), a, b); }
Value Emit::minimum(Value a, Value b) { return select(compare(arith::CmpFPredicate::OLT, a, b), a, b); }
Value Emit::clamp(Value x, double low, double high) {
  return minimum(constant(x.getType(), high), maximum(constant(x.getType(), low), x));
}
Value Emit::compare(arith::CmpFPredicate predicate, Value a, Value b) {
  return arith::CmpFOp::create(builder, loc, predicate, a, b);
}
Value Emit::select(Value condition, Value a, Value b) { return arith::SelectOp::create(builder, loc, condition, a, b); }
Value Emit::extend(Value a) {
  return arith::ExtFOp::create(builder, loc, retype(a.getType(), builder.getF64Type()), a);
}
Value Emit::truncate(Value a) {
  return arith::TruncFOp::create(builder, loc, retype(a.getType(), builder.getF32Type()), a);
}
Value Emit::toFloat(Value index, Type type) {
  Value wide = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
  return arith::SIToFPOp::create(builder, loc, type, wide);
}

Value Emit::load(Value memref, Value at, int64_t width) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  return vector::LoadOp::create(builder, loc, vectorType(width, element), memref, ValueRange{at});
}
void Emit::store(Value value, Value memref, Value at) {
  if (isa<VectorType>(value.getType()))
    vector::StoreOp::create(builder, loc, value, memref, ValueRange{at});
  else
    memref::StoreOp::create(builder, loc, value, memref, ValueRange{at});
}
Value Emit::loadScalar(Value memref, Value at) { return memref::LoadOp::create(builder, loc, memref, ValueRange{at}); }

void Emit::loop(Value from, Value to, int64_t step, Body body) {
  auto op = scf::ForOp::create(builder, loc, from, to, index(step));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(op.getBody());
  body(op.getInductionVar());
}

SmallVector<Value> Emit::loop(Value from, Value to, int64_t step, ValueRange init, CarryBody body) {
  auto op = scf::ForOp::create(builder, loc, from, to, index(step), init);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(op.getBody());
  SmallVector<Value> next = body(op.getInductionVar(), op.getRegionIterArgs());
  builder.setInsertionPointToEnd(op.getBody());
  // The builder of a loop without results makes the terminator itself.
  if (!init.empty())
    scf::YieldOp::create(builder, loc, next);
  return SmallVector<Value>(op.getResults());
}

void Emit::ifThen(Value condition, llvm::function_ref<void()> body) {
  auto op = scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&op.getThenRegion().front());
  body();
}

void Emit::pieces(int64_t count, int64_t lanes, PieceBody body) {
  int64_t full = count / lanes;
  if (full == 1)
    body(index(0), lanes);
  else if (full > 1)
    loop(index(0), index(full * lanes), lanes, [&](Value offset) { body(offset, lanes); });
  remainderPieces(index(full * lanes), count % lanes, body);
}

void Emit::remainderPieces(Value offset, int64_t remainder, PieceBody body) {
  int64_t done = 0;
  while (done < remainder) {
    int64_t width = 1;
    while (width * 2 <= remainder - done)
      width *= 2;
    body(add(offset, done), width);
    done += width;
  }
}

void Emit::pieceGroups(int64_t count, int64_t maxPieces,
                       llvm::function_ref<void(Value, ArrayRef<Part>)> body) {
  int64_t lanes = target.lanes(), groupWidth = maxPieces * lanes;
  int64_t groups = count / groupWidth;
  SmallVector<Part> parts;
  for (int64_t i = 0; i < maxPieces; ++i)
    parts.push_back({i * lanes, lanes});
  if (groups == 1)
    body(index(0), parts);
  else if (groups > 1)
    loop(index(0), index(groups * groupWidth), groupWidth, [&](Value offset) { body(offset, parts); });
  parts.clear();
  for (int64_t done = 0, rest = count % groupWidth, width; done < rest; done += width) {
    for (width = lanes; width > rest - done;)
      width /= 2;
    parts.push_back({done, width});
  }
  if (!parts.empty())
    body(index(groups * groupWidth), parts);
}

Value Emit::reduceLanes(Value vector, Combine combine) {
  int64_t width = cast<VectorType>(vector.getType()).getDimSize(0);
  for (; width > 1; width /= 2) {
    auto half = [&](int64_t from) -> Value {
      return vector::ExtractStridedSliceOp::create(builder, loc, vector, ArrayRef<int64_t>{from},
                                                   ArrayRef<int64_t>{width / 2}, ArrayRef<int64_t>{1});
    };
    vector = combine(half(0), half(width / 2));
  }
  return vector::ExtractOp::create(builder, loc, vector, ArrayRef<int64_t>{0});
}

Value Emit::reducePieces(int64_t count, llvm::function_ref<Value(Value, int64_t)> element, Combine combine) {
  int64_t lanes = target.lanes();
  int64_t full = count / lanes;
  Value result;
  if (full > 0) {
    Value sums = element(index(0), lanes);
    if (full > 1)
      sums = loop(index(lanes), index(full * lanes), lanes, ValueRange{sums},
                  [&](Value offset, ValueRange carried) {
                    return SmallVector<Value>{combine(carried.front(), element(offset, lanes))};
                  })
                 .front();
    result = reduceLanes(sums, combine);
  }
  remainderPieces(index(full * lanes), count % lanes, [&](Value offset, int64_t width) {
    Value part = reduceLanes(element(offset, width), combine);
    result = result ? combine(result, part) : part;
  });
  return result;
}

void nncc::kernels::forUnits(Emit &emit, Kernel &kernel, Emit::Body body) {
  emit.loop(kernel.begin, kernel.end, 1, body);
}

int64_t nncc::kernels::elementsPerSample(ShapedType type) {
  int64_t product = 1;
  for (int64_t extent : type.getShape().drop_front(isBatched(type) ? 1 : 0))
    product *= extent;
  return product;
}
