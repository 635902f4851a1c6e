// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Updates: one pass over the flat parameters, gradients and state; moving statistics.
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "Elementwise.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

/// Adds the step of an optimizer with `slots` state slots. `prepare` computes what all elements share and returns the
/// update, which gets parameter, gradient and state and replaces the first and the last.
using Update = std::function<void(Value &parameter, Value gradient, MutableArrayRef<Value> state)>;
void addUpdateStep(KernelBuilder &kernels, Operation *op, StringRef what, int64_t slots, int64_t flops,
                   llvm::function_ref<Update(Kernel &, Emit &)> prepare) {
  // The length is a multiple of 16 floats (64 bytes), so there are whole vectors only.
  int64_t count = kernels.trainableFloats();
  kernels.addStep(op, what, {int64_t(llvm::divideCeil(count, kElementsPerUnit)), 0}, {flops * count, 0},
                  [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value parameters = kernels.flatParameters(kernel), gradients = kernels.flatGradients(kernel);
    SmallVector<Value> state;
    for (int64_t slot = 0; slot < slots; ++slot)
      state.push_back(kernels.stateSlot(kernel, slot));
    Update update = prepare(kernel, emit);
    int64_t lanes = kernels.target().lanes();
    forUnits(emit, kernel, [&](Value unit) {
      Value from = emit.mul(unit, kElementsPerUnit);
      Value to = emit.min(emit.add(from, kElementsPerUnit), emit.index(count));
      emit.loop(from, to, lanes, [&](Value at) {
        Value parameter = emit.load(parameters, at, lanes), gradient = emit.load(gradients, at, lanes);
        SmallVector<Value> slotValues;
        for (Value memref : state)
          slotValues.push_back(emit.load(memref, at, lanes));
        update(parameter, gradient, slotValues);
        emit.store(parameter, parameters, at);
        for (auto [memref, value] : llvm::zip_equal(state, slotValues))
          emit.store(value, memref, at);
      });
    });
  });
}

LogicalResult emitSgd(nn::SgdOp op, KernelBuilder &kernels) {
  double momentum = op.getMomentum().convertToDouble();
  bool nesterov = op.getNesterov();
  addUpdateStep(kernels, op, "sgd", momentum == 0 ? 0 : 1, momentum == 0 ? 2 : nesterov ? 6 : 4,
                [&](Kernel &kernel, Emit &emit) -> Update {
    Value rate = emit.splat(kernels.learningRate(kernel), emit.f32s(kernels.target().lanes()));
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

LogicalResult emitAdam(nn::AdamOp op, KernelBuilder &kernels) {
  double beta1 = op.getBeta_1().convertToDouble(), beta2 = op.getBeta_2().convertToDouble();
  double epsilon = op.getEpsilon().convertToDouble();
  bool amsgrad = op.getAmsgrad();
  addUpdateStep(kernels, op, "adam", amsgrad ? 3 : 2, 12, [&](Kernel &kernel, Emit &emit) -> Update {
    // alpha = lr * sqrt(1 - beta_2^t) / (1 - beta_1^t), once a call, in f64.
    Type f64 = emit.builder.getF64Type();
    Value step = emit.add(kernels.step(kernel), emit.integer(emit.builder.getI64Type(), 1));
    Value t = arith::SIToFPOp::create(emit.builder, emit.loc, f64, step);
    auto correction = [&](double beta) {
      Value power = math::PowFOp::create(emit.builder, emit.loc, emit.constant(f64, beta), t);
      return emit.subf(1.0, power);
    };
    Value ratio = emit.divf(emit.sqrt(correction(beta2)), correction(beta1));
    Value rate = emit.truncate(emit.mulf(emit.extend(kernels.learningRate(kernel)), ratio));
    Value alpha = emit.splat(rate, emit.f32s(kernels.target().lanes()));
    return [=, &emit](Value &parameter, Value gradient, MutableArrayRef<Value> state) {
      Type type = gradient.getType();
      Value m = emit.fma(emit.subf(gradient, state[0]), emit.constant(type, 1.0 - beta1), state[0]);
      Value square = emit.mulf(gradient, gradient);
      Value v = emit.fma(emit.subf(square, state[1]), emit.constant(type, 1.0 - beta2), state[1]);
      state[0] = m;
      state[1] = v;
      if (amsgrad)
        state[2] = v = emit.maximum(state[2], v);
      Value denominator = emit.addf(emit.sqrt(v), epsilon);
      parameter = emit.subf(parameter, emit.divf(emit.mulf(m, alpha), denominator));
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
  table["nn.moving_average"] = [](Operation *op, KernelBuilder &k) {
    return emitMovingAverage(cast<nn::MovingAverageOp>(op), k);
  };
}
