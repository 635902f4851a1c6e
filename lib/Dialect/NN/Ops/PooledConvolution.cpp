// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/PooledConvolution.h"

#include "../ConvolutionMap.h"

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

LogicalResult ConvMaxPoolTrainOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                                   Adaptor adaptor, SmallVectorImpl<Type> &types) {
  // (Q1), (Q2)
  if (failed(inferMap(location, adaptor, types,
                      [&](Extents input, Extents kernel) { return pooledMapOf(adaptor, input, kernel); })))
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
template <typename Op>
static LogicalResult verifyGradient(Op op, Value input, Value kernel, StringRef kernelName) {
  auto expected = op.getOutputGradient().getType().clone(argmaxElementType(op.getContext(), op.getPoolSize()));
  if (op.getArgmax().getType() != expected)
    return op.emitOpError() << "the argmax is " << op.getArgmax().getType() << ", expected " << expected;
  return verifyMapGradient(op, input, kernel, kernelName, pooledMapOf<Op>);
}

LogicalResult PooledConvGradInputOp::verify() {
  return verifyGradient(*this, getInputGradient(), getKernel(), "kernel");
}

LogicalResult PooledConvGradKernelOp::verify() {
  return verifyGradient(*this, getInput(), getKernelGradient(), "kernel gradient");
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
