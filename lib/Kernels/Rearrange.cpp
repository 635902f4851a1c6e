// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elements in other places: permuted, repeated, padded, cropped; sums over axes, the gradient of repetition; and tensors with a
// parameter that is repeated.
#include "Elementwise.h"
#include "Resize.h"
#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Dialect/NN/Ops/Shape.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

/// A sample's extents with their distances in memory.
struct Sample {
  SmallVector<int64_t> extents, strides;
  int64_t elements;

  explicit Sample(Value value) {
    auto type = cast<ShapedType>(value.getType());
    for (int64_t i = isBatched(type) ? 1 : 0; i < type.getRank(); ++i)
      extents.push_back(type.getDimSize(i));
    strides.assign(extents.size(), 1);
    for (size_t i = extents.size(); i-- > 1;)
      strides[i - 1] = strides[i] * extents[i];
    elements = elementsPerSample(type);
  }
  size_t rank() const { return extents.size(); }
};

/// The place of a row (all axes but the last, and the batch): its sample and its index along each axis.
struct RowPlace {
  Value sample;
  SmallVector<Value> indices;

  RowPlace(Emit &emit, Value row, ArrayRef<int64_t> extents) : indices(extents.size()) {
    for (size_t i = extents.size(); i-- > 0;) {
      indices[i] = emit.rem(row, extents[i]);
      row = emit.div(row, extents[i]);
    }
    sample = row;
  }
};

void fillRun(Emit &emit, Value to, Value start, int64_t count, Value scalar) {
  emit.pieces(count, [&](Value offset, int64_t width) {
    emit.store(emit.splat(scalar, emit.f32s(width)), to, emit.add(start, offset));
  });
}

void copyRun(Emit &emit, Value from, Value fromStart, Value to, Value toStart, int64_t count) {
  emit.pieces(count, [&](Value offset, int64_t width) {
    emit.store(emit.load(from, emit.add(fromStart, offset), width), to, emit.add(toStart, offset));
  });
}

/// The output reads the input with other strides: an axis of stride 0 repeats.
LogicalResult emitStridedCopy(Operation *op, StringRef what, Value input, Value output, ArrayRef<int64_t> strides,
                              KernelBuilder &kernels) {
  Sample from(input), to(output);
  if (to.rank() == 0) { // samples of one number
    addMapStep(kernels, op, what, input, output, 0, [](Emit &, ArrayRef<Value> x) { return x[0]; });
    return success();
  }
  auto type = cast<ShapedType>(output.getType());
  ArrayRef<int64_t> outer = ArrayRef(to.extents).drop_back();
  int64_t length = to.extents.back(), stride = strides.back();
  addRowStep(kernels, op, what, isBatched(type), to.elements / length, length, 0,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value source = kernels.flat(kernel, input), target = kernels.flat(kernel, output);
    return [=, &emit](Value row) {
      RowPlace place(emit, row, outer);
      Value start = emit.mul(place.sample, from.elements);
      for (auto [index, step] : llvm::zip(place.indices, strides))
        if (step != 0)
          start = emit.add(start, emit.mul(index, step));
      Value toStart = emit.mul(row, length);
      if (stride == 1)
        copyRun(emit, source, start, target, toStart, length);
      else if (stride == 0)
        fillRun(emit, target, toStart, length, emit.loadScalar(source, start));
      else
        emit.loop(0, length, [&](Value i) {
          emit.store(emit.loadScalar(source, emit.add(start, emit.mul(i, stride))), target, emit.add(toStart, i));
        });
    };
  });
  return success();
}

LogicalResult emitPermute(nn::PermuteOp op, KernelBuilder &kernels) {
  Sample from(op.getInput());
  SmallVector<int64_t> strides;
  for (int64_t axis : op.getPermutation())
    strides.push_back(from.strides[axis - 1]);
  return emitStridedCopy(op, "permute", op.getInput(), op.getOutput(), strides, kernels);
}

LogicalResult emitBroadcast(nn::BroadcastOp op, KernelBuilder &kernels) {
  Sample from(op.getInput());
  SmallVector<int64_t> strides = from.strides;
  for (auto [stride, extent, wanted] : llvm::zip(strides, from.extents, op.getShape()))
    if (extent != wanted)
      stride = 0;
  return emitStridedCopy(op, "broadcast", op.getInput(), op.getOutput(), strides, kernels);
}

LogicalResult emitPad(nn::PadOp op, KernelBuilder &kernels) {
  Sample from(op.getInput()), to(op.getOutput());
  auto type = cast<ShapedType>(op.getOutput().getType());
  ArrayRef<int64_t> padding = op.getPadding();
  ArrayRef<int64_t> outer = ArrayRef(to.extents).drop_back();
  int64_t length = to.extents.back(), last = int64_t(to.rank()) - 1;
  int64_t low = padding[2 * last], high = padding[2 * last + 1];
  int64_t zerosLow = std::max<int64_t>(low, 0), zerosHigh = std::max<int64_t>(high, 0);
  int64_t skipped = std::max<int64_t>(-low, 0), copied = length - zerosLow - zerosHigh;
  addRowStep(kernels, op, "pad", isBatched(type), to.elements / length, length, 0,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value source = kernels.flat(kernel, op.getInput()), target = kernels.flat(kernel, op.getOutput());
    return [=, &emit](Value row) {
      RowPlace place(emit, row, outer);
      Value zero = emit.constant(emit.builder.getF32Type(), 0.0), none = emit.index(0);
      Value start = emit.add(emit.mul(place.sample, from.elements), skipped), inside;
      for (auto [i, index] : llvm::enumerate(place.indices)) {
        Value at = emit.sub(index, padding[2 * i]);
        start = emit.add(start, emit.mul(at, from.strides[i]));
        auto require = [&](arith::CmpIPredicate predicate, Value bound) {
          Value holds = emit.compare(predicate, at, bound);
          inside = inside ? Value(arith::AndIOp::create(emit.builder, emit.loc, inside, holds)) : holds;
        };
        if (padding[2 * i] > 0)
          require(arith::CmpIPredicate::sge, none);
        if (padding[2 * i + 1] > 0)
          require(arith::CmpIPredicate::slt, emit.index(from.extents[i]));
      }
      Value toStart = emit.mul(row, length);
      auto copy = [&] {
        if (zerosLow > 0)
          fillRun(emit, target, toStart, zerosLow, zero);
        copyRun(emit, source, start, target, emit.add(toStart, zerosLow), copied);
        if (zerosHigh > 0)
          fillRun(emit, target, emit.add(toStart, zerosLow + copied), zerosHigh, zero);
      };
      if (!inside)
        return copy();
      emit.ifThen(inside, copy);
      Value outside = arith::XOrIOp::create(emit.builder, emit.loc, inside, emit.integer(inside.getType(), 1));
      emit.ifThen(outside, [&] { fillRun(emit, target, toStart, length, zero); });
    };
  });
  return success();
}

/// Sums in f64, in the order of the input: over the batch first where the result has none.
LogicalResult emitReduceSum(nn::ReduceSumOp op, KernelBuilder &kernels) {
  Sample from(op.getInput()), to(op.getOutput());
  auto type = cast<ShapedType>(op.getOutput().getType());
  const bool overBatch = isBatched(cast<ShapedType>(op.getInput().getType())) && !isBatched(type);
  // Axes that a parameter lacks in front.
  to.extents.insert(to.extents.begin(), from.rank() - to.rank(), 1);
  const int64_t rank = int64_t(to.rank());
  const bool keepsLast = rank > 0 && from.extents.back() == to.extents.back();
  const int64_t length = rank > 0 ? from.extents.back() : 1;
  SmallVector<int64_t> outer, outerStrides, summed, summedStrides;
  for (int64_t i = 0; i + 1 < rank; ++i) {
    bool isKept = to.extents[i] == from.extents[i];
    (isKept ? outer : summed).push_back(from.extents[i]);
    (isKept ? outerStrides : summedStrides).push_back(from.strides[i]);
  }
  const int64_t rows = to.elements / (keepsLast ? length : 1), perRow = from.elements / rows;
  addRowStep(kernels, op, "sum", isBatched(type), rows, perRow, perRow,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value source = kernels.flat(kernel, op.getInput()), target = kernels.flat(kernel, op.getOutput());
    Value batch = kernel.batch;
    return [=, &emit](Value row) {
      RowPlace place(emit, row, outer);
      Value start = emit.mul(place.sample, from.elements);
      for (auto [index, step] : llvm::zip(place.indices, outerStrides))
        start = emit.add(start, emit.mul(index, step));
      // Adds what `element` makes at every summed place, from the outermost axis to the innermost.
      using Element = llvm::function_ref<Value(Value at)>;
      auto total = [&](Type sumType, Element element) -> Value {
        std::function<Value(size_t, Value, Value)> nest = [&](size_t level, Value at, Value sum) -> Value {
          if (level == summed.size())
            return emit.addf(sum, element(at));
          return emit.loop(emit.index(0), emit.index(summed[level]), 1, ValueRange{sum},
                           [&](Value i, ValueRange carried) {
            return SmallVector<Value>{nest(level + 1, emit.add(at, emit.mul(i, summedStrides[level])), carried[0])};
          })[0];
        };
        Value zero = emit.constant(sumType, 0.0);
        if (!overBatch)
          return nest(0, start, zero);
        return emit.loop(emit.index(0), batch, 1, ValueRange{zero}, [&](Value n, ValueRange carried) {
          return SmallVector<Value>{nest(0, emit.add(start, emit.mul(n, from.elements)), carried[0])};
        })[0];
      };
      Type f64 = emit.builder.getF64Type();
      if (keepsLast) {
        emit.pieces(length, [&](Value offset, int64_t width) {
          Value sum = total(emit.vectorType(width, f64), [&](Value at) {
            return emit.extend(emit.load(source, emit.add(at, offset), width));
          });
          emit.store(emit.truncate(sum), target, emit.add(emit.mul(row, length), offset));
        });
        return;
      }
      Value sum = total(f64, [&](Value at) {
        return emit.reducePieces(
            length,
            [&](Value offset, int64_t width) { return emit.extend(emit.load(source, emit.add(at, offset), width)); },
            [&](Value a, Value b) { return emit.addf(a, b); });
      });
      emit.store(emit.truncate(sum), target, row);
    };
  });
  return success();
}

template <typename Op>
LogicalResult emitWithParameter(Op op, StringRef what, KernelBuilder &kernels, Value (Emit::*combine)(Value, Value)) {
  Sample from(op.getInput()), parameter(op.getParameter());
  parameter.extents.insert(parameter.extents.begin(), from.rank() - parameter.rank(), 1);
  parameter.strides.insert(parameter.strides.begin(), from.rank() - parameter.strides.size(), 0);
  auto type = cast<ShapedType>(op.getInput().getType());
  const int64_t length = from.extents.back();
  const bool repeatsLast = parameter.extents.back() != length;
  kernels.mayOverwrite(op, op.getInput(), op.getOutput());
  addRowStep(kernels, op, what, isBatched(type), from.elements / length, length, length,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value source = kernels.flat(kernel, op.getInput()), target = kernels.flat(kernel, op.getOutput());
    Value numbers = kernels.flat(kernel, op.getParameter());
    return [=, &emit](Value row) {
      RowPlace place(emit, row, ArrayRef(from.extents).drop_back());
      Value at = emit.index(0), start = emit.mul(row, length);
      for (auto [i, index] : llvm::enumerate(place.indices))
        if (parameter.extents[i] != 1)
          at = emit.add(at, emit.mul(index, parameter.strides[i]));
      Value one = repeatsLast ? emit.loadScalar(numbers, at) : Value();
      emit.pieces(length, [&](Value offset, int64_t width) {
        Value x = emit.load(source, emit.add(start, offset), width);
        Value p = one ? emit.splat(one, x.getType()) : emit.load(numbers, emit.add(at, offset), width);
        emit.store((emit.*combine)(x, p), target, emit.add(start, offset));
      });
    };
  });
  return success();
}

} // namespace

void kernels::addRearrangeKernels(EmitterTable &table) {
  table["nn.scale_by"] = [](Operation *op, KernelBuilder &k) {
    return emitWithParameter(cast<nn::ScaleByOp>(op), "scale", k, &Emit::mulf);
  };
  table["nn.shift_by"] = [](Operation *op, KernelBuilder &k) {
    return emitWithParameter(cast<nn::ShiftByOp>(op), "shift", k, &Emit::addf);
  };
  table["nn.permute"] = [](Operation *op, KernelBuilder &k) { return emitPermute(cast<nn::PermuteOp>(op), k); };
  table["nn.broadcast"] = [](Operation *op, KernelBuilder &k) { return emitBroadcast(cast<nn::BroadcastOp>(op), k); };
  table["nn.pad"] = [](Operation *op, KernelBuilder &k) { return emitPad(cast<nn::PadOp>(op), k); };
  table["nn.reduce_sum"] = [](Operation *op, KernelBuilder &k) { return emitReduceSum(cast<nn::ReduceSumOp>(op), k); };
  addResizeKernels(table);
}
