// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RMSprop, Adagrad and Adadelta. Products and sums are rounded one by one, as Keras' are: the centered RMSprop takes the
// root of a difference that nearly cancels.
#include "UpdateStep.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

/// rho * average + (1 - rho) * value.
Value average(Emit &emit, Value average, Value value, double rho) {
  return emit.addf(emit.mulf(average, rho), emit.mulf(value, 1.0 - rho));
}

} // namespace

UpdateRule kernels::ruleOf(nn::RmsPropOp op) {
  double rho = op.getRho().convertToDouble(), momentum = op.getMomentum().convertToDouble();
  double epsilon = op.getEpsilon().convertToDouble();
  bool centered = op.getCentered();
  auto prepare = [=](Kernel &, Emit &emit, KernelBuilder &, Value rate) -> Update {
    return [=, &emit](Value &parameter, Value gradient, MutableArrayRef<Value> state) {
      Value size = state[0] = average(emit, state[0], emit.mulf(gradient, gradient), rho);
      if (centered) {
        Value centre = state.back() = average(emit, state.back(), gradient, rho);
        size = emit.subf(size, emit.mulf(centre, centre));
      }
      Value step = emit.divf(emit.mulf(emit.splat(rate, gradient.getType()), gradient), emit.sqrt(emit.addf(size, epsilon)));
      if (momentum != 0)
        step = state[1] = emit.addf(emit.mulf(state[1], momentum), step);
      parameter = emit.subf(parameter, step);
    };
  };
  return {"rmsprop", 8 + (momentum != 0 ? 2 : 0) + (centered ? 5 : 0), prepare};
}

UpdateRule kernels::ruleOf(nn::AdagradOp op) {
  double epsilon = op.getEpsilon().convertToDouble();
  auto prepare = [=](Kernel &, Emit &emit, KernelBuilder &, Value rate) -> Update {
    return [=, &emit](Value &parameter, Value gradient, MutableArrayRef<Value> state) {
      state[0] = emit.addf(state[0], emit.mulf(gradient, gradient));
      Value step = emit.divf(emit.mulf(emit.splat(rate, gradient.getType()), gradient), emit.sqrt(emit.addf(state[0], epsilon)));
      parameter = emit.subf(parameter, step);
    };
  };
  return {"adagrad", 7, prepare};
}

UpdateRule kernels::ruleOf(nn::AdadeltaOp op) {
  double rho = op.getRho().convertToDouble(), epsilon = op.getEpsilon().convertToDouble();
  auto prepare = [=](Kernel &, Emit &emit, KernelBuilder &, Value rate) -> Update {
    return [=, &emit](Value &parameter, Value gradient, MutableArrayRef<Value> state) {
      state[0] = average(emit, state[0], emit.mulf(gradient, gradient), rho);
      auto root = [&](Value x) { return emit.sqrt(emit.addf(x, epsilon)); };
      Value step = emit.negf(emit.divf(emit.mulf(root(state[1]), gradient), root(state[0])));
      state[1] = average(emit, state[1], emit.mulf(step, step), rho);
      parameter = emit.addf(parameter, emit.mulf(emit.splat(rate, step.getType()), step));
    };
  };
  return {"adadelta", 16, prepare};
}
