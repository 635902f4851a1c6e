// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Regularization.h"

#include "../Inference.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerRegularizationOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Regularization.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Regularization.cpp.inc"

LogicalResult DropoutOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

/// (R1) 0 <= rate < 1.
static LogicalResult verifyRate(Operation *op, double rate) {
  if (rate >= 0 && rate < 1)
    return success();
  return op->emitOpError() << "rate is " << rate << ", expected a number in [0, 1)";
}

LogicalResult DropoutOp::verify() { return verifyRate(*this, getRate().convertToDouble()); }

int64_t DropoutOp::getFlops() { return sampleElements(getInput()); }

LogicalResult SpatialDropoutOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

LogicalResult SpatialDropoutOp::verify() {
  if (failed(verifyRate(*this, getRate().convertToDouble())))
    return failure();
  // (R2) Axes of the tensor in ascending order.
  int64_t rank = getInput().getType().getRank(), previous = -1;
  for (int64_t axis : getShared().value_or(ArrayRef<int64_t>())) {
    if (axis <= previous || axis >= rank)
      return emitOpError() << "shared has the axis " << axis << ", expected ascending axes below " << rank;
    previous = axis;
  }
  return success();
}

int64_t SpatialDropoutOp::getFlops() { return sampleElements(getInput()); }

LogicalResult GaussianNoiseOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

LogicalResult GaussianNoiseOp::verify() {
  // (R3) stddev >= 0.
  double stddev = getStddev().convertToDouble();
  if (stddev >= 0)
    return success();
  return emitOpError() << "stddev is " << stddev << ", expected a number that is not negative";
}

int64_t GaussianNoiseOp::getFlops() { return saturatingProduct({2, sampleElements(getInput())}); }

/// (R4) Finite and not negative. (R5) A sample has a batch.
static LogicalResult verifyPenalty(Operation *op, Value input, const APFloat &l1, const APFloat &l2, bool perSample) {
  for (auto [name, value] : {std::pair<StringRef, const APFloat &>("l1", l1), {"l2", l2}})
    if (!value.isFinite() || (value.isNegative() && !value.isZero()))
      return op->emitOpError() << name << " is " << value.convertToDouble() << ", expected a finite number that is not negative";
  if (perSample && cast<RankedTensorType>(input.getType()).getRank() == 0)
    return op->emitOpError("per_sample needs a leading axis, found a scalar");
  return success();
}

LogicalResult PenaltyOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get({}, cast<RankedTensorType>(adaptor.getInput().getType()).getElementType()));
  return success();
}

LogicalResult PenaltyOp::verify() { return verifyPenalty(*this, getInput(), getL1(), getL2(), getPerSample()); }

LogicalResult PenaltyGradOp::verify() {
  if (failed(verifyPenalty(*this, getInput(), getL1(), getL2(), getPerSample())))
    return failure();
  // (R6)
  return verifySameType(*this, getInputGradient(), "the gradient", getInput(), "the input");
}

LogicalResult TotalLossOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, Adaptor,
                                            SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get({}, Float32Type::get(context)));
  return success();
}

LogicalResult TotalLossOp::verify() {
  if (getLosses().empty())
    return emitOpError("expected at least one loss");
  return success();
}
