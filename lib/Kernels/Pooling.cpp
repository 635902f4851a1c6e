// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pooling, forward: lanes along channels, a unit is some rows of the output.
#include "Pooling.h"
#include "Elementwise.h"
#include "Window.h"
#include "nncc/Dialect/NN/Ops/Pooling.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;
using arith::CmpFPredicate;

namespace {

/// Windows of at most this many positions are unrolled where none reaches over the edge.
constexpr int64_t kMaxUnrolled = 16;

/// What is carried through the positions of a window.
using Carry = SmallVector<Value>;

/// Runs over the positions of the window of output (od, oh, ow), in row-major order. `step` gets the index of the first
/// channel's element at the position, the position's number in the window (i32) and what is carried.
Carry overWindow(Emit &emit, const Window &g, const RowPlace &out, Value ow, Carry init,
                 llvm::function_ref<Carry(Value element, Value position, ValueRange carried)> step) {
  Value o[3] = {out.first, out.second, ow};
  auto element = [&](Value kd, Value kh, Value kw) {
    Value at = out.sample;
    Value k[3] = {kd, kh, kw};
    for (int axis = 0; axis < 3; ++axis) {
      Value i = emit.sub(emit.add(emit.mul(o[axis], g.stride[axis]), k[axis]), g.low[axis]);
      at = emit.add(emit.mul(at, g.input[axis]), i);
    }
    return emit.mul(at, g.channels);
  };
  auto number = [&](Value kd, Value kh, Value kw) -> Value {
    Value at = emit.add(emit.mul(emit.add(emit.mul(kd, g.window[1]), kh), g.window[2]), kw);
    return arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getI32Type(), at);
  };

  if (!g.isPadded() && g.positions() <= kMaxUnrolled) {
    for (int64_t p = 0; p < g.positions(); ++p) {
      Value k[3] = {emit.index(p / (g.window[1] * g.window[2])), emit.index(p / g.window[2] % g.window[1]),
                    emit.index(p % g.window[2])};
      init = step(element(k[0], k[1], k[2]), emit.integer(emit.builder.getI32Type(), p), init);
    }
    return init;
  }
  Range range[3];
  for (int axis = 0; axis < 3; ++axis)
    range[axis] = positionsInside(emit, g, axis, o[axis]);
  return emit.loop(range[0].from, range[0].to, 1, init, [&](Value kd, ValueRange first) {
    return emit.loop(range[1].from, range[1].to, 1, first, [&](Value kh, ValueRange second) {
      return emit.loop(range[2].from, range[2].to, 1, second, [&](Value kw, ValueRange carried) {
        return step(element(kd, kh, kw), number(kd, kh, kw), carried);
      });
    });
  });
}

/// Adds a step that computes each output position from its window. `body` gets the place, the first element of the
/// output position and the channels' piece.
void addPoolStep(KernelBuilder &kernels, Operation *op, StringRef what, const Window &g,
                 llvm::function_ref<std::function<void(const RowPlace &, Value ow, Value to, Value c, int64_t width)>(
                     Kernel &, Emit &)>
                     prepare) {
  int64_t rowElements = g.output[2] * g.channels;
  addRowStep(kernels, op, what, g.batched, g.outputRows(), rowElements, rowElements * g.positions(),
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    auto body = prepare(kernel, emit);
    return [=, &emit, &g](Value row) {
      RowPlace place = splitRow(emit, row, g.output);
      emit.loop(0, g.output[2], [&](Value ow) {
        Value to = emit.mul(emit.add(emit.mul(row, g.output[2]), ow), g.channels);
        emit.pieces(g.channels, [&](Value c, int64_t width) { body(place, ow, to, c, width); });
      });
    };
  });
}

/// nn.max_pool, and with `argmax` nn.max_pool_train.
void emitMaxPool(KernelBuilder &kernels, Operation *op, const Window &g, Value input, Value output, Value argmax) {
  if (std::optional<SlidingPlan> plan = planSlidingPool(g, kernels.target()))
    return addSlidingMaxPool(kernels, op, g, *plan, input, output, argmax);
  addPoolStep(kernels, op, "max pool", g, [&](Kernel &kernel, Emit &emit) {
    Value from = kernels.flat(kernel, input), to = kernels.flat(kernel, output);
    Value toArgmax = argmax ? kernels.flat(kernel, argmax) : Value();
    return [=, &emit, &g](const RowPlace &place, Value ow, Value toStart, Value c, int64_t width) {
      VectorType numbers = emit.vectorType(width, emit.builder.getI32Type());
      // The maximum so far and where it stands. The first position inside is compared with itself, or where all
      // positions are inside, taken as it is.
      Carry carry;
      bool unrolled = !g.isPadded() && g.positions() <= kMaxUnrolled;
      if (!unrolled) {
        Value o[3] = {place.first, place.second, ow}, first[3];
        Value at = place.sample, number = emit.index(0);
        for (int axis = 0; axis < 3; ++axis) {
          first[axis] = positionsInside(emit, g, axis, o[axis]).from;
          Value i = emit.sub(emit.add(emit.mul(o[axis], g.stride[axis]), first[axis]), g.low[axis]);
          at = emit.add(emit.mul(at, g.input[axis]), i);
          number = emit.add(emit.mul(number, g.window[axis]), first[axis]);
        }
        carry.push_back(emit.load(from, emit.add(emit.mul(at, g.channels), c), width));
        if (argmax)
          carry.push_back(emit.splat(
              arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getI32Type(), number), numbers));
      }
      carry = overWindow(emit, g, place, ow, carry, [&](Value element, Value position, ValueRange carried) -> Carry {
        Value x = emit.load(from, emit.add(element, c), width);
        if (carried.empty())
          return argmax ? Carry{x, emit.splat(position, numbers)} : Carry{x};
        Value greater = emit.compare(CmpFPredicate::OGT, x, carried[0]);
        Carry next = {emit.select(greater, x, carried[0])};
        if (argmax)
          next.push_back(emit.select(greater, emit.splat(position, numbers), carried[1]));
        return next;
      });
      emit.store(carry[0], to, emit.add(toStart, c));
      if (argmax) {
        Type element = cast<ShapedType>(argmax.getType()).getElementType();
        Value number = carry[1];
        if (!element.isInteger(32))
          number = arith::TruncIOp::create(emit.builder, emit.loc, emit.vectorType(width, element), number);
        emit.store(number, toArgmax, emit.add(toStart, c));
      }
    };
  });
}

template <typename OpT> Window windowOf(OpT op) {
  return Window(cast<ShapedType>(op.getInput().getType()), cast<ShapedType>(op.getOutput().getType()), op.getWindow(),
                op.getStrides(), op.getPadding());
}

LogicalResult emitAveragePool(nn::AveragePoolOp op, KernelBuilder &kernels) {
  Window g = windowOf(op);
  if (std::optional<SlidingPlan> plan = planSlidingPool(g, kernels.target())) {
    addSlidingAveragePool(kernels, op, g, *plan, op.getInput(), op.getOutput());
    return success();
  }
  addPoolStep(kernels, op, "average pool", g, [&](Kernel &kernel, Emit &emit) {
    Value from = kernels.flat(kernel, op.getInput()), to = kernels.flat(kernel, op.getOutput());
    return [=, &emit, &g](const RowPlace &place, Value ow, Value toStart, Value c, int64_t width) {
      VectorType type = emit.f32s(width);
      Value sum = overWindow(emit, g, place, ow, {emit.constant(type, 0.0)},
                             [&](Value element, Value, ValueRange carried) -> Carry {
        return {emit.addf(carried[0], emit.load(from, emit.add(element, c), width))};
      })[0];
      Value mean = emit.mulf(sum, emit.splat(inverseCount(emit, g, {place.first, place.second, ow}), type));
      emit.store(mean, to, emit.add(toStart, c));
    };
  });
  return success();
}

/// Positions of a sample that a global pool runs over, and the type's channels.
std::pair<int64_t, int64_t> globalExtents(ShapedType type) {
  int64_t channels = type.getShape().back();
  return {elementsPerSample(type) / channels, channels};
}

/// Rows of a mean that are summed in f32 before they join the total: keeps the rounding error of large maps small.
constexpr int64_t kSumBlock = 64;

LogicalResult emitGlobalPool(Operation *op, Value input, Value output, bool isMax, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(input.getType());
  auto [positions, channels] = globalExtents(type);
  // A unit is a sample.
  addRowStep(kernels, op, isMax ? "global max pool" : "global average pool", isBatched(type), 1, positions * channels,
             positions * channels, [&, positions = positions, channels = channels](
                                       Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value from = kernels.flat(kernel, input), to = kernels.flat(kernel, output);
    return [=, &emit](Value sample) {
      emit.pieceGroups(channels, 4, [&](Value group, ArrayRef<Emit::Part> parts) {
        Value start = emit.add(emit.mul(sample, positions * channels), group);
        auto loads = [&](Value p) {
          Carry values;
          Value at = emit.add(start, emit.mul(p, channels));
          for (const Emit::Part &part : parts)
            values.push_back(emit.load(from, emit.add(at, part.offset), part.width));
          return values;
        };
        auto combine = [&](ArrayRef<Value> values, ValueRange carried) {
          Carry next;
          for (auto [value, sofar] : llvm::zip_equal(values, carried))
            next.push_back(isMax ? emit.maximum(value, sofar) : emit.addf(sofar, value));
          return next;
        };
        Value zero = emit.index(0), end = emit.index(positions);
        Carry result;
        if (isMax) {
          result = emit.loop(emit.index(1), end, 1, loads(zero),
                             [&](Value p, ValueRange carried) { return combine(loads(p), carried); });
        } else {
          Carry zeros;
          for (const Emit::Part &part : parts)
            zeros.push_back(emit.constant(emit.f32s(part.width), 0.0));
          result = emit.loop(zero, end, kSumBlock, zeros, [&](Value block, ValueRange total) {
            Value blockEnd = emit.min(emit.add(block, kSumBlock), end);
            return combine(emit.loop(block, blockEnd, 1, zeros,
                                     [&](Value p, ValueRange carried) { return combine(loads(p), carried); }),
                           total);
          });
          for (Value &sum : result)
            sum = emit.mulf(sum, 1.0 / double(positions));
        }
        for (auto [value, part] : llvm::zip_equal(result, parts))
          emit.store(value, to, emit.add(emit.add(emit.mul(sample, channels), group), part.offset));
      });
    };
  });
  return success();
}

} // namespace

Value kernels::inverseCount(Emit &emit, const Window &g, std::array<Value, 3> o) {
  Type f32 = emit.builder.getF32Type();
  if (!g.isPadded())
    return emit.constant(f32, 1.0 / double(g.positions()));
  Value count = emit.index(1);
  for (int axis = 0; axis < 3; ++axis) {
    Range range = positionsInside(emit, g, axis, o[axis]);
    count = emit.mul(count, emit.sub(range.to, range.from));
  }
  return emit.divf(1.0, emit.toFloat(count, f32));
}

void kernels::addPoolingKernels(EmitterTable &table) {
  table["nn.max_pool"] = [](Operation *op, KernelBuilder &k) {
    auto pool = cast<nn::MaxPoolOp>(op);
    emitMaxPool(k, op, windowOf(pool), pool.getInput(), pool.getOutput(), {});
    return success();
  };
  table["nn.max_pool_train"] = [](Operation *op, KernelBuilder &k) {
    auto pool = cast<nn::MaxPoolTrainOp>(op);
    emitMaxPool(k, op, windowOf(pool), pool.getInput(), pool.getOutput(), pool.getArgmax());
    return success();
  };
  table["nn.average_pool"] = [](Operation *op, KernelBuilder &k) {
    return emitAveragePool(cast<nn::AveragePoolOp>(op), k);
  };
  table["nn.global_max_pool"] = [](Operation *op, KernelBuilder &k) {
    return emitGlobalPool(op, op->getOperand(0), op->getResult(0), true, k);
  };
  table["nn.global_average_pool"] = [](Operation *op, KernelBuilder &k) {
    return emitGlobalPool(op, op->getOperand(0), op->getResult(0), false, k);
  };
  addPoolingGradientKernels(table);
}
