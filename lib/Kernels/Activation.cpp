// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementwise activations, ReLU with arguments, softmax, and their gradients.
#include "ElementMap.h"
#include "Elementwise.h"
#include "Rows.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Kernels/Math.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;
using arith::CmpFPredicate;

namespace {

LogicalResult emitActivationInputGrad(nn::ActivationInputGradOp op, KernelBuilder &kernels) {
  nn::Activation function = op.getFunction();
  std::string what = nn::stringifyActivation(function).str() + " gradient";
  addMapStep(kernels, op, what, {op.getInput(), op.getOutputGradient()}, op.getInputGradient(), 8,
             [&](Emit &emit, ArrayRef<Value> x) { return emitActivationInputGradient(emit, function, x[0], x[1]); });
  return success();
}

LogicalResult emitElu(nn::EluOp op, KernelBuilder &kernels) {
  double alpha = op.getAlpha().convertToDouble();
  addMapStep(kernels, op, "elu", op.getInput(), op.getOutput(), 4, [&](Emit &emit, ArrayRef<Value> values) {
    Value x = values[0], zero = emit.constant(x.getType(), 0.0);
    return emit.select(emit.compare(CmpFPredicate::OLE, x, zero), emit.mulf(emitExpm1(emit, x), alpha), x);
  });
  return success();
}

LogicalResult emitEluGrad(nn::EluGradOp op, KernelBuilder &kernels) {
  double alpha = op.getAlpha().convertToDouble();
  addMapStep(kernels, op, "elu gradient", {op.getInput(), op.getOutputGradient()}, op.getInputGradient(), 4,
             [&](Emit &emit, ArrayRef<Value> values) {
    Value x = values[0], dy = values[1], zero = emit.constant(x.getType(), 0.0);
    Value below = emit.mulf(dy, emit.mulf(emitExp(emit, x), alpha));
    return emit.select(emit.compare(CmpFPredicate::OLE, x, zero), below, dy);
  });
  return success();
}

/// A tensor around one axis, of one sample: [outer, axis, inner].
struct AxisSplit {
  int64_t outer = 1, axis, inner = 1;

  AxisSplit(ShapedType type, int64_t position) : axis(type.getDimSize(position)) {
    for (int64_t i = isBatched(type) ? 1 : 0; i < position; ++i)
      outer *= type.getDimSize(i);
    for (int64_t i = position + 1; i < type.getRank(); ++i)
      inner *= type.getDimSize(i);
  }
  int64_t rowElements() const { return axis * inner; }
};

LogicalResult emitSoftmax(nn::SoftmaxOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInput().getType());
  AxisSplit split(type, op.getAxis());
  // A row's elements are read for the maximum, then each once more before it is written.
  kernels.mayOverwrite(op, op.getInput(), op.getOutput());
  addRowStep(kernels, op, "softmax", isBatched(type), split.outer, split.rowElements(), 6 * split.rowElements(),
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value from = kernels.flat(kernel, op.getInput()), to = kernels.flat(kernel, op.getOutput());
    return [=, &emit](Value row) {
      Value start = emit.mul(row, split.rowElements());
      if (split.inner == 1) {
        emitSoftmaxRow(emit, from, start, to, start, split.axis);
        return;
      }
      // Lanes along the axes behind; the axis in loops.
      emit.pieces(split.inner, [&](Value offset, int64_t width) {
        Value base = emit.add(start, offset);
        auto at = [&](Value i) { return emit.add(base, emit.mul(i, split.inner)); };
        Value zero = emit.index(0), count = emit.index(split.axis);
        Value maximum = emit.loop(emit.index(1), count, 1, ValueRange{emit.load(from, base, width)},
                                  [&](Value i, ValueRange carried) {
                                    return SmallVector<Value>{
                                        emit.maximum(carried[0], emit.load(from, at(i), width))};
                                  })[0];
        Value sum = emit.loop(zero, count, 1, ValueRange{emit.constant(emit.f32s(width), 0.0)},
                              [&](Value i, ValueRange carried) {
                                Value e = emitExp(emit, emit.subf(emit.load(from, at(i), width), maximum));
                                emit.store(e, to, at(i));
                                return SmallVector<Value>{emit.addf(carried[0], e)};
                              })[0];
        Value scale = emit.divf(1.0, sum);
        emit.loop(0, split.axis,
                  [&](Value i) { emit.store(emit.mulf(emit.load(to, at(i), width), scale), to, at(i)); });
      });
    };
  });
  return success();
}

LogicalResult emitSoftmaxGrad(nn::SoftmaxGradOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getOutput().getType());
  AxisSplit split(type, op.getAxis());
  kernels.mayOverwrite(op, op.getOutputGradient(), op.getInputGradient());
  addRowStep(kernels, op, "softmax gradient", isBatched(type), split.outer, split.rowElements(),
             4 * split.rowElements(), [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value output = kernels.flat(kernel, op.getOutput()), gradient = kernels.flat(kernel, op.getOutputGradient());
    Value to = kernels.flat(kernel, op.getInputGradient());
    return [=, &emit](Value row) {
      Value start = emit.mul(row, split.rowElements());
      auto store = [&](Value at, int64_t width, Value dot) {
        Value y = emit.load(output, at, width), dy = emit.load(gradient, at, width);
        emit.store(emit.mulf(y, emit.subf(dy, emit.splat(dot, y.getType()))), to, at);
      };
      if (split.inner == 1) {
        Value dot = sumRow(emit, split.axis, [&](Value offset, int64_t width) {
          Value at = emit.add(start, offset);
          return emit.mulf(emit.load(output, at, width), emit.load(gradient, at, width));
        });
        emit.pieces(split.axis, [&](Value offset, int64_t width) { store(emit.add(start, offset), width, dot); });
        return;
      }
      emit.pieces(split.inner, [&](Value offset, int64_t width) {
        Value base = emit.add(start, offset);
        auto at = [&](Value i) { return emit.add(base, emit.mul(i, split.inner)); };
        Value dot = emit.loop(emit.index(0), emit.index(split.axis), 1,
                              ValueRange{emit.constant(emit.f32s(width), 0.0)}, [&](Value i, ValueRange carried) {
          return SmallVector<Value>{
              emit.fma(emit.load(output, at(i), width), emit.load(gradient, at(i), width), carried[0])};
        })[0];
        emit.loop(0, split.axis, [&](Value i) { store(at(i), width, dot); });
      });
    };
  });
  return success();
}

} // namespace

void kernels::addActivationKernels(EmitterTable &table) {
  for (StringRef name : {"nn.activation", "nn.activation_grad", "nn.relu", "nn.relu_grad"})
    table[name] = [](Operation *op, KernelBuilder &k) {
      addElementMapStep(k, op);
      return success();
    };
  table["nn.activation_input_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitActivationInputGrad(cast<nn::ActivationInputGradOp>(op), k);
  };
  table["nn.elu"] = [](Operation *op, KernelBuilder &k) { return emitElu(cast<nn::EluOp>(op), k); };
  table["nn.elu_grad"] = [](Operation *op, KernelBuilder &k) { return emitEluGrad(cast<nn::EluGradOp>(op), k); };
  table["nn.softmax"] = [](Operation *op, KernelBuilder &k) { return emitSoftmax(cast<nn::SoftmaxOp>(op), k); };
  table["nn.softmax_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitSoftmaxGrad(cast<nn::SoftmaxGradOp>(op), k);
  };
}
