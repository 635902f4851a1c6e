// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Normalization.h"

#include "../Inference.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerNormalizationOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Normalization.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Normalization.cpp.inc"

/// An error unless `axis` is one of a sample's.
static LogicalResult verifyAxis(Operation *op, int64_t axis, RankedTensorType type) {
  if (axis >= 1 && axis < type.getRank())
    return success();
  return op->emitOpError() << "axis is " << axis << ", expected one of 1 to " << type.getRank() - 1;
}

/// (N1) The axis is one of a sample's, and each of the (optional) values is a vector of its extent.
static LogicalResult verifyChannels(Operation *op, Value input, int64_t axis,
                                    ArrayRef<std::pair<Value, StringRef>> vectors) {
  auto type = cast<RankedTensorType>(input.getType());
  if (failed(verifyAxis(op, axis, type)))
    return failure();
  for (auto [value, name] : vectors)
    if (failed(verifyVector(op, value, type.getDimSize(axis), name)))
      return failure();
  return success();
}

LogicalResult BatchNormOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

LogicalResult BatchNormOp::verify() {
  return verifyChannels(
      *this, getInput(), getAxis(),
      {{getGamma(), "gamma"}, {getBeta(), "beta"}, {getMean(), "mean"}, {getVariance(), "variance"}});
}

/// A scale and a shift an element: those follow from the statistics once for all samples.
int64_t BatchNormOp::getFlops() { return saturatingProduct({2, sampleElements(getInput())}); }

LogicalResult BatchNormTrainOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  // The axis is one of the input's: the op's own verifier (N1) comes first, and builders copy it from an nn.batch_norm.
  auto type = cast<RankedTensorType>(adaptor.getInput().getType());
  auto statistics = RankedTensorType::get({type.getDimSize(adaptor.getAxis())}, type.getElementType());
  types.assign({type, statistics, statistics});
  return success();
}

LogicalResult BatchNormTrainOp::verify() {
  return verifyChannels(*this, getInput(), getAxis(), {{getGamma(), "gamma"}, {getBeta(), "beta"}});
}

/// (N1), and (N2): the gradients of input, gamma and beta have their types.
template <typename Op>
static LogicalResult verifyGradient(Op op) {
  if (failed(verifySameType(op, op.getOutputGradient(), "the output gradient", op.getInput(), "the input")) ||
      failed(verifySameType(op, op.getInputGradient(), "the input gradient", op.getInput(), "the input")))
    return failure();
  return verifyChannels(op, op.getInput(), op.getAxis(),
                        {{op.getGamma(), "gamma"},
                         {op.getMean(), "mean"},
                         {op.getVariance(), "variance"},
                         {op.getGammaGradient(), "the gamma gradient"},
                         {op.getBetaGradient(), "the beta gradient"}});
}

LogicalResult BatchNormTrainGradOp::verify() { return verifyGradient(*this); }

LogicalResult BatchNormGradOp::verify() { return verifyGradient(*this); }

LogicalResult FoldBatchNormOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  auto type = cast<RankedTensorType>(adaptor.getKernel().getType());
  types.assign({type, RankedTensorType::get({type.getShape().back()}, type.getElementType())});
  return success();
}

LogicalResult FoldBatchNormOp::verify() {
  Extents kernel = getKernel().getType().getShape();
  if (kernel.empty())
    return emitOpError("the kernel has no axis of filters");
  // (N3)
  std::pair<Value, StringRef> vectors[] = {{getBias(), "bias"},
                                           {getGamma(), "gamma"},
                                           {getBeta(), "beta"},
                                           {getMean(), "mean"},
                                           {getVariance(), "variance"}};
  for (auto [value, name] : vectors)
    if (failed(verifyVector(*this, value, kernel.back(), name)))
      return failure();
  return success();
}

LogicalResult StandardizeOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

/// Mean, difference, square, sum and scale.
int64_t StandardizeOp::getFlops() { return saturatingProduct({5, sampleElements(getInput())}); }

/// (N4) 1 <= axes < rank.
static LogicalResult verifyLastAxes(Operation *op, int64_t axes, RankedTensorType type) {
  if (axes >= 1 && axes < type.getRank())
    return success();
  return op->emitOpError() << "axes is " << axes << ", expected one of 1 to " << type.getRank() - 1;
}

LogicalResult StandardizeOp::verify() { return verifyLastAxes(*this, getAxes(), getInput().getType()); }

LogicalResult StandardizeGradOp::verify() {
  // (N5) Everything has one type.
  if (failed(verifySameType(*this, getOutputGradient(), "the output gradient", getInput(), "the input")) ||
      failed(verifySameType(*this, getInputGradient(), "the input gradient", getInput(), "the input")))
    return failure();
  return verifyLastAxes(*this, getAxes(), getInput().getType());
}
