// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Losses fused with the last activation.
#include "Elementwise.h"
#include "LossSteps.h"
#include "nncc/Dialect/NN/Ops/Loss.h"
#include "nncc/Kernels/Math.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;
using arith::CmpFPredicate;

namespace {

LogicalResult emitSigmoidCrossEntropy(nn::SigmoidCrossEntropyOp op, KernelBuilder &kernels) {
  LossRows rows(cast<ShapedType>(op.getLogits().getType()), /*categorical=*/false);
  double smoothing = op.getLabelSmoothing().convertToDouble();
  addLossSteps(kernels, op, "sigmoid cross-entropy", rows, Reduction(op, /*categorical=*/false), op.getLoss(),
               [&](Kernel &kernel, Emit &emit) -> RowLoss {
    Value logits = kernels.flat(kernel, op.getLogits()), targets = kernels.flat(kernel, op.getTarget());
    Value predictions = kernels.flat(kernel, op.getPrediction());
    return [=, &emit](Value row) {
      Value start = emit.mul(row, rows.length);
      return sumRowWide(emit, rows.length, [&](Value offset, int64_t width) {
        Value at = emit.add(start, offset);
        Value x = emit.load(logits, at, width);
        Value t = smooth(emit, emit.load(targets, at, width), smoothing, 0.5);
        Value e = emitExp(emit, emit.negf(emit.absf(x)));
        // sigmoid(x) = 1 / (1 + e) for x >= 0, else e / (1 + e).
        Value positive = emit.compare(CmpFPredicate::OGE, x, emit.constant(x.getType(), 0.0));
        Value top = emit.select(positive, emit.constant(x.getType(), 1.0), e);
        emit.store(emit.divf(top, emit.addf(e, 1.0)), predictions, at);
        return emit.addf(emit.subf(emitRelu(emit, x), emit.mulf(x, t)), emitLog1p(emit, e));
      });
    };
  });
  return success();
}

LogicalResult emitSigmoidCrossEntropyGrad(nn::SigmoidCrossEntropyGradOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getPrediction().getType());
  LossRows rows(type, /*categorical=*/false);
  double smoothing = op.getLabelSmoothing().convertToDouble();
  addElementwiseStep(kernels, op, "sigmoid cross-entropy gradient", type, 2,
                     [&](Kernel &kernel, Emit &emit) -> ElementBody {
    Value predictions = kernels.flat(kernel, op.getPrediction()), targets = kernels.flat(kernel, op.getTarget());
    Value to = kernels.flat(kernel, op.getPredictionGradient());
    Value scale = Reduction(op, /*categorical=*/false).scale(kernels, kernel, emit, rows);
    return [=, &emit](Value at, int64_t width) {
      Value t = smooth(emit, emit.load(targets, at, width), smoothing, 0.5);
      Value difference = emit.subf(emit.load(predictions, at, width), t);
      emit.store(emit.mulf(difference, emit.splat(scale, difference.getType())), to, at);
    };
  });
  addClassWeightStep(kernels, op);
  return success();
}

LogicalResult emitSoftmaxCrossEntropy(nn::SoftmaxCrossEntropyOp op, KernelBuilder &kernels) {
  LossRows rows(cast<ShapedType>(op.getLogits().getType()), /*categorical=*/true);
  double smoothing = op.getLabelSmoothing().convertToDouble();
  bool sparse = op.getSparse();
  Reduction reduction(op, /*categorical=*/true);
  addLossSteps(kernels, op, "softmax cross-entropy", rows, reduction, op.getLoss(),
               [&](Kernel &kernel, Emit &emit) -> RowLoss {
    Value logits = kernels.flat(kernel, op.getLogits()), targets = kernels.flat(kernel, op.getTarget());
    Value predictions = kernels.flat(kernel, op.getPrediction());
    int64_t classes = rows.length;
    return [=, &emit](Value row) {
      Value start = emit.mul(row, classes);
      SoftmaxSums sums = emitSoftmaxRow(emit, logits, start, predictions, start, classes);
      Value logSum = emit.addf(emit.extend(sums.maximum), emit.extend(emitLog(emit, sums.exponential)));
      if (sparse) {
        Value target = emit.loadScalar(targets, row);
        Value logit = emit.loadScalar(logits, emit.add(start, classIndex(emit, target, classes)));
        Value loss = nanUnlessClass(emit, emit.subf(logSum, emit.extend(logit)), target, classes);
        return reduction.unlessIgnored(emit, loss, target);
      }
      // Each target times -log of its class' share: their sum need not be 1.
      return emit.reducePieces(
          classes,
          [&](Value offset, int64_t width) {
            Value at = emit.add(start, offset);
            Value t = emit.extend(smooth(emit, emit.load(targets, at, width), smoothing, 1.0 / double(classes)));
            Value x = emit.extend(emit.load(logits, at, width));
            return emit.mulf(t, emit.subf(emit.splat(logSum, x.getType()), x));
          },
          [&](Value a, Value b) { return emit.addf(a, b); });
    };
  });
  return success();
}

LogicalResult emitSoftmaxCrossEntropyGrad(nn::SoftmaxCrossEntropyGradOp op, KernelBuilder &kernels) {
  LossRows rows(cast<ShapedType>(op.getPrediction().getType()), /*categorical=*/true);
  double smoothing = op.getLabelSmoothing().convertToDouble();
  bool sparse = op.getSparse();
  Reduction reduction(op, /*categorical=*/true);
  int64_t classes = rows.length;
  addRowStep(kernels, op, "softmax cross-entropy gradient", rows.batched, rows.rows, classes, 2 * classes,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value predictions = kernels.flat(kernel, op.getPrediction()), targets = kernels.flat(kernel, op.getTarget());
    Value to = kernels.flat(kernel, op.getPredictionGradient());
    Value scale = reduction.scale(kernels, kernel, emit, rows);
    return [=, &emit](Value row) {
      Value start = emit.mul(row, classes);
      Value target = sparse ? emit.loadScalar(targets, row) : Value();
      Value rowScale = sparse ? reduction.unlessIgnored(emit, scale, target) : scale;
      emit.pieces(classes, [&](Value offset, int64_t width) {
        Value at = emit.add(start, offset);
        Value t = sparse ? oneHot(emit, target, offset, width)
                         : smooth(emit, emit.load(targets, at, width), smoothing, 1.0 / double(classes));
        Value difference = emit.subf(emit.load(predictions, at, width), t);
        emit.store(emit.mulf(difference, emit.splat(rowScale, difference.getType())), to, at);
      });
    };
  });
  addClassWeightStep(kernels, op);
  return success();
}

} // namespace

void kernels::addLogitsLossKernels(EmitterTable &table) {
  table["nn.sigmoid_cross_entropy"] = [](Operation *op, KernelBuilder &k) {
    return emitSigmoidCrossEntropy(cast<nn::SigmoidCrossEntropyOp>(op), k);
  };
  table["nn.sigmoid_cross_entropy_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitSigmoidCrossEntropyGrad(cast<nn::SigmoidCrossEntropyGradOp>(op), k);
  };
  table["nn.softmax_cross_entropy"] = [](Operation *op, KernelBuilder &k) {
    return emitSoftmaxCrossEntropy(cast<nn::SoftmaxCrossEntropyOp>(op), k);
  };
  table["nn.softmax_cross_entropy_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitSoftmaxCrossEntropyGrad(cast<nn::SoftmaxCrossEntropyGradOp>(op), k);
  };
}
