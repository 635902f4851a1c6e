// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Pooling.h"

#include "../Inference.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerPoolingOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Pooling.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Pooling.cpp.inc"

template <typename Adaptor>
static LogicalResult inferPool(Inference &infer, Adaptor adaptor) {
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  if (failed(input))
    return failure();
  return infer.add(adaptor.getInput(),
                   poolShape(*input, adaptor.getWindow(), adaptor.getStrides(), adaptor.getPadding()));
}

/// One operation for each element of a window that is inside.
template <typename Op>
static int64_t poolFlops(Op op) {
  Extents input = sampleExtents(op.getInput());
  Shape dilations(op.getWindow().size(), 1);
  return saturatingProduct(
      {insidePairs(input.drop_back(), op.getWindow(), op.getStrides(), op.getPadding(), dilations), input.back()});
}

/// (P4) The output gradient has the shape that the forward op gives from the result's.
template <typename Op>
static LogicalResult verifyPoolGradient(Op op) {
  if (op.getInputGradient().getType().getRank() == 0)
    return op.emitOpError("the input gradient has no batch axis");
  return verifySample(op, op.getOutputGradient(), "the output gradient",
                      poolShape(sampleExtents(op.getInputGradient()), op.getWindow(), op.getStrides(),
                                op.getPadding()));
}

LogicalResult MaxPoolOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  return inferPool(infer, adaptor);
}

int64_t MaxPoolOp::getFlops() { return poolFlops(*this); }

LogicalResult MaxPoolTrainOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  if (failed(inferPool(infer, adaptor)))
    return failure();
  types.push_back(
      cast<RankedTensorType>(types.front()).clone(argmaxElementType(context, adaptor.getWindow())));
  return success();
}

LogicalResult MaxPoolGradOp::verify() {
  auto expected =
      getOutputGradient().getType().clone(argmaxElementType(getContext(), getWindow()));
  // (P5) The argmax belongs to the output gradient, element by element.
  if (getArgmax().getType() != expected)
    return emitOpError() << "the argmax is " << getArgmax().getType() << ", expected " << expected;
  return verifyPoolGradient(*this);
}

LogicalResult AveragePoolOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  return inferPool(infer, adaptor);
}

int64_t AveragePoolOp::getFlops() { return poolFlops(*this); }

LogicalResult AveragePoolGradOp::verify() { return verifyPoolGradient(*this); }

template <typename Adaptor>
static LogicalResult inferGlobalPool(Inference infer, Adaptor adaptor) {
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  if (failed(input))
    return failure();
  return infer.add(adaptor.getInput(), globalPoolShape(*input, adaptor.getKeepdims()));
}

LogicalResult GlobalMaxPoolOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  return inferGlobalPool(Inference(location, adaptor.getAttributes(), types), adaptor);
}

int64_t GlobalMaxPoolOp::getFlops() { return sampleElements(getInput()); }

LogicalResult GlobalAveragePoolOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                                    SmallVectorImpl<Type> &types) {
  return inferGlobalPool(Inference(location, adaptor.getAttributes(), types), adaptor);
}

int64_t GlobalAveragePoolOp::getFlops() { return sampleElements(getInput()); }

/// (P6) The output gradient is the input's with its spatial axes gone, or of extent 1.
static LogicalResult verifyGlobalPoolGradient(Operation *op, Value input, Value outputGradient) {
  auto inputType = cast<RankedTensorType>(input.getType());
  if (inputType.getRank() == 0)
    return op->emitOpError("the input has no batch axis");
  bool keepdims = cast<RankedTensorType>(outputGradient.getType()).getRank() == inputType.getRank();
  return verifySample(op, outputGradient, "the output gradient", globalPoolShape(sampleExtents(input), keepdims));
}

LogicalResult GlobalMaxPoolGradOp::verify() {
  if (failed(verifySameType(*this, getInputGradient(), "the input gradient", getInput(), "the input")) ||
      failed(verifySameType(*this, getOutputGradient(), "the output gradient", getOutput(), "the output")))
    return failure();
  return verifyGlobalPoolGradient(*this, getInput(), getOutputGradient());
}

LogicalResult GlobalAveragePoolGradOp::verify() {
  return verifyGlobalPoolGradient(*this, getInputGradient(), getOutputGradient());
}
