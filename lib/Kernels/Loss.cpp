// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Losses of predictions (probabilities, numbers) that are not fused with an activation.
#include "Elementwise.h"
#include "LossSteps.h"
#include "nncc/Dialect/NN/Ops/Loss.h"
#include "nncc/Kernels/Math.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;
using arith::CmpFPredicate;

namespace {

// Keras' epsilon (keras/backend.py, epsilon()).
constexpr double kEpsilon = 1e-7;

Value clipProbability(Emit &emit, Value p) { return emit.clamp(p, kEpsilon, 1.0 - kEpsilon); }
/// `value` where clipping has not changed p, else 0: the gradient of clipping.
Value whereNotClipped(Emit &emit, Value p, Value value) {
  Value above = emit.compare(CmpFPredicate::OGE, p, emit.constant(p.getType(), kEpsilon));
  Value below = emit.compare(CmpFPredicate::OLE, p, emit.constant(p.getType(), 1.0 - kEpsilon));
  Value inside = arith::AndIOp::create(emit.builder, emit.loc, above, below);
  return emit.select(inside, value, emit.constant(value.getType(), 0.0));
}

/// What a loss of single elements computes from prediction and target: vectors. The gradient is without the division by
/// the number of elements.
struct ElementLoss {
  std::string what;
  std::function<Value(Emit &, Value p, Value t)> loss, gradient;
};

/// Elements of a sample that are summed by one unit.
constexpr int64_t kLossElements = 16384;

/// The gradient of the same prediction and target that is taken behind `op`, if it is.
template <typename GradOp> GradOp gradientBehind(Operation *op) {
  for (Operation *user : op->getOperand(0).getUsers())
    if (auto gradient = dyn_cast<GradOp>(user))
      if (gradient.getPrediction() == op->getOperand(0) && gradient.getTarget() == op->getOperand(1) &&
          op->isBeforeInBlock(gradient))
        return gradient;
  return {};
}

/// The loss, and in the same pass the gradient behind it.
template <typename LossOp, typename GradOp>
void addElementLoss(KernelBuilder &kernels, LossOp op, const ElementLoss &function) {
  auto type = cast<ShapedType>(op.getPrediction().getType());
  LossRows rows(type, /*categorical=*/false);
  GradOp gradient = gradientBehind<GradOp>(op);
  if (gradient)
    kernels.claim(gradient);
  Chunks chunks = cutIntoChunks(rows.length, kLossElements, 64);
  LossParts parts(kernels, op, rows, chunks.units);
  Reduction reduction(op, /*categorical=*/false);
  kernels.addStep(op, function.what + (gradient ? " and gradient" : ""), perBatch(type, chunks.units),
                  perBatch(type, (gradient ? 12 : 6) * rows.length), [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value predictions = kernels.flat(kernel, op.getPrediction()), targets = kernels.flat(kernel, op.getTarget());
    Value sums = kernels.flat(kernel, parts.sums);
    Value toGradient, scale;
    if (gradient) {
      toGradient = kernels.flat(kernel, gradient.getPredictionGradient());
      scale = reduction.scale(kernels, kernel, emit, rows);
    }
    auto element = [&](Value at, int64_t width) {
      Value p = emit.load(predictions, at, width), t = emit.load(targets, at, width);
      if (gradient) {
        Value value = function.gradient(emit, p, t);
        emit.store(emit.mulf(value, emit.splat(scale, value.getType())), toGradient, at);
      }
      return emit.extend(function.loss(emit, p, t));
    };
    sumChunks(emit, kernel, chunks, rows.length, sums, element);
  });
  parts.addMeanStep(kernels, op, function.what, reduction, op.getLoss());
  if (gradient)
    addClassWeightStep(kernels, gradient);
}

/// The gradient by itself.
template <typename GradOp> void addElementLossGradient(KernelBuilder &kernels, GradOp op, const ElementLoss &function) {
  auto type = cast<ShapedType>(op.getPrediction().getType());
  LossRows rows(type, /*categorical=*/false);
  addElementwiseStep(kernels, op, function.what + " gradient", type, 6, [&](Kernel &kernel, Emit &emit) -> ElementBody {
    Value predictions = kernels.flat(kernel, op.getPrediction()), targets = kernels.flat(kernel, op.getTarget());
    Value to = kernels.flat(kernel, op.getPredictionGradient());
    Value scale = Reduction(op, /*categorical=*/false).scale(kernels, kernel, emit, rows);
    return [=, &emit](Value at, int64_t width) {
      Value value = function.gradient(emit, emit.load(predictions, at, width), emit.load(targets, at, width));
      emit.store(emit.mulf(value, emit.splat(scale, value.getType())), to, at);
    };
  });
  addClassWeightStep(kernels, op);
}

template <typename OpT> ElementLoss meanSquaredError(OpT) {
  return {"mean squared error",
          [](Emit &emit, Value p, Value t) {
            Value d = emit.subf(p, t);
            return emit.mulf(d, d);
          },
          [](Emit &emit, Value p, Value t) { return emit.mulf(emit.subf(p, t), 2.0); }};
}

template <typename OpT> ElementLoss meanAbsoluteError(OpT) {
  return {"mean absolute error", [](Emit &emit, Value p, Value t) { return emit.absf(emit.subf(p, t)); },
          [](Emit &emit, Value p, Value t) {
            Value d = emit.subf(p, t);
            Value zero = emit.constant(d.getType(), 0.0);
            // The sign; 0 and NaN stay.
            Value sign = emit.select(emit.compare(CmpFPredicate::OLT, d, zero), emit.constant(d.getType(), -1.0), d);
            return emit.select(emit.compare(CmpFPredicate::OGT, d, zero), emit.constant(d.getType(), 1.0), sign);
          }};
}

template <typename OpT> ElementLoss huber(OpT op) {
  double delta = op.getDelta().convertToDouble();
  return {"huber",
          [=](Emit &emit, Value p, Value t) {
            Value error = emit.absf(emit.subf(p, t));
            Value near = emit.mulf(emit.mulf(error, error), 0.5);
            Value far = emit.addf(emit.mulf(error, delta), -0.5 * delta * delta);
            return emit.select(emit.compare(CmpFPredicate::OLE, error, emit.constant(error.getType(), delta)), near,
                               far);
          },
          [=](Emit &emit, Value p, Value t) { return emit.clamp(emit.subf(p, t), -delta, delta); }};
}

// TensorFlow's graph optimizer makes (1 + epsilon) - p of Keras' 1 - p + epsilon, which in f32 is another number where p is 1.
template <typename OpT> ElementLoss binaryCrossEntropy(OpT op) {
  double smoothing = op.getLabelSmoothing().convertToDouble();
  return {"binary cross-entropy",
          [=](Emit &emit, Value p, Value t) {
            p = clipProbability(emit, p);
            t = smooth(emit, t, smoothing, 0.5);
            Value hit = emit.mulf(t, emitLog(emit, emit.addf(p, kEpsilon)));
            Value miss = emit.mulf(emit.subf(1.0, t), emitLog(emit, emit.subf(1.0 + kEpsilon, p)));
            return emit.negf(emit.addf(hit, miss));
          },
          [=](Emit &emit, Value p, Value t) {
            Value clipped = clipProbability(emit, p);
            t = smooth(emit, t, smoothing, 0.5);
            Value miss = emit.divf(emit.subf(1.0, t), emit.subf(1.0 + kEpsilon, clipped));
            Value hit = emit.divf(t, emit.addf(clipped, kEpsilon));
            return whereNotClipped(emit, p, emit.subf(miss, hit));
          }};
}

/// Both ops of a loss of single elements.
template <typename LossOp, typename GradOp>
void addElementLossKernels(EmitterTable &table, ElementLoss (*ofLoss)(LossOp), ElementLoss (*ofGradient)(GradOp)) {
  table[LossOp::getOperationName()] = [=](Operation *op, KernelBuilder &kernels) {
    addElementLoss<LossOp, GradOp>(kernels, cast<LossOp>(op), ofLoss(cast<LossOp>(op)));
    return success();
  };
  table[GradOp::getOperationName()] = [=](Operation *op, KernelBuilder &kernels) {
    addElementLossGradient(kernels, cast<GradOp>(op), ofGradient(cast<GradOp>(op)));
    return success();
  };
}

LogicalResult emitCategoricalCrossEntropy(nn::CategoricalCrossEntropyOp op, KernelBuilder &kernels) {
  LossRows rows(cast<ShapedType>(op.getPrediction().getType()), /*categorical=*/true);
  double smoothing = op.getLabelSmoothing().convertToDouble();
  int64_t classes = rows.length;
  addLossSteps(kernels, op, "categorical cross-entropy", rows, Reduction(op, /*categorical=*/true), op.getLoss(),
               [&](Kernel &kernel, Emit &emit) -> RowLoss {
    Value predictions = kernels.flat(kernel, op.getPrediction()), targets = kernels.flat(kernel, op.getTarget());
    return [=, &emit](Value row) {
      Value start = emit.mul(row, classes);
      Value sum = sumRow(emit, classes, [&](Value offset, int64_t width) {
        return emit.load(predictions, emit.add(start, offset), width);
      });
      return sumRowWide(emit, classes, [&](Value offset, int64_t width) {
        Value at = emit.add(start, offset);
        Value p = emit.load(predictions, at, width);
        p = clipProbability(emit, emit.divf(p, emit.splat(sum, p.getType())));
        Value t = smooth(emit, emit.load(targets, at, width), smoothing, 1.0 / double(classes));
        return emit.negf(emit.mulf(t, emitLog(emit, p)));
      });
    };
  });
  return success();
}

LogicalResult emitCategoricalCrossEntropyGrad(nn::CategoricalCrossEntropyGradOp op, KernelBuilder &kernels) {
  LossRows rows(cast<ShapedType>(op.getPrediction().getType()), /*categorical=*/true);
  double smoothing = op.getLabelSmoothing().convertToDouble();
  int64_t classes = rows.length;
  // With q = p / s, s = sum p, and g = dL/dq = -t / q where q is not clipped: dL/dp = (g - sum g q) / s.
  addRowStep(kernels, op, "categorical cross-entropy gradient", rows.batched, rows.rows, classes, 10 * classes,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value predictions = kernels.flat(kernel, op.getPrediction()), targets = kernels.flat(kernel, op.getTarget());
    Value to = kernels.flat(kernel, op.getPredictionGradient());
    Value scale = Reduction(op, /*categorical=*/true).scale(kernels, kernel, emit, rows);
    return [=, &emit](Value row) {
      Value start = emit.mul(row, classes);
      Value sum = sumRow(emit, classes, [&](Value offset, int64_t width) {
        return emit.load(predictions, emit.add(start, offset), width);
      });
      auto share = [&](Value at, int64_t width) {
        Value p = emit.load(predictions, at, width);
        return emit.divf(p, emit.splat(sum, p.getType()));
      };
      auto gradient = [&](Value q, Value at, int64_t width) {
        Value t = smooth(emit, emit.load(targets, at, width), smoothing, 1.0 / double(classes));
        return whereNotClipped(emit, q, emit.negf(emit.divf(t, clipProbability(emit, q))));
      };
      Value dot = sumRow(emit, classes, [&](Value offset, int64_t width) {
        Value at = emit.add(start, offset);
        Value q = share(at, width);
        return emit.mulf(gradient(q, at, width), q);
      });
      Value factor = emit.divf(scale, sum);
      emit.pieces(classes, [&](Value offset, int64_t width) {
        Value at = emit.add(start, offset);
        Value g = gradient(share(at, width), at, width);
        Value difference = emit.subf(g, emit.splat(dot, g.getType()));
        emit.store(emit.mulf(difference, emit.splat(factor, g.getType())), to, at);
      });
    };
  });
  addClassWeightStep(kernels, op);
  return success();
}

LogicalResult emitSparseCategoricalCrossEntropy(nn::SparseCategoricalCrossEntropyOp op, KernelBuilder &kernels) {
  LossRows rows(cast<ShapedType>(op.getPrediction().getType()), /*categorical=*/true);
  int64_t classes = rows.length;
  Reduction reduction(op, /*categorical=*/true);
  // The softmax of log p is p / sum p: the loss is log(sum p) - log(p of the target), all p clipped.
  addLossSteps(kernels, op, "sparse categorical cross-entropy", rows, reduction, op.getLoss(),
               [&](Kernel &kernel, Emit &emit) -> RowLoss {
    Value predictions = kernels.flat(kernel, op.getPrediction()), targets = kernels.flat(kernel, op.getTarget());
    return [=, &emit](Value row) {
      Value start = emit.mul(row, classes);
      Value sum = sumRow(emit, classes, [&](Value offset, int64_t width) {
        return clipProbability(emit, emit.load(predictions, emit.add(start, offset), width));
      });
      Value target = emit.loadScalar(targets, row);
      Value p = emit.loadScalar(predictions, emit.add(start, classIndex(emit, target, classes)));
      Value loss = emit.subf(emit.extend(emitLog(emit, sum)), emit.extend(emitLog(emit, clipProbability(emit, p))));
      return reduction.unlessIgnored(emit, nanUnlessClass(emit, loss, target, classes), target);
    };
  });
  return success();
}

LogicalResult emitSparseCategoricalCrossEntropyGrad(nn::SparseCategoricalCrossEntropyGradOp op,
                                                    KernelBuilder &kernels) {
  LossRows rows(cast<ShapedType>(op.getPrediction().getType()), /*categorical=*/true);
  int64_t classes = rows.length;
  Reduction reduction(op, /*categorical=*/true);
  addRowStep(kernels, op, "sparse categorical cross-entropy gradient", rows.batched, rows.rows, classes, 6 * classes,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value predictions = kernels.flat(kernel, op.getPrediction()), targets = kernels.flat(kernel, op.getTarget());
    Value to = kernels.flat(kernel, op.getPredictionGradient());
    Value scale = reduction.scale(kernels, kernel, emit, rows);
    return [=, &emit](Value row) {
      Value start = emit.mul(row, classes);
      Value sum = sumRow(emit, classes, [&](Value offset, int64_t width) {
        return clipProbability(emit, emit.load(predictions, emit.add(start, offset), width));
      });
      Value inverse = emit.divf(1.0, sum);
      Value target = emit.loadScalar(targets, row), rowScale = reduction.unlessIgnored(emit, scale, target);
      emit.pieces(classes, [&](Value offset, int64_t width) {
        Value at = emit.add(start, offset);
        Value p = emit.load(predictions, at, width);
        Value hit = emit.divf(oneHot(emit, target, offset, width), clipProbability(emit, p));
        Value gradient = whereNotClipped(emit, p, emit.subf(emit.splat(inverse, p.getType()), hit));
        emit.store(emit.mulf(gradient, emit.splat(rowScale, p.getType())), to, at);
      });
    };
  });
  addClassWeightStep(kernels, op);
  return success();
}

} // namespace

void kernels::addLossKernels(EmitterTable &table) {
  using namespace nn;
  addElementLossKernels<MeanSquaredErrorOp, MeanSquaredErrorGradOp>(table, meanSquaredError, meanSquaredError);
  addElementLossKernels<MeanAbsoluteErrorOp, MeanAbsoluteErrorGradOp>(table, meanAbsoluteError, meanAbsoluteError);
  addElementLossKernels<HuberOp, HuberGradOp>(table, huber, huber);
  addElementLossKernels<BinaryCrossEntropyOp, BinaryCrossEntropyGradOp>(table, binaryCrossEntropy, binaryCrossEntropy);
  table["nn.categorical_cross_entropy"] = [](Operation *op, KernelBuilder &k) {
    return emitCategoricalCrossEntropy(cast<nn::CategoricalCrossEntropyOp>(op), k);
  };
  table["nn.categorical_cross_entropy_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitCategoricalCrossEntropyGrad(cast<nn::CategoricalCrossEntropyGradOp>(op), k);
  };
  table["nn.sparse_categorical_cross_entropy"] = [](Operation *op, KernelBuilder &k) {
    return emitSparseCategoricalCrossEntropy(cast<nn::SparseCategoricalCrossEntropyOp>(op), k);
  };
  table["nn.sparse_categorical_cross_entropy_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitSparseCategoricalCrossEntropyGrad(cast<nn::SparseCategoricalCrossEntropyGradOp>(op), k);
  };
  addLogitsLossKernels(table);
}
