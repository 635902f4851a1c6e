// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Interpolated enlargement and its gradient: one axis after the other, each a product with a matrix of a few weights a row. The
// weights stand in the code: rows repeat from block to block, but for the few at both ends.
#include "Resize.h"

#include "Elementwise.h"
#include "nncc/Dialect/NN/Interpolation.h"
#include "nncc/Dialect/NN/Ops/Shape.h"

#include <map>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;
using nn::WeightedRow;

namespace {

/// A matrix of weights whose rows come in blocks of `size`: those of block i + 1 are those of block i with their inputs
/// `step` further, for all i of [low, high) but the last.
struct Blocks {
  ArrayRef<WeightedRow> rows;
  int64_t size, step, count, low, high;

  Blocks(ArrayRef<WeightedRow> rows, int64_t size, int64_t step)
      : rows(rows), size(size), step(step), count(int64_t(rows.size()) / size), low(count / 2), high(low) {
    const int64_t middle = low;
    while (low > 0 && isLike(low - 1, middle))
      --low;
    while (high < count && isLike(high, middle))
      ++high;
  }
  const WeightedRow &row(int64_t block, int64_t index) const { return rows[block * size + index]; }

private:
  bool isLike(int64_t block, int64_t other) const {
    for (int64_t i = 0; i < size; ++i)
      if (row(block, i).first - block * step != row(other, i).first - other * step ||
          row(block, i).weights != row(other, i).weights)
        return false;
    return true;
  }
};

/// A sample as [outer, inputs, inner]: along the middle axis.
struct Along {
  bool batched;
  int64_t outer, inputs, inner;
};

/// One block of output rows. Inputs of the rows of `block` are counted from its first, which is at `base`.
void emitBlock(Emit &emit, const Blocks &blocks, int64_t block, int64_t inner, Value from, Value base, Value to,
               Value toStart) {
  emit.pieces(inner, [&](Value offset, int64_t width) {
    std::map<int64_t, Value> inputs;
    for (int64_t i = 0; i < blocks.size; ++i) {
      const WeightedRow &row = blocks.row(block, i);
      Value sum;
      for (auto [tap, weight] : llvm::enumerate(row.weights)) {
        if (weight == 0)
          continue;
        const int64_t input = row.first + int64_t(tap) - block * blocks.step;
        Value &x = inputs[input];
        if (!x) {
          Value at = input >= 0 ? emit.add(base, input * inner) : emit.sub(base, -input * inner);
          x = emit.load(from, emit.add(at, offset), width);
        }
        sum = sum ? emit.fma(x, emit.constant(x.getType(), weight), sum) : weight == 1 ? x : emit.mulf(x, weight);
      }
      if (!sum)
        sum = emit.constant(emit.f32s(width), 0.0);
      emit.store(sum, to, emit.add(emit.add(toStart, i * inner), offset));
    }
  });
}

void addAxisStep(KernelBuilder &kernels, Operation *op, StringRef what, const Along &along, const Blocks &blocks,
                 BufferRef source, BufferRef target) {
  int64_t taps = 0;
  for (const WeightedRow &row : blocks.rows)
    taps += int64_t(row.weights.size());
  const int64_t elements = blocks.size * along.inner;
  addRowStep(kernels, op, what, along.batched, along.outer * blocks.count, elements,
             2 * taps * along.inner / blocks.count, [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value from = source.flat(kernels, kernel), to = target.flat(kernels, kernel);
    return [=, &emit](Value row) {
      Value block = emit.rem(row, blocks.count), start = emit.mul(emit.div(row, blocks.count), along.inputs * along.inner);
      Value toStart = emit.mul(row, elements);
      Value base = emit.add(start, emit.mul(block, blocks.step * along.inner));
      auto isBlock = [&](int64_t number) { return emit.compare(arith::CmpIPredicate::eq, block, emit.index(number)); };
      for (int64_t i = 0; i < blocks.count; ++i)
        if (i < blocks.low || i >= blocks.high)
          emit.ifThen(isBlock(i), [&] { emitBlock(emit, blocks, i, along.inner, from, base, to, toStart); });
      Value notBelow = emit.compare(arith::CmpIPredicate::sge, block, emit.index(blocks.low));
      Value below = emit.compare(arith::CmpIPredicate::slt, block, emit.index(blocks.high));
      emit.ifThen(arith::AndIOp::create(emit.builder, emit.loc, notBelow, below),
                  [&] { emitBlock(emit, blocks, blocks.low, along.inner, from, base, to, toStart); });
    };
  });
}

bool isIdentity(ArrayRef<WeightedRow> rows) {
  for (auto [index, row] : llvm::enumerate(rows))
    if (row.first != int64_t(index) || row.weights.size() != 1 || row.weights[0] != 1)
      return false;
  return true;
}

/// Forward from the first axis to the last, backward from the last to the first, so that both have the long runs for the
/// smaller tensors.
LogicalResult emitResize(Operation *op, StringRef what, Value input, Value output, ArrayRef<int64_t> factors,
                         StringRef interpolation, bool isGradient, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(input.getType());
  SmallVector<int64_t> shape(type.getShape());
  struct Axis {
    int64_t axis, factor;
    std::vector<WeightedRow> rows;
  };
  std::vector<Axis> axes;
  for (auto [i, factor] : llvm::enumerate(factors)) {
    const int64_t axis = int64_t(i) + 1, extent = shape[axis] / (isGradient ? factor : 1);
    std::vector<WeightedRow> rows = nn::interpolationRows(interpolation, extent, factor);
    if (isIdentity(rows))
      continue;
    axes.push_back({axis, factor, isGradient ? nn::transposedRows(rows, extent) : std::move(rows)});
  }
  if (isGradient)
    std::reverse(axes.begin(), axes.end());
  if (axes.empty()) {
    addMapStep(kernels, op, what, input, output, 0, [](Emit &, ArrayRef<Value> x) { return x[0]; });
    return success();
  }
  BufferRef from = input;
  for (const Axis &axis : axes) {
    const bool batched = isBatched(type);
    Along along = {batched, batched ? 1 : shape[0], shape[axis.axis], 1};
    for (int64_t i = 1; i < int64_t(shape.size()); ++i)
      if (i != axis.axis)
        (i < axis.axis ? along.outer : along.inner) *= shape[i];
    shape[axis.axis] = int64_t(axis.rows.size());
    BufferRef to = &axis == &axes.back() ? BufferRef(output)
                                         : BufferRef(kernels.addTemporary(MemRefType::get(shape, type.getElementType())));
    Blocks blocks(axis.rows, isGradient ? 1 : axis.factor, isGradient ? axis.factor : 1);
    addAxisStep(kernels, op, (what + ", axis " + Twine(axis.axis)).str(), along, blocks, from, to);
    from = to;
  }
  return success();
}

} // namespace

void kernels::addResizeKernels(EmitterTable &table) {
  table["nn.resize"] = [](Operation *op, KernelBuilder &k) {
    auto resize = cast<nn::ResizeOp>(op);
    return emitResize(op, "resize", resize.getInput(), resize.getOutput(), resize.getFactors(), resize.getInterpolation(),
                      /*isGradient=*/false, k);
  };
  table["nn.resize_grad"] = [](Operation *op, KernelBuilder &k) {
    auto gradient = cast<nn::ResizeGradOp>(op);
    return emitResize(op, "resize gradient", gradient.getOutputGradient(), gradient.getInputGradient(),
                      gradient.getFactors(), gradient.getInterpolation(), /*isGradient=*/true, k);
  };
}
