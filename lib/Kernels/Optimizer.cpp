// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Updates: one pass over the flat parameters, gradients and state (SGD, Adam, Nadam); moving statistics.
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "Elementwise.h"
#include "UpdateStep.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

void kernels::addUpdateStep(KernelBuilder &kernels, Operation *op, StringRef what, int64_t flops,
                            llvm::function_ref<Update(Kernel &, Emit &, Value)> prepare) {
  auto optional = [&](StringRef name) {
    auto attr = op->getAttrOfType<FloatAttr>(name);
    return attr ? attr.getValueAsDouble() : 0.0;
  };
  double decay = optional("weight_decay"), limit = optional("clip_value");
  flops += (decay != 0 ? 3 : 0) + (limit != 0 ? 2 : 0);
  // The length is a multiple of 16 floats (64 bytes), so there are whole vectors only.
  int64_t count = kernels.trainableFloats();
  kernels.addStep(op, what, {int64_t(llvm::divideCeil(count, kElementsPerUnit)), 0}, {flops * count, 0},
                  [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value parameters = kernels.flatParameters(kernel), gradients = kernels.flatGradients(kernel);
    SmallVector<Value> state;
    for (int64_t slot = 0; slot < nn::countStateSlots(op); ++slot)
      state.push_back(kernels.stateSlot(kernel, slot));
    int64_t lanes = kernels.target().lanes();
    Value rate = emit.splat(kernels.learningRate(kernel), emit.f32s(lanes));
    Update update = prepare(kernel, emit, rate);
    forUnits(emit, kernel, [&](Value unit) {
      Value from = emit.mul(unit, kElementsPerUnit);
      Value to = emit.min(emit.add(from, kElementsPerUnit), emit.index(count));
      emit.loop(from, to, lanes, [&](Value at) {
        Value parameter = emit.load(parameters, at, lanes), gradient = emit.load(gradients, at, lanes);
        SmallVector<Value> slotValues;
        for (Value memref : state)
          slotValues.push_back(emit.load(memref, at, lanes));
        if (limit != 0)
          gradient = emit.clamp(gradient, -limit, limit);
        if (decay != 0)
          parameter = emit.subf(parameter, emit.mulf(emit.mulf(parameter, decay), rate));
        update(parameter, gradient, slotValues);
        emit.store(parameter, parameters, at);
        for (auto [memref, value] : llvm::zip_equal(state, slotValues))
          emit.store(value, memref, at);
      });
    });
  });
}

namespace {

LogicalResult emitSgd(nn::SgdOp op, KernelBuilder &kernels) {
  double momentum = op.getMomentum().convertToDouble();
  bool nesterov = op.getNesterov();
  addUpdateStep(kernels, op, "sgd", momentum == 0 ? 2 : nesterov ? 6 : 4,
                [&](Kernel &, Emit &emit, Value rate) -> Update {
    return [=, &emit](Value &parameter, Value gradient, MutableArrayRef<Value> state) {
      Value step = emit.mulf(gradient, rate);
      if (momentum == 0) {
        parameter = emit.subf(parameter, step);
        return;
      }
      Value m = emit.subf(emit.mulf(state[0], momentum), step);
      state[0] = m;
      parameter = emit.addf(parameter, nesterov ? emit.subf(emit.mulf(m, momentum), step) : m);
    };
  });
  return success();
}

/// t = step + 1, f64.
Value stepNumber(KernelBuilder &kernels, Kernel &kernel, Emit &emit) {
  Value step = emit.add(kernels.step(kernel), emit.integer(emit.builder.getI64Type(), 1));
  return arith::SIToFPOp::create(emit.builder, emit.loc, emit.builder.getF64Type(), step);
}

Value power(Emit &emit, double base, Value exponent) {
  return math::PowFOp::create(emit.builder, emit.loc, emit.constant(exponent.getType(), base), exponent);
}

/// 1 - beta^t.
Value correction(Emit &emit, double beta, Value t) { return emit.subf(1.0, power(emit, beta, t)); }

/// The running means of gradient and squared gradient, state[0] and state[1].
void updateMoments(Emit &emit, Value gradient, MutableArrayRef<Value> state, double beta1, double beta2) {
  Type type = gradient.getType();
  state[0] = emit.fma(emit.subf(gradient, state[0]), emit.constant(type, 1.0 - beta1), state[0]);
  Value square = emit.mulf(gradient, gradient);
  state[1] = emit.fma(emit.subf(square, state[1]), emit.constant(type, 1.0 - beta2), state[1]);
}

LogicalResult emitAdam(nn::AdamOp op, KernelBuilder &kernels) {
  double beta1 = op.getBeta_1().convertToDouble(), beta2 = op.getBeta_2().convertToDouble();
  double epsilon = op.getEpsilon().convertToDouble();
  bool amsgrad = op.getAmsgrad();
  addUpdateStep(kernels, op, "adam", 12, [&](Kernel &kernel, Emit &emit, Value) -> Update {
    // alpha = lr * sqrt(1 - beta_2^t) / (1 - beta_1^t), once a call, in f64.
    Value t = stepNumber(kernels, kernel, emit);
    Value ratio = emit.divf(emit.sqrt(correction(emit, beta2, t)), correction(emit, beta1, t));
    Value rate = emit.truncate(emit.mulf(emit.extend(kernels.learningRate(kernel)), ratio));
    Value alpha = emit.splat(rate, emit.f32s(kernels.target().lanes()));
    return [=, &emit](Value &parameter, Value gradient, MutableArrayRef<Value> state) {
      updateMoments(emit, gradient, state, beta1, beta2);
      Value m = state[0], v = state[1];
      if (amsgrad)
        state[2] = v = emit.maximum(state[2], v);
      Value denominator = emit.addf(emit.sqrt(v), epsilon);
      parameter = emit.subf(parameter, emit.divf(emit.mulf(m, alpha), denominator));
    };
  });
  return success();
}

/// (1 - 0.96 / 2) * (1 - 0.96^2 / 2) * ... to the t-th factor. From some 900 on they are 1 in f64.
Value nadamProduct(Emit &emit, Value t) {
  Type f64 = t.getType();
  Value last = emit.minimum(t, emit.constant(f64, 1024.0));
  Value number = arith::FPToSIOp::create(emit.builder, emit.loc, emit.builder.getI64Type(), last);
  Value count = arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getIndexType(), number);
  Value one = emit.constant(f64, 1.0);
  return emit.loop(emit.index(0), count, 1, ValueRange{one, one}, [&](Value, ValueRange carried) {
    Value next = emit.mulf(carried[0], 0.96);
    return SmallVector<Value>{next, emit.mulf(carried[1], emit.subf(1.0, emit.mulf(next, 0.5)))};
  })[1];
}

LogicalResult emitNadam(nn::NadamOp op, KernelBuilder &kernels) {
  double beta1 = op.getBeta_1().convertToDouble(), beta2 = op.getBeta_2().convertToDouble();
  double epsilon = op.getEpsilon().convertToDouble();
  addUpdateStep(kernels, op, "nadam", 18, [&](Kernel &kernel, Emit &emit, Value rate) -> Update {
    // With u(t) = beta_1 * (1 - 0.96^t / 2) and U(t) = u(1) * ... * u(t), once a call, in f64.
    Value t = stepNumber(kernels, kernel, emit), next = emit.addf(t, 1.0);
    auto share = [&](Value at) { return emit.mulf(emit.subf(1.0, emit.mulf(power(emit, 0.96, at), 0.5)), beta1); };
    Value product = emit.mulf(nadamProduct(emit, t), power(emit, beta1, t));
    Value nextProduct = emit.mulf(product, share(next));
    auto lanes = [&](Value number) { return emit.splat(emit.truncate(number), rate.getType()); };
    Value ofMean = lanes(emit.divf(share(next), emit.subf(1.0, nextProduct)));
    Value ofGradient = lanes(emit.divf(emit.subf(1.0, share(t)), emit.subf(1.0, product)));
    Value ofSquares = lanes(correction(emit, beta2, t));
    return [=, &emit](Value &parameter, Value gradient, MutableArrayRef<Value> state) {
      updateMoments(emit, gradient, state, beta1, beta2);
      Value mean = emit.addf(emit.mulf(ofMean, state[0]), emit.mulf(ofGradient, gradient));
      Value denominator = emit.addf(emit.sqrt(emit.divf(state[1], ofSquares)), epsilon);
      parameter = emit.subf(parameter, emit.divf(emit.mulf(mean, rate), denominator));
    };
  });
  return success();
}

LogicalResult emitMovingAverage(nn::MovingAverageOp op, KernelBuilder &kernels) {
  int64_t count = cast<ShapedType>(op.getValue().getType()).getNumElements();
  double momentum = op.getMomentum().convertToDouble();
  kernels.addStep(op, "moving average", {1, 0}, {3 * count, 0}, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value variable = kernels.flatVariable(kernel, op.getVariable()), value = kernels.flat(kernel, op.getValue());
    Value share = emit.constant(emit.builder.getF32Type(), 1.0 - momentum);
    if (std::optional<uint64_t> extent = op.getBesselExtent()) {
      Type f64 = emit.builder.getF64Type();
      Value n = emit.mul(kernel.batch, int64_t(*extent));
      Value less = emit.max(emit.sub(n, 1), emit.index(1)); // one element: as it is
      Value ratio = emit.divf(emit.toFloat(n, f64), emit.toFloat(less, f64));
      share = emit.truncate(emit.mulf(ratio, 1.0 - momentum));
    }
    forUnits(emit, kernel, [&](Value) {
      emit.pieces(count, [&](Value at, int64_t width) {
        Value sum = emit.mulf(emit.load(value, at, width), emit.splat(share, emit.f32s(width)));
        sum = emit.fma(emit.load(variable, at, width), emit.constant(emit.f32s(width), momentum), sum);
        emit.store(sum, variable, at);
      });
    });
  });
  return success();
}

} // namespace

void kernels::addOptimizerKernels(EmitterTable &table) {
  table["nn.sgd"] = [](Operation *op, KernelBuilder &k) { return emitSgd(cast<nn::SgdOp>(op), k); };
  table["nn.adam"] = [](Operation *op, KernelBuilder &k) { return emitAdam(cast<nn::AdamOp>(op), k); };
  table["nn.nadam"] = [](Operation *op, KernelBuilder &k) { return emitNadam(cast<nn::NadamOp>(op), k); };
  addAdaptiveOptimizerKernels(table);
  addClipGradientsKernel(table);
  table["nn.moving_average"] = [](Operation *op, KernelBuilder &k) {
    return emitMovingAverage(cast<nn::MovingAverageOp>(op), k);
  };
}
