// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pooling, backward. Nothing is zeroed and scattered to: every element of the input's gradient is written once, either
// as the windows tile the input, or by gathering from all windows over it.
#include "Elementwise.h"
#include "Pooling.h"
#include "nncc/Dialect/NN/Ops/Pooling.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;
using arith::CmpFPredicate;
using arith::CmpIPredicate;

namespace {

/// What one window gives to the input at one of its positions, for a piece of channels: once a window, `open` loads
/// what all positions share, and the function it returns makes the contribution to a position (a number in the window,
/// i32).
using Contribution = std::function<Value(Value position)>;
using OpenWindow = std::function<Contribution(std::array<Value, 3> o, Value outputElement, int64_t width)>;

Value asI32(Emit &emit, Value index) {
  return arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getI32Type(), index);
}

/// Index of the first channel at a position of a map.
Value elementAt(Emit &emit, Value sample, std::array<Value, 3> i, const Triple &extents, int64_t channels) {
  Value at = sample;
  for (int axis = 0; axis < 3; ++axis)
    at = emit.add(emit.mul(at, extents[axis]), i[axis]);
  return emit.mul(at, channels);
}

void zeroRun(Emit &emit, Value to, Value start, int64_t count) {
  emit.pieces(count, [&](Value offset, int64_t width) {
    emit.store(emit.constant(emit.f32s(width), 0.0), to, emit.add(start, offset));
  });
}

/// Windows that tile the input: a unit is some rows of windows, each writes the input's rows under it.
void addTilingStep(KernelBuilder &kernels, Operation *op, StringRef what, const Window &g, BufferRef inputGradient,
                   llvm::function_ref<OpenWindow(Kernel &, Emit &)> prepare) {
  int64_t rowElements = g.output[2] * g.channels * g.positions();
  addRowStep(kernels, op, what, g.batched, g.outputRows(), rowElements, rowElements,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    OpenWindow open = prepare(kernel, emit);
    Value to = inputGradient.flat(kernels, kernel);
    return [=, &emit, &g](Value row) {
      RowPlace place = splitRow(emit, row, g.output);
      Value i0 = emit.mul(place.first, g.stride[0]), i1 = emit.mul(place.second, g.stride[1]);
      emit.loop(0, g.output[2], [&](Value ow) {
        Value from = emit.mul(emit.add(emit.mul(row, g.output[2]), ow), g.channels);
        Value i2 = emit.mul(ow, g.stride[2]);
        Value corner = elementAt(emit, place.sample, {i0, i1, i2}, g.input, g.channels);
        emit.pieces(g.channels, [&](Value c, int64_t width) {
          Contribution contribution = open({place.first, place.second, ow}, emit.add(from, c), width);
          for (int64_t p = 0; p < g.positions(); ++p) {
            int64_t kd = p / (g.window[1] * g.window[2]), kh = p / g.window[2] % g.window[1], kw = p % g.window[2];
            int64_t offset = ((kd * g.input[1] + kh) * g.input[2] + kw) * g.channels;
            emit.store(contribution(emit.integer(emit.builder.getI32Type(), p)), to,
                       emit.add(emit.add(corner, c), offset));
          }
        });
      });
      // What no window reaches: the ends of rows, then rows behind the last window, then planes.
      int64_t leftRow = g.input[2] - g.output[2] * g.stride[2];
      int64_t leftRows = g.input[1] - g.output[1] * g.stride[1];
      int64_t leftPlanes = g.input[0] - g.output[0] * g.stride[0];
      if (leftRow)
        for (int64_t kd = 0; kd < g.window[0]; ++kd)
          for (int64_t kh = 0; kh < g.window[1]; ++kh)
            zeroRun(emit, to,
                    elementAt(emit, place.sample,
                              {emit.add(i0, kd), emit.add(i1, kh), emit.index(g.output[2] * g.stride[2])}, g.input,
                              g.channels),
                    leftRow * g.channels);
      if (!leftRows && !leftPlanes)
        return;
      Value lastRow = emit.compare(CmpIPredicate::eq, place.second, emit.index(g.output[1] - 1));
      emit.ifThen(lastRow, [&] {
        if (leftRows)
          for (int64_t kd = 0; kd < g.window[0]; ++kd)
            zeroRun(emit, to,
                    elementAt(emit, place.sample,
                              {emit.add(i0, kd), emit.index(g.output[1] * g.stride[1]), emit.index(0)}, g.input,
                              g.channels),
                    leftRows * g.input[2] * g.channels);
        if (!leftPlanes)
          return;
        Value lastPlane = emit.compare(CmpIPredicate::eq, place.first, emit.index(g.output[0] - 1));
        emit.ifThen(lastPlane, [&] {
          zeroRun(emit, to,
                  elementAt(emit, place.sample, {emit.index(g.output[0] * g.stride[0]), emit.index(0), emit.index(0)},
                            g.input, g.channels),
                  leftPlanes * g.input[1] * g.input[2] * g.channels);
        });
      });
    };
  });
}

/// Any windows: a unit is some rows of the input, each position sums over the windows above it, in row-major order.
void addGatherStep(KernelBuilder &kernels, Operation *op, StringRef what, const Window &g, BufferRef inputGradient,
                   llvm::function_ref<OpenWindow(Kernel &, Emit &)> prepare) {
  int64_t rowElements = g.input[2] * g.channels;
  addRowStep(kernels, op, what, g.batched, g.inputRows(), rowElements,
             g.outputRows() * g.output[2] * g.channels * g.positions() / g.inputRows(),
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    OpenWindow open = prepare(kernel, emit);
    Value to = inputGradient.flat(kernels, kernel);
    return [=, &emit, &g](Value row) {
      RowPlace place = splitRow(emit, row, g.input);
      Range first = windowsOver(emit, g, 0, place.first), second = windowsOver(emit, g, 1, place.second);
      // The position of input i in window o.
      auto position = [&](int axis, Value i, Value o) {
        return emit.sub(emit.add(i, g.low[axis]), emit.mul(o, g.stride[axis]));
      };
      emit.loop(0, g.input[2], [&](Value iw) {
        Range third = windowsOver(emit, g, 2, iw);
        Value toStart = emit.mul(emit.add(emit.mul(row, g.input[2]), iw), g.channels);
        emit.pieces(g.channels, [&](Value c, int64_t width) {
          auto add = [&](Value od, Value oh, Value ow, Value sum) {
            Value element = emit.add(elementAt(emit, place.sample, {od, oh, ow}, g.output, g.channels), c);
            Value k = position(0, place.first, od);
            k = emit.add(emit.mul(k, g.window[1]), position(1, place.second, oh));
            k = emit.add(emit.mul(k, g.window[2]), position(2, iw, ow));
            return emit.addf(sum, open({od, oh, ow}, element, width)(asI32(emit, k)));
          };
          using Carry = SmallVector<Value>;
          Value zero = emit.constant(emit.f32s(width), 0.0);
          Carry sum = emit.loop(first.from, first.to, 1, ValueRange{zero}, [&](Value od, ValueRange outer) {
            return emit.loop(second.from, second.to, 1, outer, [&](Value oh, ValueRange middle) {
              return emit.loop(third.from, third.to, 1, middle, [&](Value ow, ValueRange inner) {
                return Carry{add(od, oh, ow, inner[0])};
              });
            });
          });
          emit.store(sum[0], to, emit.add(toStart, c));
        });
      });
    };
  });
}

void addGradientStep(KernelBuilder &kernels, Operation *op, StringRef what, const Window &g, BufferRef inputGradient,
                     llvm::function_ref<OpenWindow(Kernel &, Emit &)> prepare) {
  if (g.isTiling() && g.positions() <= 64)
    addTilingStep(kernels, op, what, g, inputGradient, prepare);
  else
    addGatherStep(kernels, op, what, g, inputGradient, prepare);
}

template <typename OpT> Window windowOf(OpT op) {
  return Window(cast<ShapedType>(op.getInputGradient().getType()), cast<ShapedType>(op.getOutputGradient().getType()),
                op.getWindow(), op.getStrides(), op.getPadding());
}

LogicalResult emitAveragePoolGrad(nn::AveragePoolGradOp op, KernelBuilder &kernels) {
  Window g = windowOf(op);
  addGradientStep(kernels, op, "average pool gradient", g, op.getInputGradient(), [&](Kernel &kernel, Emit &emit) {
    Value gradients = kernels.flat(kernel, op.getOutputGradient());
    return [=, &emit, &g](std::array<Value, 3> o, Value element, int64_t width) -> Contribution {
      Value gradient = emit.load(gradients, element, width);
      Value share = emit.mulf(gradient, emit.splat(inverseCount(emit, g, o), gradient.getType()));
      return [=](Value) { return share; };
    };
  });
  return success();
}

LogicalResult emitGlobalAveragePoolGrad(nn::GlobalAveragePoolGradOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInputGradient().getType());
  int64_t channels = type.getShape().back(), positions = elementsPerSample(type) / channels;
  addRowStep(kernels, op, "global average pool gradient", isBatched(type), positions, channels, channels,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value from = kernels.flat(kernel, op.getOutputGradient()), to = kernels.flat(kernel, op.getInputGradient());
    return [=, &emit](Value row) {
      Value fromStart = emit.mul(emit.div(row, positions), channels), toStart = emit.mul(row, channels);
      emit.pieces(channels, [&](Value c, int64_t width) {
        Value share = emit.mulf(emit.load(from, emit.add(fromStart, c), width), 1.0 / double(positions));
        emit.store(share, to, emit.add(toStart, c));
      });
    };
  });
  return success();
}

LogicalResult emitGlobalMaxPoolGrad(nn::GlobalMaxPoolGradOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInput().getType());
  int64_t channels = type.getShape().back(), positions = elementsPerSample(type) / channels;
  addRowStep(kernels, op, "global max pool gradient", isBatched(type), 1, positions * channels,
             3 * positions * channels, [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value input = kernels.flat(kernel, op.getInput()), output = kernels.flat(kernel, op.getOutput());
    Value gradients = kernels.flat(kernel, op.getOutputGradient()), to = kernels.flat(kernel, op.getInputGradient());
    return [=, &emit](Value sample) {
      emit.pieces(channels, [&](Value c, int64_t width) {
        Value channel = emit.add(emit.mul(sample, channels), c);
        Value maximum = emit.load(output, channel, width);
        Value start = emit.add(emit.mul(sample, positions * channels), c);
        Value zero = emit.constant(emit.f32s(width), 0.0), one = emit.constant(emit.f32s(width), 1.0);
        auto at = [&](Value p) { return emit.add(start, emit.mul(p, channels)); };
        auto isMaximum = [&](Value p) {
          return emit.compare(CmpFPredicate::OEQ, emit.load(input, at(p), width), maximum);
        };
        Value ties = emit.loop(emit.index(0), emit.index(positions), 1, ValueRange{zero},
                               [&](Value p, ValueRange carried) {
          return SmallVector<Value>{emit.addf(carried[0], emit.select(isMaximum(p), one, zero))};
        })[0];
        Value share = emit.divf(emit.load(gradients, channel, width), ties);
        emit.loop(0, positions, [&](Value p) { emit.store(emit.select(isMaximum(p), share, zero), to, at(p)); });
      });
    };
  });
  return success();
}

} // namespace

void kernels::addMaxPoolGradientStep(KernelBuilder &kernels, Operation *op, const Window &g, Value outputGradient,
                                     Value argmax, BufferRef inputGradient) {
  addGradientStep(kernels, op, "max pool gradient", g, inputGradient, [&](Kernel &kernel, Emit &emit) {
    Value gradients = kernels.flat(kernel, outputGradient), numbers = kernels.flat(kernel, argmax);
    return [=, &emit](std::array<Value, 3>, Value element, int64_t width) -> Contribution {
      Value gradient = emit.load(gradients, element, width);
      Value number = emit.load(numbers, element, width);
      return [=, &emit](Value position) {
        Type type = number.getType();
        Type elementType = getElementTypeOrSelf(type);
        if (!elementType.isInteger(32))
          position = arith::TruncIOp::create(emit.builder, emit.loc, elementType, position);
        Value here = emit.compare(CmpIPredicate::eq, number, emit.splat(position, type));
        return emit.select(here, gradient, emit.constant(gradient.getType(), 0.0));
      };
    };
  });
}

void kernels::addPoolingGradientKernels(EmitterTable &table) {
  table["nn.max_pool_grad"] = [](Operation *op, KernelBuilder &k) {
    auto pool = cast<nn::MaxPoolGradOp>(op);
    addMaxPoolGradientStep(k, op, windowOf(pool), pool.getOutputGradient(), pool.getArgmax(), pool.getInputGradient());
    return success();
  };
  table["nn.average_pool_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitAveragePoolGrad(cast<nn::AveragePoolGradOp>(op), k);
  };
  table["nn.global_average_pool_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitGlobalAveragePoolGrad(cast<nn::GlobalAveragePoolGradOp>(op), k);
  };
  table["nn.global_max_pool_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitGlobalMaxPoolGrad(cast<nn::GlobalMaxPoolGradOp>(op), k);
  };
}
