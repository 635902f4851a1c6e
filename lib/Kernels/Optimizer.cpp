// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the optimizers do to a parameter (SGD, Adam, Nadam); moving statistics.
#include "UpdateStep.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

UpdateRule kernels::ruleOf(nn::SgdOp op) {
  double momentum = op.getMomentum().convertToDouble();
  bool nesterov = op.getNesterov();
  auto prepare = [=](Kernel &, Emit &emit, KernelBuilder &, Value rate) -> Update {
    return [=, &emit](Value &parameter, Value gradient, MutableArrayRef<Value> state) {
      Value step = emit.mulf(gradient, emit.splat(rate, gradient.getType()));
      if (momentum == 0) {
        parameter = emit.subf(parameter, step);
        return;
      }
      Value m = emit.subf(emit.mulf(state[0], momentum), step);
      state[0] = m;
      parameter = emit.addf(parameter, nesterov ? emit.subf(emit.mulf(m, momentum), step) : m);
    };
  };
  return {"sgd", momentum == 0 ? 2 : nesterov ? 6 : 4, prepare};
}

namespace {

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

} // namespace

UpdateRule kernels::ruleOf(nn::AdamOp op) {
  double beta1 = op.getBeta_1().convertToDouble(), beta2 = op.getBeta_2().convertToDouble();
  double epsilon = op.getEpsilon().convertToDouble();
  bool amsgrad = op.getAmsgrad();
  auto prepare = [=](Kernel &kernel, Emit &emit, KernelBuilder &kernels, Value learningRate) -> Update {
    // alpha = lr * sqrt(1 - beta_2^t) / (1 - beta_1^t), once a call, in f64.
    Value t = stepNumber(kernels, kernel, emit);
    Value ratio = emit.divf(emit.sqrt(correction(emit, beta2, t)), correction(emit, beta1, t));
    Value alpha = emit.truncate(emit.mulf(emit.extend(learningRate), ratio));
    return [=, &emit](Value &parameter, Value gradient, MutableArrayRef<Value> state) {
      updateMoments(emit, gradient, state, beta1, beta2);
      Value m = state[0], v = state[1];
      if (amsgrad)
        state[2] = v = emit.maximum(state[2], v);
      Value denominator = emit.addf(emit.sqrt(v), epsilon);
      Value step = emit.quotient(emit.mulf(m, emit.splat(alpha, m.getType())), denominator);
      parameter = emit.subf(parameter, step);
    };
  };
  return {"adam", 12, prepare};
}

namespace {

/// The product U of nn.nadam before step t: beta_1^E * r(1)^V * ... * r(t - 1)^V, r(i) = 1 - 0.96^i / 2, without the factors
/// that are left out. From some 900 on, r is 1 in f64.
Value nadamProduct(Emit &emit, Value t, double beta1, int64_t variables) {
  Type f64 = t.getType();
  Value done = emit.addf(t, -1.0);
  Value last = emit.minimum(done, emit.constant(f64, 1024.0));
  Value number = arith::FPToSIOp::create(emit.builder, emit.loc, emit.builder.getI64Type(), last);
  Value count = arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getIndexType(), number);
  Value one = emit.constant(f64, 1.0);
  auto products = emit.loop(emit.index(0), count, 1, ValueRange{one, one, one}, [&](Value i, ValueRange carried) {
    Value decay = emit.mulf(carried[0], 0.96);
    Value factor = emit.subf(1.0, emit.mulf(decay, 0.5)), leftOut = carried[2];
    if (variables > 1) {
      Value above = emit.compare(arith::CmpIPredicate::sge, i, emit.index(variables - 1));
      Value below = emit.compare(arith::CmpIPredicate::sle, i, emit.index(2 * variables - 2));
      Value isLeftOut = arith::AndIOp::create(emit.builder, emit.loc, above, below);
      leftOut = emit.select(isLeftOut, emit.mulf(leftOut, factor), leftOut);
    }
    return SmallVector<Value>{decay, emit.mulf(carried[1], factor), leftOut};
  });
  Value exponent = emit.mulf(done, double(variables));
  if (variables > 1) {
    Value leftOut = emit.maximum(emit.addf(done, double(1 - variables)), emit.constant(f64, 0.0));
    exponent = emit.subf(exponent, emit.minimum(leftOut, emit.constant(f64, double(variables))));
  }
  Value all = math::PowFOp::create(emit.builder, emit.loc, products[1], emit.constant(f64, double(variables)));
  return emit.mulf(power(emit, beta1, exponent), emit.divf(all, products[2]));
}

LogicalResult emitNadam(nn::NadamOp op, KernelBuilder &kernels) {
  double beta1 = op.getBeta_1().convertToDouble(), beta2 = op.getBeta_2().convertToDouble();
  double epsilon = op.getEpsilon().convertToDouble();
  addVariableUpdateStep(kernels, op, "nadam", 18,
                        [&](Kernel &kernel, Emit &emit, Value rate, int64_t variables) -> VariableUpdate {
    // What all variables share, once a call, in f64.
    Value t = stepNumber(kernels, kernel, emit);
    auto share = [&](Value at) { return emit.mulf(emit.subf(1.0, emit.mulf(power(emit, 0.96, at), 0.5)), beta1); };
    Value now = share(t), next = share(emit.addf(t, 1.0)), before = nadamProduct(emit, t, beta1, variables);
    Value squares = correction(emit, beta2, t);
    VectorType vector = emit.f32s(kernels.target().lanes());
    return [=, &emit](Value variable) -> Update {
      Type f64 = t.getType();
      auto lanes = [&](Value number) { return emit.splat(emit.truncate(number), vector); };
      Value rates = emit.splat(rate, vector);
      Value number = emit.toFloat(variable, f64), exponent = emit.addf(number, 1.0);
      if (variables > 1) {
        // t - V is the number of the variable that leaves its factor out in this step.
        Value leaving = emit.addf(t, -double(variables));
        Value isStep = emit.compare(arith::CmpFPredicate::OGE, leaving, emit.constant(f64, 0.0));
        Value isReached = emit.compare(arith::CmpFPredicate::OGE, number, leaving);
        Value isLeftOut = arith::AndIOp::create(emit.builder, emit.loc, isStep, isReached);
        exponent = emit.select(isLeftOut, number, exponent);
      }
      Value product = emit.mulf(before, math::PowFOp::create(emit.builder, emit.loc, now, exponent));
      Value ofMean = lanes(emit.divf(next, emit.subf(1.0, emit.mulf(product, next))));
      Value ofGradient = lanes(emit.divf(emit.subf(1.0, now), emit.subf(1.0, product)));
      Value ofSquares = lanes(squares);
      return [=, &emit](Value &parameter, Value gradient, MutableArrayRef<Value> state) {
        updateMoments(emit, gradient, state, beta1, beta2);
        Value mean = emit.addf(emit.mulf(ofMean, state[0]), emit.mulf(ofGradient, gradient));
        Value denominator = emit.addf(emit.sqrt(emit.divf(state[1], ofSquares)), epsilon);
        parameter = emit.subf(parameter, emit.divf(emit.mulf(mean, rates), denominator));
      };
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

std::optional<UpdateRule> kernels::updateRuleOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<UpdateRule>>(op)
      .Case<nn::SgdOp, nn::AdamOp, nn::RmsPropOp, nn::AdagradOp, nn::AdadeltaOp>([](auto optimizer) {
        UpdateRule rule = ruleOf(optimizer);
        rule.flops += (optimizer.getWeightDecay() ? 3 : 0) + (optimizer.getClipValue() ? 2 : 0);
        return rule;
      })
      .Default([](Operation *) { return std::nullopt; });
}

void kernels::addOptimizerKernels(EmitterTable &table) {
  for (StringRef name : {"nn.sgd", "nn.adam", "nn.rmsprop", "nn.adagrad", "nn.adadelta"})
    table[name] = [](Operation *op, KernelBuilder &k) {
      addUpdateStep(k, op);
      return success();
    };
  table["nn.nadam"] = [](Operation *op, KernelBuilder &k) { return emitNadam(cast<nn::NadamOp>(op), k); };
  addClipGradientsKernel(table);
  table["nn.moving_average"] = [](Operation *op, KernelBuilder &k) {
    return emitMovingAverage(cast<nn::MovingAverageOp>(op), k);
  };
}
