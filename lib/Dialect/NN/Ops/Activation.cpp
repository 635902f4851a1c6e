// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Activation.h"

#include "../Inference.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerActivationOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Activation.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Activation.cpp.inc"

LogicalResult ActivationOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

int64_t ActivationOp::getFlops() { return getFunction() == Activation::Linear ? 0 : sampleElements(getInput()); }

/// (A1) Everything has one type. (A3) The function's gradient is one of the output.
LogicalResult ActivationGradOp::verify() {
  if (!hasGradientFromOutput(getFunction()))
    return emitOpError() << "the gradient of " << stringifyActivation(getFunction()) << " cannot be read from its output";
  if (failed(verifySameType(*this, getOutputGradient(), "the output gradient", getOutput(), "the output")))
    return failure();
  return verifySameType(*this, getInputGradient(), "the input gradient", getOutput(), "the output");
}

LogicalResult ActivationInputGradOp::verify() {
  // (A3)
  if (hasGradientFromOutput(getFunction()))
    return emitOpError() << "the gradient of " << stringifyActivation(getFunction()) << " is read from its output";
  // (A1)
  if (failed(verifySameType(*this, getOutputGradient(), "the output gradient", getInput(), "the input")))
    return failure();
  return verifySameType(*this, getInputGradient(), "the input gradient", getInput(), "the input");
}

LogicalResult EluOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

int64_t EluOp::getFlops() { return sampleElements(getInput()); }

LogicalResult EluGradOp::verify() {
  // (A1)
  if (failed(verifySameType(*this, getOutputGradient(), "the output gradient", getInput(), "the input")))
    return failure();
  return verifySameType(*this, getInputGradient(), "the input gradient", getInput(), "the input");
}

LogicalResult ReluOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

int64_t ReluOp::getFlops() { return sampleElements(getInput()); }

LogicalResult ReluGradOp::verify() {
  // (A1)
  if (failed(verifySameType(*this, getOutputGradient(), "the output gradient", getInput(), "the input")))
    return failure();
  return verifySameType(*this, getInputGradient(), "the input gradient", getInput(), "the input");
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

/// (A2) 1 <= axis < rank.
static LogicalResult verifyAxis(Operation *op, int64_t axis, RankedTensorType type) {
  if (axis >= 1 && axis < type.getRank())
    return success();
  return op->emitOpError() << "axis is " << axis << ", expected one of 1 to " << type.getRank() - 1;
}

LogicalResult SoftmaxOp::verify() { return verifyAxis(*this, getAxis(), getInput().getType()); }

/// Maximum, difference, exponential, sum and quotient.
int64_t SoftmaxOp::getFlops() { return saturatingProduct({5, sampleElements(getInput())}); }

LogicalResult SoftmaxGradOp::verify() {
  // (A1)
  if (failed(verifySameType(*this, getOutputGradient(), "the output gradient", getOutput(), "the output")) ||
      failed(verifySameType(*this, getInputGradient(), "the input gradient", getOutput(), "the output")))
    return failure();
  return verifyAxis(*this, getAxis(), getOutput().getType());
}
