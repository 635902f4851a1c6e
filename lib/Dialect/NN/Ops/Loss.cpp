// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Loss.h"

#include "../Inference.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerLossOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Loss.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Loss.cpp.inc"

/// Adds the scalar of a loss.
static LogicalResult addLoss(Value prediction, SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get({}, cast<RankedTensorType>(prediction.getType()).getElementType()));
  return success();
}

/// (L7) Class weights are for predictions of one axis.
static LogicalResult verifyClassWeight(Operation *op, Value prediction) {
  auto type = cast<RankedTensorType>(prediction.getType());
  if (op->hasAttr("class_weight") && (type.getRank() != 2 || !type.isDynamicDim(0)))
    return op->emitOpError("class_weight takes a prediction of one axis behind the batch");
  return success();
}

/// (L1) The target has the prediction's shape.
static LogicalResult verifyDense(Operation *op, Value prediction, Value target) {
  if (cast<RankedTensorType>(prediction.getType()).getRank() < 2)
    return op->emitOpError("the prediction has no axis but the batch");
  if (failed(verifyClassWeight(op, prediction)))
    return failure();
  return verifySameType(op, target, "the target", prediction, "the prediction");
}

/// (L2) The target is the prediction's shape without the last axis.
static LogicalResult verifySparse(Operation *op, Value prediction, Value target) {
  auto type = cast<RankedTensorType>(prediction.getType());
  if (type.getRank() < 2)
    return op->emitOpError("the prediction has no axis but the batch");
  if (failed(verifyClassWeight(op, prediction)))
    return failure();
  auto expected = type.clone(type.getShape().drop_back());
  if (target.getType() == expected)
    return success();
  return op->emitOpError() << "the target is " << target.getType() << ", expected " << expected;
}

/// (L3) The label smoothing lies in [0, 1].
static LogicalResult verifySmoothing(Operation *op, const APFloat &smoothing) {
  double value = smoothing.convertToDouble();
  if (value >= 0 && value <= 1)
    return success();
  return op->emitOpError() << "label_smoothing is " << value << ", expected a number in [0, 1]";
}

/// (L4) A gradient has the prediction's type.
template <typename Op>
static LogicalResult verifyPredictionGradient(Op op) {
  return verifySameType(op, op.getPredictionGradient(), "the prediction gradient", op.getPrediction(),
                        "the prediction");
}

LogicalResult MeanSquaredErrorOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                                   SmallVectorImpl<Type> &types) {
  return addLoss(adaptor.getPrediction(), types);
}

LogicalResult MeanSquaredErrorOp::verify() { return verifyDense(*this, getPrediction(), getTarget()); }

LogicalResult MeanSquaredErrorGradOp::verify() {
  return failure(failed(verifyDense(*this, getPrediction(), getTarget())) || failed(verifyPredictionGradient(*this)));
}

LogicalResult MeanAbsoluteErrorOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                                    SmallVectorImpl<Type> &types) {
  return addLoss(adaptor.getPrediction(), types);
}

LogicalResult MeanAbsoluteErrorOp::verify() { return verifyDense(*this, getPrediction(), getTarget()); }

LogicalResult MeanAbsoluteErrorGradOp::verify() {
  return failure(failed(verifyDense(*this, getPrediction(), getTarget())) || failed(verifyPredictionGradient(*this)));
}

/// (L5) delta > 0.
static LogicalResult verifyDelta(Operation *op, const APFloat &delta) {
  double value = delta.convertToDouble();
  if (value > 0)
    return success();
  return op->emitOpError() << "delta is " << value << ", expected a number above 0";
}

LogicalResult HuberOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  return addLoss(adaptor.getPrediction(), types);
}

LogicalResult HuberOp::verify() {
  return failure(failed(verifyDense(*this, getPrediction(), getTarget())) || failed(verifyDelta(*this, getDelta())));
}

LogicalResult HuberGradOp::verify() {
  return failure(failed(verifyDense(*this, getPrediction(), getTarget())) || failed(verifyDelta(*this, getDelta())) ||
                 failed(verifyPredictionGradient(*this)));
}

LogicalResult BinaryCrossEntropyOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                                     SmallVectorImpl<Type> &types) {
  return addLoss(adaptor.getPrediction(), types);
}

LogicalResult BinaryCrossEntropyOp::verify() {
  return failure(failed(verifyDense(*this, getPrediction(), getTarget())) ||
                 failed(verifySmoothing(*this, getLabelSmoothing())));
}

LogicalResult BinaryCrossEntropyGradOp::verify() {
  return failure(failed(verifyDense(*this, getPrediction(), getTarget())) ||
                 failed(verifySmoothing(*this, getLabelSmoothing())) || failed(verifyPredictionGradient(*this)));
}

LogicalResult CategoricalCrossEntropyOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                                          SmallVectorImpl<Type> &types) {
  return addLoss(adaptor.getPrediction(), types);
}

LogicalResult CategoricalCrossEntropyOp::verify() {
  return failure(failed(verifyDense(*this, getPrediction(), getTarget())) ||
                 failed(verifySmoothing(*this, getLabelSmoothing())));
}

LogicalResult CategoricalCrossEntropyGradOp::verify() {
  return failure(failed(verifyDense(*this, getPrediction(), getTarget())) ||
                 failed(verifySmoothing(*this, getLabelSmoothing())) || failed(verifyPredictionGradient(*this)));
}

LogicalResult SparseCategoricalCrossEntropyOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                                                Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return addLoss(adaptor.getPrediction(), types);
}

LogicalResult SparseCategoricalCrossEntropyOp::verify() { return verifySparse(*this, getPrediction(), getTarget()); }

LogicalResult SparseCategoricalCrossEntropyGradOp::verify() {
  return failure(failed(verifySparse(*this, getPrediction(), getTarget())) || failed(verifyPredictionGradient(*this)));
}

LogicalResult SigmoidCrossEntropyOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                                      SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getLogits().getType());
  return addLoss(adaptor.getLogits(), types);
}

LogicalResult SigmoidCrossEntropyOp::verify() {
  return failure(failed(verifyDense(*this, getLogits(), getTarget())) ||
                 failed(verifySmoothing(*this, getLabelSmoothing())));
}

LogicalResult SigmoidCrossEntropyGradOp::verify() {
  return failure(failed(verifyDense(*this, getPrediction(), getTarget())) ||
                 failed(verifySmoothing(*this, getLabelSmoothing())) || failed(verifyPredictionGradient(*this)));
}

LogicalResult SoftmaxCrossEntropyOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                                      SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getLogits().getType());
  return addLoss(adaptor.getLogits(), types);
}

/// (L6) Only class numbers may be ignored.
template <typename Op>
static LogicalResult verifyIgnored(Op op) {
  if (op.getIgnoreClass() && !op.getSparse())
    return op->emitOpError("ignore_class is given, but the targets are no class numbers");
  return success();
}

LogicalResult SoftmaxCrossEntropyOp::verify() {
  if (failed(getSparse() ? verifySparse(*this, getLogits(), getTarget())
                         : verifyDense(*this, getLogits(), getTarget())))
    return failure();
  return failure(failed(verifySmoothing(*this, getLabelSmoothing())) || failed(verifyIgnored(*this)));
}

LogicalResult SoftmaxCrossEntropyGradOp::verify() {
  if (failed(getSparse() ? verifySparse(*this, getPrediction(), getTarget())
                         : verifyDense(*this, getPrediction(), getTarget())))
    return failure();
  return failure(failed(verifySmoothing(*this, getLabelSmoothing())) || failed(verifyIgnored(*this)) ||
                 failed(verifyPredictionGradient(*this)));
}
