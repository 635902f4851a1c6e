// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Epilogue.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "nncc/Kernels/Math.h"

#include <limits>

using namespace mlir;

namespace nncc::kernels {

namespace {
Value zeroLike(const ContractionEmit &emit, Value value) {
  return arith::ConstantOp::create(emit.builder, emit.loc, emit.builder.getZeroAttr(value.getType()));
}
Value greater(const ContractionEmit &emit, Value a, Value b) {
  return arith::CmpFOp::create(emit.builder, emit.loc, arith::CmpFPredicate::OGT, a, b);
}
/// Numbers of positions beside a vector of values.
VectorType numbersType(const ContractionEmit &emit, Value value) {
  return cast<VectorType>(value.getType()).clone(emit.builder.getI32Type());
}
Value select(const ContractionEmit &emit, Value condition, Value a, Value b) {
  return arith::SelectOp::create(emit.builder, emit.loc, condition, a, b);
}
} // namespace

/// Of a monotone activation the maximum over a window is that of the maximum, for a part of the work (the same bits with
/// relu, the same within the error of their approximation with sigmoid and tanh). In training also the place of the
/// maximum must be that of the activated map, where several may have become equal.
bool CorrelationEpilogue::activateLast() const {
  switch (shape.activation) {
  case nn::Activation::Linear:
  case nn::Activation::Relu:
    return true;
  case nn::Activation::Sigmoid:
  case nn::Activation::Tanh:
    return !shape.argmax;
  default:
    return shape.poolPositions() == 1;
  }
}

Value inactiveNumber(const ContractionEmit &emit, const Correlation &shape, VectorType type) {
  // All that is not positive becomes 0: of equal activations the first is the maximum, if it must be one.
  int64_t number = shape.marksInactive ? shape.poolPositions() : 0;
  return arith::ConstantOp::create(emit.builder, emit.loc,
                                   DenseElementsAttr::get(type, emit.builder.getI32IntegerAttr(number)));
}

CorrelationEpilogue::Result CorrelationEpilogue::apply(ArrayRef<Value> window) const {
  Values values(window);
  activateFirst(values);
  return finish(largest(values));
}

void CorrelationEpilogue::activateFirst(MutableArrayRef<Value> values) const {
  if (activateLast())
    return;
  Emit math(emit.builder, emit.loc, target);
  for (Value &value : values)
    value = emitActivation(math, shape.activation, value);
}

CorrelationEpilogue::Result CorrelationEpilogue::finish(Result best) const {
  if (best.number && shape.activation == nn::Activation::Relu)
    best.number = select(emit, greater(emit, best.value, zeroLike(emit, best.value)), best.number,
                         inactiveNumber(emit, shape, cast<VectorType>(best.number.getType())));
  if (activateLast()) {
    Emit math(emit.builder, emit.loc, target);
    best.value = emitActivation(math, shape.activation, best.value);
  }
  return best;
}

Value CorrelationEpilogue::maximum(Value a, Value b) const {
  // A NaN in the window must surface; which zero wins does not matter.
  return arith::MaximumFOp::create(emit.builder, emit.loc, a, b, arith::FastMathFlags::nsz);
}

CorrelationEpilogue::Result CorrelationEpilogue::largest(ArrayRef<Value> window) const {
  Result best{window.front(), Value()};
  if (!shape.argmax) {
    for (Value value : window.drop_front())
      best.value = maximum(best.value, value);
    return best;
  }
  // As nn.max_pool_train: the first position is taken, later ones where they are greater.
  VectorType type = numbersType(emit, best.value);
  auto constant = [&](int64_t position) -> Value {
    return arith::ConstantOp::create(emit.builder, emit.loc,
                                     DenseElementsAttr::get(type, emit.builder.getI32IntegerAttr(position)));
  };
  best.number = constant(0);
  for (size_t position = 1; position < window.size(); ++position) {
    Value more = greater(emit, window[position], best.value);
    best.value = select(emit, more, window[position], best.value);
    best.number = select(emit, more, constant(position), best.number);
  }
  return best;
}

CorrelationEpilogue::Result CorrelationEpilogue::none(int64_t width) const {
  auto type = VectorType::get(width, emit.builder.getF32Type());
  Result none;
  none.value = arith::ConstantOp::create(emit.builder, emit.loc, type,
                                         DenseElementsAttr::get(type, -std::numeric_limits<float>::infinity()));
  if (shape.argmax)
    none.number = arith::ConstantOp::create(emit.builder, emit.loc,
                                            emit.builder.getZeroAttr(numbersType(emit, none.value)));
  return none;
}

CorrelationEpilogue::Result CorrelationEpilogue::larger(Result best, Value value, Value position) const {
  if (!shape.argmax)
    return {maximum(best.value, value), Value()};
  Value isFirst = arith::CmpIOp::create(emit.builder, emit.loc, arith::CmpIPredicate::eq, position, emit.index(0));
  Value number = arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getI32Type(), position);
  Value more = greater(emit, value, best.value);
  Value first = vector::BroadcastOp::create(emit.builder, emit.loc, more.getType(), isFirst);
  more = arith::OrIOp::create(emit.builder, emit.loc, more, first);
  Value numbers = vector::BroadcastOp::create(emit.builder, emit.loc, numbersType(emit, value), number);
  return {select(emit, more, value, best.value), select(emit, more, numbers, best.number)};
}

void CorrelationEpilogue::storeNumber(Value number, Value argmax, Value at, planning::VectorSlice slice) const {
  Type element = cast<MemRefType>(argmax.getType()).getElementType();
  if (!element.isInteger(32))
    number =
        arith::TruncIOp::create(emit.builder, emit.loc, cast<VectorType>(number.getType()).clone(element), number);
  // No masks: few targets have them for bytes.
  for (int64_t done = 0, width = slice.width; done < slice.valid; done += width) {
    while (width > slice.valid - done)
      width /= 2;
    Value part = number;
    if (width < slice.width)
      part = vector::ExtractStridedSliceOp::create(emit.builder, emit.loc, number, ArrayRef<int64_t>{done},
                                                   ArrayRef<int64_t>{width}, ArrayRef<int64_t>{1});
    vector::StoreOp::create(emit.builder, emit.loc, part, argmax, emit.add(at, done));
  }
}

} // namespace nncc::kernels
