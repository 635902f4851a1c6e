// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/PooledConvolution.h"

#include "../Inference.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerPooledConvolutionOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/PooledConvolution.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/PooledConvolution.cpp.inc"

/// The shape of the pooled map from those of input and kernel.
template <typename Attributes>
static llvm::Expected<Shape> pooledShape(Extents input, Extents kernel, Attributes attributes) {
  llvm::Expected<Shape> map = convShape(input, kernel, attributes.getStrides(), attributes.getPadding(),
                                        attributes.getDilations(), attributes.getGroups());
  if (!map)
    return map;
  Extents pool = attributes.getPoolSize();
  Shape noPadding(2 * pool.size(), 0);
  return poolShape(*map, pool, pool, noPadding);
}

LogicalResult ConvMaxPoolTrainOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                                   Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  FailureOr<Extents> kernel = infer.whole(adaptor.getKernel());
  // (Q1), (Q2)
  if (failed(input) || failed(kernel) || failed(infer.add(adaptor.getInput(), pooledShape(*input, *kernel, adaptor))))
    return failure();
  types.push_back(cast<RankedTensorType>(types.front()).clone(argmaxElementType(context, adaptor.getPoolSize())));
  return success();
}

LogicalResult ConvMaxPoolTrainOp::verify() {
  // (C4) The bias is [F].
  return verifyVector(*this, getBias(), lastExtent(getKernel()), "bias");
}

bool ConvMaxPoolTrainOp::marksInactive() {
  return getActivation() == Activation::Relu && saturatingProduct(getPoolSize()) != 256;
}

/// (Q3)
template <typename Op> static LogicalResult verifyGradient(Op op, Value input, Value kernel) {
  auto expected = op.getOutputGradient().getType().clone(argmaxElementType(op.getContext(), op.getPoolSize()));
  if (op.getArgmax().getType() != expected)
    return op.emitOpError() << "the argmax is " << op.getArgmax().getType() << ", expected " << expected;
  return verifySample(op, op.getOutputGradient(), "the output gradient",
                      pooledShape(sampleExtents(input), cast<RankedTensorType>(kernel.getType()).getShape(), op));
}

LogicalResult PooledConvGradInputOp::verify() {
  if (!getKernel().getType().hasStaticShape())
    return emitOpError("the kernel's extents are not static");
  return verifyGradient(*this, getInputGradient(), getKernel());
}

LogicalResult PooledConvGradKernelOp::verify() {
  if (!getKernelGradient().getType().hasStaticShape())
    return emitOpError("the kernel gradient's extents are not static");
  return verifyGradient(*this, getInput(), getKernelGradient());
}

LogicalResult PooledBiasGradOp::verify() {
  ArrayRef<int64_t> shape = getOutputGradient().getType().getShape();
  if (shape.size() < 2)
    return emitOpError("the output gradient has no axis but the batch");
  // (Q4)
  if (getArgmax().getType().getShape() != shape)
    return emitOpError() << "the argmax is " << getArgmax().getType() << ", expected the shape of "
                         << getOutputGradient().getType();
  return verifyVector(*this, getBiasGradient(), shape.back(), "the bias gradient");
}
