// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Convolution.h"

#include "../Inference.h"

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


LogicalResult ConvOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  FailureOr<Extents> kernel = infer.whole(adaptor.getKernel());
  if (failed(input) || failed(kernel))
    return failure();
  llvm::Expected<Shape> map = convShape(*input, *kernel, adaptor.getStrides(), adaptor.getPadding(),
                                        adaptor.getDilations(), adaptor.getGroups());
  Extents pool = adaptor.getPoolSize();
  if (!map || pool.empty())
    return infer.add(adaptor.getInput(), std::move(map));
  // (C5) The window of a fused max pool fits the map, as that of a pool by itself would.
  Shape noPadding(2 * pool.size(), 0);
  return infer.add(adaptor.getInput(), poolShape(*map, pool, pool, noPadding));
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
  llvm::Expected<Shape> map = convShape(input, kernel, getStrides(), getPadding(), getDilations(), getGroups());
  if (!map) {
    llvm::consumeError(map.takeError());
    return flops;
  }
  int64_t elements = saturatingProduct(*map);
  int64_t epilogue = (getBias() ? 1 : 0) + (getActivation() != Activation::Linear ? 1 : 0);
  int64_t pooled = 0;
  if (!getPoolSize().empty())
    pooled = saturatingProduct({sampleElements(getOutput()), saturatingProduct(getPoolSize())});
  return saturatingSum({flops, saturatingProduct({elements, epilogue}), pooled});
}

LogicalResult ConvGradInputOp::verify() {
  if (!getKernel().getType().hasStaticShape())
    return emitOpError("the kernel's extents are not static");
  // (C6) The output gradient has the shape that the forward op gives from the result's.
  return verifySample(*this, getOutputGradient(), "the output gradient",
                      convShape(sampleExtents(getInputGradient()), getKernel().getType().getShape(), getStrides(),
                                getPadding(), getDilations(), getGroups()));
}

LogicalResult ConvGradKernelOp::verify() {
  if (!getKernelGradient().getType().hasStaticShape())
    return emitOpError("the kernel gradient's extents are not static");
  // (C6)
  return verifySample(*this, getOutputGradient(), "the output gradient",
                      convShape(sampleExtents(getInput()), getKernelGradient().getType().getShape(), getStrides(),
                                getPadding(), getDilations(), getGroups()));
}

LogicalResult ConvTransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  FailureOr<Extents> kernel = infer.whole(adaptor.getKernel());
  if (failed(input) || failed(kernel))
    return failure();
  return infer.add(adaptor.getInput(), convTransposeShape(*input, *kernel, adaptor.getStrides(), adaptor.getPadding(),
                                                          adaptor.getDilations()));
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
  int64_t epilogue = (getBias() ? 1 : 0) + (getActivation() != Activation::Linear ? 1 : 0);
  return saturatingSum({flops, saturatingProduct({sampleElements(getOutput()), epilogue})});
}

LogicalResult LocalConvOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  FailureOr<Extents> kernel = infer.whole(adaptor.getKernel());
  if (failed(input) || failed(kernel))
    return failure();
  return infer.add(adaptor.getInput(), localConvShape(*input, *kernel, adaptor.getWindow(), adaptor.getStrides(),
                                                      adaptor.getImplementation()));
}

int64_t LocalConvOp::getFlops() {
  return saturatingProduct({2, sampleElements(getOutput()), saturatingProduct(getWindow()),
                            sampleExtents(getInput()).back()});
}

LogicalResult LocalConvGradInputOp::verify() {
  if (!getKernel().getType().hasStaticShape())
    return emitOpError("the kernel's extents are not static");
  // (L4) The output gradient has the shape that the forward op gives from the result's.
  return verifySample(*this, getOutputGradient(), "the output gradient",
                      localConvShape(sampleExtents(getInputGradient()), getKernel().getType().getShape(), getWindow(),
                                     getStrides(), getImplementation()));
}

LogicalResult LocalConvGradKernelOp::verify() {
  if (!getKernelGradient().getType().hasStaticShape())
    return emitOpError("the kernel gradient's extents are not static");
  // (L4)
  return verifySample(*this, getOutputGradient(), "the output gradient",
                      localConvShape(sampleExtents(getInput()), getKernelGradient().getType().getShape(), getWindow(),
                                     getStrides(), getImplementation()));
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
