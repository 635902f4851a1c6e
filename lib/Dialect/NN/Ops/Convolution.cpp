// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Convolution.h"

#include "../ConvolutionMap.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerConvolutionOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Convolution.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Convolution.cpp.inc"

/// As mapOf.
template <typename Op>
static llvm::Expected<Shape> localMapOf(Op op, Extents input, Extents kernel) {
  return localConvShape(input, kernel, op.getWindow(), op.getStrides(), op.getImplementation());
}

/// Operations for each element of the map: bias and activation.
template <typename Op>
static int64_t epilogueFlops(Op op) {
  return (op.getBias() ? 1 : 0) + (op.getActivation() != Activation::Linear ? 1 : 0);
}

LogicalResult ConvOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  return inferMap(location, adaptor, types, [&](Extents input, Extents kernel) {
    return adaptor.getPoolSize().empty() ? mapOf(adaptor, input, kernel) : pooledMapOf(adaptor, input, kernel);
  });
}

LogicalResult ConvOp::verify() {
  // (C4) The bias is [F].
  return verifyVector(*this, getBias(), lastExtent(getKernel()), "bias");
}

int64_t ConvOp::getFlops() {
  Extents input = sampleExtents(getInput()), kernel = getKernel().getType().getShape();
  Extents window = kernel.drop_back(2);
  int64_t pairs = insidePairs(input.drop_back(), window, getStrides(), getPadding(), getDilations());
  int64_t flops = saturatingProduct({2, pairs, kernel[window.size()], kernel.back()});
  int64_t elements = saturatingProduct(llvm::cantFail(mapOf(*this, input, kernel)));
  int64_t pooled = 0;
  if (!getPoolSize().empty())
    pooled = saturatingProduct({sampleElements(getOutput()), saturatingProduct(getPoolSize())});
  return saturatingSum({flops, saturatingProduct({elements, epilogueFlops(*this)}), pooled});
}

LogicalResult ConvGradInputOp::verify() {
  return verifyMapGradient(*this, getInputGradient(), getKernel(), "kernel", mapOf<ConvGradInputOp>);
}

LogicalResult ConvGradKernelOp::verify() {
  return verifyMapGradient(*this, getInput(), getKernelGradient(), "kernel gradient", mapOf<ConvGradKernelOp>);
}

LogicalResult ConvTransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  return inferMap(location, adaptor, types, [&](Extents input, Extents kernel) {
    return convTransposeShape(input, kernel, adaptor.getStrides(), adaptor.getPadding(), adaptor.getDilations());
  });
}

LogicalResult ConvTransposeOp::verify() {
  // (T4) The bias is [F].
  ArrayRef<int64_t> kernel = getKernel().getType().getShape();
  return verifyVector(*this, getBias(), kernel.size() < 2 ? 0 : kernel[kernel.size() - 2], "bias");
}

int64_t ConvTransposeOp::getFlops() {
  // The pairs of the convolution that maps the result to the input.
  Extents output = sampleExtents(getOutput()), kernel = getKernel().getType().getShape();
  Extents window = kernel.drop_back(2);
  Shape padding(getPadding());
  for (int64_t &side : padding)
    side = std::max<int64_t>(side, 0);
  int64_t pairs = insidePairs(output.drop_back(), window, getStrides(), padding, getDilations());
  int64_t flops = saturatingProduct({2, pairs, kernel[window.size()], kernel.back()});
  return saturatingSum({flops, saturatingProduct({sampleElements(getOutput()), epilogueFlops(*this)})});
}

LogicalResult LocalConvOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferMap(location, adaptor, types,
                  [&](Extents input, Extents kernel) { return localMapOf(adaptor, input, kernel); });
}

int64_t LocalConvOp::getFlops() {
  return saturatingProduct({2, sampleElements(getOutput()), saturatingProduct(getWindow()),
                            sampleExtents(getInput()).back()});
}

LogicalResult LocalConvGradInputOp::verify() {
  return verifyMapGradient(*this, getInputGradient(), getKernel(), "kernel", localMapOf<LocalConvGradInputOp>);
}

LogicalResult LocalConvGradKernelOp::verify() {
  return verifyMapGradient(*this, getInput(), getKernelGradient(), "kernel gradient", localMapOf<LocalConvGradKernelOp>);
}

/// (B1), (B2) of a bias [H] and the one tap [1..., H, F] behind it.
static LogicalResult verifyOneTap(Operation *op, Value bias, Value kernel) {
  Extents extents = cast<RankedTensorType>(kernel.getType()).getShape();
  if (extents.size() < 2 || llvm::any_of(extents.drop_back(2), [](int64_t extent) { return extent != 1; }))
    return op->emitOpError() << "expected a kernel of one tap, not " << kernel.getType();
  return verifyVector(op, bias, extents[extents.size() - 2], "bias");
}

LogicalResult ComposeBiasOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> kernel = infer.whole(adaptor.getKernel());
  if (failed(kernel))
    return failure();
  if (kernel->size() < 2)
    return infer.error("expected a kernel of one tap");
  types.push_back(RankedTensorType::get({kernel->back()},
                                        cast<RankedTensorType>(adaptor.getBias().getType()).getElementType()));
  return success();
}

LogicalResult ComposeBiasOp::verify() {
  if (failed(verifyOneTap(*this, getBias(), getKernel())))
    return failure();
  return verifyVector(*this, getNext(), lastExtent(getKernel()), "next bias");
}

LogicalResult ComposeBiasGradOp::verify() {
  if (failed(verifyOneTap(*this, getBias(), getKernel())) ||
      failed(verifyVector(*this, getOutputGradient(), lastExtent(getKernel()), "the output gradient")))
    return failure();
  // (B3)
  if (failed(verifySameType(*this, getBiasGradient(), "the bias gradient", getBias(), "bias")))
    return failure();
  return verifySameType(*this, getKernelGradient(), "the kernel gradient", getKernel(), "kernel");
}

LogicalResult BiasGradOp::verify() {
  if (getOutputGradient().getType().getRank() < 2)
    return emitOpError("the output gradient has no axis but the batch");
  // (C7) The result is a vector of the last extent.
  return verifyVector(*this, getBiasGradient(), getOutputGradient().getType().getShape().back(), "the bias gradient");
}
