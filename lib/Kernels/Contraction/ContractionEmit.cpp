// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/ContractionEmit.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace nncc::kernels {

using planning::TargetFacts;
using planning::VectorSlice;

std::optional<int64_t> knownIndex(Value value) { return getConstantIntValue(value); }

Value ContractionEmit::index(int64_t value) const { return arith::ConstantIndexOp::create(builder, loc, value); }

Value ContractionEmit::add(Value a, Value b) const {
  std::optional<int64_t> left = knownIndex(a), right = knownIndex(b);
  if (left && right)
    return index(*left + *right);
  if (left && *left == 0)
    return b;
  if (right && *right == 0)
    return a;
  return arith::AddIOp::create(builder, loc, a, b, arith::IntegerOverflowFlags::nsw);
}

Value ContractionEmit::add(Value a, int64_t b) const { return b == 0 ? a : add(a, index(b)); }

Value ContractionEmit::sub(Value a, Value b) const {
  std::optional<int64_t> left = knownIndex(a), right = knownIndex(b);
  if (left && right)
    return index(*left - *right);
  if (right && *right == 0)
    return a;
  return arith::SubIOp::create(builder, loc, a, b, arith::IntegerOverflowFlags::nsw);
}

Value ContractionEmit::mul(Value a, Value b) const {
  std::optional<int64_t> left = knownIndex(a), right = knownIndex(b);
  if (left && right)
    return index(*left * *right);
  if (left && *left == 1)
    return b;
  if (right && *right == 1)
    return a;
  if ((left && *left == 0) || (right && *right == 0))
    return index(0);
  return arith::MulIOp::create(builder, loc, a, b, arith::IntegerOverflowFlags::nsw);
}

Value ContractionEmit::mul(Value a, int64_t b) const { return mul(a, index(b)); }

Value ContractionEmit::div(Value a, int64_t b) const {
  if (b == 1)
    return a;
  if (std::optional<int64_t> known = knownIndex(a))
    return index(*known / b);
  return arith::DivUIOp::create(builder, loc, a, index(b));
}

Value ContractionEmit::rem(Value a, int64_t b) const {
  if (b == 1)
    return index(0);
  if (std::optional<int64_t> known = knownIndex(a))
    return index(*known % b);
  return arith::RemUIOp::create(builder, loc, a, index(b));
}

Value ContractionEmit::min(Value a, Value b) const {
  std::optional<int64_t> left = knownIndex(a), right = knownIndex(b);
  if (left && right)
    return index(std::min(*left, *right));
  return arith::MinSIOp::create(builder, loc, a, b);
}

Value ContractionEmit::max(Value a, Value b) const {
  std::optional<int64_t> left = knownIndex(a), right = knownIndex(b);
  if (left && right)
    return index(std::max(*left, *right));
  return arith::MaxSIOp::create(builder, loc, a, b);
}

Value ContractionEmit::less(Value a, Value b) const {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
}

Value ContractionEmit::pick(Value position, ArrayRef<int64_t> values) const {
  if (std::optional<int64_t> known = knownIndex(position))
    return index(values[*known]);
  Value result = index(values.front());
  for (size_t i = 1; i < values.size(); ++i) {
    Value here = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, position, index(i));
    result = arith::SelectOp::create(builder, loc, here, index(values[i]), result);
  }
  return result;
}

void ContractionEmit::loop(Value low, Value high, int64_t step, function_ref<void(Value)> body) const {
  loop(low, high, step, {}, [&](Value i, Values) -> Values {
    body(i);
    return {};
  });
}

void ContractionEmit::loop(int64_t count, function_ref<void(Value)> body) const {
  loop(index(0), index(count), 1, body);
}

Values ContractionEmit::loop(Value low, Value high, int64_t step, Values carried,
                        function_ref<Values(Value, Values)> body) const {
  std::optional<int64_t> from = knownIndex(low), to = knownIndex(high);
  if (from && to) {
    if (*to <= *from)
      return carried;
    if (*to - *from <= step)
      return body(low, carried);
  }
  auto loop = scf::ForOp::create(builder, loc, low, high, index(step), carried);
  OpBuilder::InsertionGuard guard(builder);
  // Without carried values the loop comes with its terminator.
  if (carried.empty())
    builder.setInsertionPoint(loop.getBody()->getTerminator());
  else
    builder.setInsertionPointToEnd(loop.getBody());
  Values results = body(loop.getInductionVar(), Values(loop.getRegionIterArgs()));
  if (!carried.empty())
    scf::YieldOp::create(builder, loc, results);
  return Values(loop.getResults());
}

void ContractionEmit::ifThen(Value condition, function_ref<void()> body) const {
  auto branch = scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(branch.thenBlock()->getTerminator());
  body();
}

Value ContractionEmit::flat(Value memref) const {
  int64_t rank = cast<MemRefType>(memref.getType()).getRank();
  if (rank == 1)
    return memref;
  ReassociationIndices all(rank);
  for (int64_t i = 0; i < rank; ++i)
    all[i] = i;
  return memref::CollapseShapeOp::create(builder, loc, memref, ArrayRef<ReassociationIndices>(all));
}

static VectorType vectorOf(OpBuilder &builder, int64_t width) { return VectorType::get(width, builder.getF32Type()); }

Value ContractionEmit::zero(int64_t width) const {
  VectorType type = vectorOf(builder, width);
  return arith::ConstantOp::create(builder, loc, type, DenseElementsAttr::get(type, 0.0f));
}

Value ContractionEmit::splat(Value memref, Value position, int64_t width) const {
  Value scalar = memref::LoadOp::create(builder, loc, memref, position);
  return vector::BroadcastOp::create(builder, loc, vectorOf(builder, width), scalar);
}

Value ContractionEmit::mask(VectorSlice slice) const {
  SmallVector<bool> bits(slice.width, false);
  std::fill_n(bits.begin(), slice.valid, true);
  auto type = VectorType::get(slice.width, builder.getI1Type());
  return arith::ConstantOp::create(builder, loc, type, DenseElementsAttr::get(type, bits));
}

Value ContractionEmit::load(Value memref, Value position, VectorSlice slice, bool padded) const {
  VectorType type = vectorOf(builder, slice.width);
  if (padded || !slice.partial())
    return vector::LoadOp::create(builder, loc, type, memref, ValueRange(position));
  return vector::MaskedLoadOp::create(builder, loc, type, memref, position, mask(slice), zero(slice.width));
}

void ContractionEmit::store(Value value, Value memref, Value position, VectorSlice slice) const {
  if (slice.partial())
    vector::MaskedStoreOp::create(builder, loc, memref, position, mask(slice), value);
  else
    vector::StoreOp::create(builder, loc, value, memref, position);
}

void ContractionEmit::prefetch(Value memref, Value position, bool write) const {
  memref::PrefetchOp::create(builder, loc, memref, position, write, /*localityHint=*/3, /*isDataCache=*/true);
}

Value ContractionEmit::multiplyAdd(Value a, Value b, Value c, const TargetFacts &target) const {
  if (target.fma)
    return vector::FMAOp::create(builder, loc, a, b, c);
  return arith::AddFOp::create(builder, loc, arith::MulFOp::create(builder, loc, a, b), c);
}

void ContractionEmit::vectorLoop(Value count, const TargetFacts &target,
                                 function_ref<void(Value, VectorSlice)> body) const {
  int64_t lanes = target.lanes();
  Value whole = mul(div(count, lanes), lanes);
  loop(index(0), whole, lanes, [&](Value i) { body(i, {lanes, lanes}); });
  std::optional<int64_t> known = knownIndex(count);
  if (known && *known % lanes) {
    int64_t rest = *known % lanes;
    body(whole, {static_cast<int64_t>(llvm::PowerOf2Ceil(rest)), rest});
  } else if (!known) {
    loop(whole, count, 1, [&](Value i) { body(i, {1, 1}); });
  }
}

void ContractionEmit::fillZero(Value to, Value position, Value count, const TargetFacts &target) const {
  vectorLoop(count, target, [&](Value i, VectorSlice slice) { store(zero(slice.width), to, add(position, i), slice); });
}

void ContractionEmit::copy(Value to, Value toPosition, Value from, Value fromPosition, Value count,
                const TargetFacts &target) const {
  vectorLoop(count, target, [&](Value i, VectorSlice slice) {
    store(load(from, add(fromPosition, i), slice), to, add(toPosition, i), slice);
  });
}

} // namespace nncc::kernels
