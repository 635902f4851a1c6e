// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows of samples to mean 0 and variance 1, and the gradient of that.
#include "Elementwise.h"
#include "Rows.h"
#include "nncc/Dialect/NN/Ops/Normalization.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

/// How a tensor is cut into rows of its last axes.
struct RowCut {
  bool batched;
  int64_t rows, length = 1;

  RowCut(ShapedType type, int64_t axes) : batched(isBatched(type)) {
    for (int64_t i = type.getRank() - axes; i < type.getRank(); ++i)
      length *= type.getDimSize(i);
    rows = elementsPerSample(type) / length;
  }
};

struct RowMoments {
  Value mean, inverseDeviation; // f32
};

RowMoments momentsOfRow(Emit &emit, Value memref, Value start, int64_t length, double epsilon) {
  auto load = [&](Value offset, int64_t width) { return emit.load(memref, emit.add(start, offset), width); };
  const double scale = 1.0 / double(length);
  Value mean = emit.truncate(emit.mulf(sumRowWide(emit, length, load), scale));
  Value squares = sumRowWide(emit, length, [&](Value offset, int64_t width) {
    Value x = load(offset, width);
    Value centred = emit.subf(x, emit.splat(mean, x.getType()));
    return emit.mulf(centred, centred);
  });
  Value variance = emit.addf(emit.mulf(squares, scale), epsilon);
  return {mean, emit.truncate(emit.divf(1.0, emit.sqrt(variance)))};
}

LogicalResult emitStandardize(nn::StandardizeOp op, KernelBuilder &kernels) {
  RowCut cut(cast<ShapedType>(op.getInput().getType()), op.getAxes());
  double epsilon = op.getEpsilon().convertToDouble();
  addRowStep(kernels, op, "standardize", cut.batched, cut.rows, cut.length, 5 * cut.length,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value from = kernels.flat(kernel, op.getInput()), to = kernels.flat(kernel, op.getOutput());
    return [=, &emit](Value row) {
      Value start = emit.mul(row, cut.length);
      RowMoments moments = momentsOfRow(emit, from, start, cut.length, epsilon);
      emit.pieces(cut.length, [&](Value offset, int64_t width) {
        Value at = emit.add(start, offset), x = emit.load(from, at, width);
        Value centred = emit.subf(x, emit.splat(moments.mean, x.getType()));
        emit.store(emit.mulf(centred, emit.splat(moments.inverseDeviation, x.getType())), to, at);
      });
    };
  });
  return success();
}

LogicalResult emitStandardizeGrad(nn::StandardizeGradOp op, KernelBuilder &kernels) {
  RowCut cut(cast<ShapedType>(op.getInput().getType()), op.getAxes());
  double epsilon = op.getEpsilon().convertToDouble();
  addRowStep(kernels, op, "standardize gradient", cut.batched, cut.rows, cut.length, 10 * cut.length,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value from = kernels.flat(kernel, op.getInput()), gradient = kernels.flat(kernel, op.getOutputGradient());
    Value to = kernels.flat(kernel, op.getInputGradient());
    return [=, &emit](Value row) {
      Value start = emit.mul(row, cut.length);
      RowMoments moments = momentsOfRow(emit, from, start, cut.length, epsilon);
      auto dy = [&](Value offset, int64_t width) { return emit.load(gradient, emit.add(start, offset), width); };
      auto y = [&](Value offset, int64_t width) {
        Value x = emit.load(from, emit.add(start, offset), width);
        Value centred = emit.subf(x, emit.splat(moments.mean, x.getType()));
        return emit.mulf(centred, emit.splat(moments.inverseDeviation, x.getType()));
      };
      const double scale = 1.0 / double(cut.length);
      Value mean = emit.truncate(emit.mulf(sumRowWide(emit, cut.length, dy), scale));
      Value product = emit.truncate(emit.mulf(
          sumRowWide(emit, cut.length,
                     [&](Value offset, int64_t width) { return emit.mulf(dy(offset, width), y(offset, width)); }),
          scale));
      emit.pieces(cut.length, [&](Value offset, int64_t width) {
        Value g = dy(offset, width);
        Type type = g.getType();
        g = emit.subf(g, emit.splat(mean, type));
        g = emit.subf(g, emit.mulf(y(offset, width), emit.splat(product, type)));
        emit.store(emit.mulf(g, emit.splat(moments.inverseDeviation, type)), to, emit.add(start, offset));
      });
    };
  });
  return success();
}

} // namespace

void kernels::addStandardizeKernels(EmitterTable &table) {
  table["nn.standardize"] = [](Operation *op, KernelBuilder &k) {
    return emitStandardize(cast<nn::StandardizeOp>(op), k);
  };
  table["nn.standardize_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitStandardizeGrad(cast<nn::StandardizeGradOp>(op), k);
  };
}
