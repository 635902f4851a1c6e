// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What losses have in common.
#include "LossSteps.h"
#include "Elementwise.h"

#include <limits>

using namespace mlir;
using namespace nncc::kernels;
using arith::CmpFPredicate;

LossRows::LossRows(ShapedType prediction, bool categorical) : batched(isBatched(prediction)) {
  int64_t elements = elementsPerSample(prediction);
  length = categorical ? prediction.getShape().back() : elements;
  rows = elements / length;
}

Value LossRows::count(Emit &emit, Value batch) const { return batched ? emit.mul(batch, rows) : emit.index(rows); }

Reduction::Reduction(Operation *op, bool categorical) : perRow(1), isSum(op->hasAttr("sum")), targets(op->getOperand(1)) {
  auto type = cast<ShapedType>(op->getOperand(0).getType());
  if (!categorical)
    perRow = double(isSum ? type.getShape().back() : elementsPerSample(type));
  if (auto attr = op->getAttrOfType<IntegerAttr>("ignore_class"))
    ignored = double(attr.getInt());
}

Value Reduction::divisor(KernelBuilder &kernels, Kernel &kernel, Emit &emit, const LossRows &rows) const {
  Type f64 = emit.builder.getF64Type();
  Value factor = emit.constant(f64, perRow);
  if (isSum)
    return factor;
  Value count = rows.count(emit, kernel.batch);
  if (!ignored)
    return emit.mulf(emit.toFloat(count, f64), factor);
  Value from = kernels.flat(kernel, targets);
  return emit.loop(emit.index(0), count, 1, ValueRange{emit.constant(f64, 0.0)}, [&](Value row, ValueRange carried) {
    return SmallVector<Value>{emit.addf(carried[0], unlessIgnored(emit, factor, emit.loadScalar(from, row)))};
  })[0];
}

Value Reduction::scale(KernelBuilder &kernels, Kernel &kernel, Emit &emit, const LossRows &rows) const {
  return emit.truncate(emit.divf(1.0, divisor(kernels, kernel, emit, rows)));
}

Value Reduction::unlessIgnored(Emit &emit, Value value, Value target) const {
  if (!ignored)
    return value;
  Value isIgnored = emit.compare(CmpFPredicate::OEQ, target, emit.constant(target.getType(), *ignored));
  return emit.select(isIgnored, emit.constant(value.getType(), 0.0), value);
}

LossParts::LossParts(KernelBuilder &kernels, Operation *op, const LossRows &rows, int64_t partsOfRow)
    : rows(rows), partsOfRow(partsOfRow) {
  auto f64 = Float64Type::get(op->getContext());
  sums = kernels.addTemporary(
      MemRefType::get({rows.batched ? ShapedType::kDynamic : 1, rows.rows * partsOfRow}, f64));
}

void LossParts::addMeanStep(KernelBuilder &kernels, Operation *op, StringRef what, const Reduction &reduction,
                            Value loss) const {
  auto f64 = Float64Type::get(op->getContext());
  int64_t parts = rows.rows * partsOfRow;
  kernels.addStep(op, what.str() + ", mean", {1, 0}, rows.batched ? Affine{0, parts} : Affine{parts, 0},
                  [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value from = kernels.flat(kernel, sums), to = kernels.flat(kernel, loss);
    Value divisor = reduction.divisor(kernels, kernel, emit, rows);
    ClassWeights weights(op);
    Value targets = weights ? kernels.flat(kernel, op->getOperand(1)) : Value();
    forUnits(emit, kernel, [&](Value) {
      Value count = emit.mul(rows.count(emit, kernel.batch), partsOfRow);
      Value sum = emit.loop(emit.index(0), count, 1, ValueRange{emit.constant(f64, 0.0)},
                            [&](Value row, ValueRange carried) {
        Value part = emit.loadScalar(from, row);
        if (weights)
          part = emit.mulf(part, weights.of(emit, targets, emit.div(row, parts)));
        return SmallVector<Value>{emit.addf(carried[0], part)};
      })[0];
      emit.store(emit.truncate(emit.divf(sum, divisor)), to, emit.index(0));
    });
  });
}

ClassWeights::ClassWeights(Operation *op) {
  auto attr = op->getAttrOfType<DenseF64ArrayAttr>("class_weight");
  if (!attr)
    return; // a penalty has no target either
  weights = attr.asArrayRef();
  width = elementsPerSample(cast<ShapedType>(op->getOperand(1).getType()));
}

/// The first of the largest of `count` numbers, as a number.
static Value indexOfLargest(Emit &emit, Value from, Value start, int64_t count) {
  Type f32 = emit.builder.getF32Type();
  SmallVector<Value> initial = {emit.loadScalar(from, start), emit.constant(f32, 0.0)};
  return emit.loop(emit.index(1), emit.index(count), 1, initial, [&](Value i, ValueRange carried) {
    Value value = emit.loadScalar(from, emit.add(start, i));
    Value isLarger = emit.compare(CmpFPredicate::OGT, value, carried[0]);
    return SmallVector<Value>{emit.select(isLarger, value, carried[0]),
                              emit.select(isLarger, emit.toFloat(i, f32), carried[1])};
  })[1];
}

/// The nearest integer, of two the even one: adding 1.5 * 2^23 leaves no place for a fraction. Larger numbers are no classes.
static Value roundToEven(Emit &emit, Value x) {
  constexpr double magic = 12582912.0;
  return emit.addf(emit.addf(x, magic), -magic);
}

Value ClassWeights::of(Emit &emit, Value targets, Value sample) const {
  Value start = emit.mul(sample, width);
  Value label = width > 1 ? indexOfLargest(emit, targets, start, width)
                          : roundToEven(emit, emit.loadScalar(targets, start));
  auto count = int64_t(weights.size());
  Value index = classIndex(emit, label, count), weight = emit.constant(emit.builder.getF64Type(), weights[0]);
  for (int64_t i = 1; i < count; ++i) {
    Value isThis = emit.compare(arith::CmpIPredicate::eq, index, emit.index(i));
    weight = emit.select(isThis, emit.constant(weight.getType(), weights[i]), weight);
  }
  return nanUnlessClass(emit, weight, label, count);
}

void nncc::kernels::addClassWeightStep(KernelBuilder &kernels, Operation *gradient) {
  ClassWeights weights(gradient);
  if (!weights)
    return;
  Value result = gradient->getResult(0);
  auto type = cast<ShapedType>(result.getType());
  int64_t length = elementsPerSample(type);
  addRowStep(kernels, gradient, "class weights", isBatched(type), 1, length, length,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value targets = kernels.flat(kernel, gradient->getOperand(1)), values = kernels.flat(kernel, result);
    return [=, &emit](Value row) {
      Value start = emit.mul(row, length), weight = emit.truncate(weights.of(emit, targets, row));
      emit.pieces(length, [&](Value offset, int64_t width) {
        Value at = emit.add(start, offset), value = emit.load(values, at, width);
        emit.store(emit.mulf(value, emit.splat(weight, value.getType())), values, at);
      });
    };
  });
}

void nncc::kernels::sumChunks(Emit &emit, Kernel &kernel, const Chunks &chunks, int64_t rowLength, Value sums,
                        llvm::function_ref<Value(Value, int64_t)> element) {
  int64_t lanes = emit.target.lanes(), whole = rowLength - rowLength % lanes;
  auto add = [&](Value a, Value b) { return emit.addf(a, b); };
  forUnits(emit, kernel, [&](Value unit) {
    Value start = emit.mul(emit.div(unit, chunks.units), rowLength), chunk = emit.rem(unit, chunks.units);
    Value from = emit.mul(chunk, chunks.size), to = emit.min(emit.add(from, chunks.size), emit.index(whole));
    Value zero = emit.constant(emit.vectorType(lanes, emit.builder.getF64Type()), 0.0);
    Value sum = emit.loop(from, to, lanes, ValueRange{zero}, [&](Value offset, ValueRange carried) {
      return SmallVector<Value>{emit.addf(carried[0], element(emit.add(start, offset), lanes))};
    })[0];
    emit.store(emit.reduceLanes(sum, add), sums, unit);
    if (whole == rowLength)
      return;
    Value isLast = emit.compare(arith::CmpIPredicate::eq, chunk, emit.index(chunks.units - 1));
    emit.ifThen(isLast, [&] {
      emit.remainderPieces(emit.add(start, whole), rowLength - whole, [&](Value at, int64_t width) {
        Value part = emit.reduceLanes(element(at, width), add);
        emit.store(emit.addf(emit.loadScalar(sums, unit), part), sums, unit);
      });
    });
  });
}

void nncc::kernels::addLossSteps(KernelBuilder &kernels, Operation *op, StringRef what, const LossRows &rows,
                                 const Reduction &reduction, Value loss, llvm::function_ref<RowLoss(Kernel &, Emit &)> prepare) {
  LossParts parts(kernels, op, rows, 1);
  addRowStep(kernels, op, what, rows.batched, rows.rows, rows.length, 10 * rows.length,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    RowLoss body = prepare(kernel, emit);
    Value to = kernels.flat(kernel, parts.sums);
    return [=, &emit](Value row) { emit.store(body(row), to, row); };
  });
  parts.addMeanStep(kernels, op, what, reduction, loss);
}

Value nncc::kernels::smooth(Emit &emit, Value target, double smoothing, double share) {
  if (smoothing == 0)
    return target;
  return emit.fma(target, emit.constant(target.getType(), 1.0 - smoothing), smoothing * share);
}

Value nncc::kernels::classIndex(Emit &emit, Value target, int64_t classes) {
  // A NaN becomes 0 here by the order of operands.
  Value low = emit.maximum(target, emit.constant(target.getType(), 0.0));
  Value inside = emit.minimum(low, emit.constant(target.getType(), double(classes - 1)));
  Value number = arith::FPToSIOp::create(emit.builder, emit.loc, emit.builder.getI64Type(), inside);
  return arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getIndexType(), number);
}

Value nncc::kernels::nanUnlessClass(Emit &emit, Value value, Value target, int64_t classes) {
  Type type = target.getType();
  Value notNegative = emit.compare(CmpFPredicate::OGE, target, emit.constant(type, 0.0));
  Value below = emit.compare(CmpFPredicate::OLT, target, emit.constant(type, double(classes)));
  Value valid = arith::AndIOp::create(emit.builder, emit.loc, notNegative, below);
  return emit.select(valid, value, emit.constant(value.getType(), std::numeric_limits<double>::quiet_NaN()));
}

Value nncc::kernels::oneHot(Emit &emit, Value target, Value offset, int64_t width) {
  VectorType type = emit.f32s(width);
  SmallVector<float> lanes(width);
  for (int64_t i = 0; i < width; ++i)
    lanes[i] = float(i);
  Value iota = arith::ConstantOp::create(emit.builder, emit.loc, DenseElementsAttr::get(type, ArrayRef<float>(lanes)));
  Value numbers = emit.addf(iota, emit.splat(emit.toFloat(offset, emit.builder.getF32Type()), type));
  Value same = emit.compare(CmpFPredicate::OEQ, numbers, emit.splat(target, type));
  return emit.select(same, emit.constant(type, 1.0), emit.constant(type, 0.0));
}
