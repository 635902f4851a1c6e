// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Dense.h"

#include "../Inference.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerDenseOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Dense.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Dense.cpp.inc"

LogicalResult DenseOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  FailureOr<Extents> kernel = infer.whole(adaptor.getKernel());
  if (failed(input) || failed(kernel))
    return failure();
  return infer.add(adaptor.getInput(), denseShape(*input, *kernel));
}

LogicalResult DenseOp::verify() {
  // (D2) The bias is [O].
  return verifyVector(*this, getBias(), lastExtent(getKernel()), "bias");
}

int64_t DenseOp::getFlops() {
  int64_t elements = sampleElements(getOutput());
  int64_t epilogue = (getBias() ? 1 : 0) + (getActivation() != Activation::Linear ? 1 : 0);
  return saturatingSum({saturatingProduct({2, getKernel().getType().getDimSize(0), elements}),
                        saturatingProduct({elements, epilogue})});
}

LogicalResult DenseGradInputOp::verify() {
  if (getInputGradient().getType().getRank() == 0 || !getKernel().getType().hasStaticShape())
    return emitOpError("expects a batch axis in the result and a static kernel");
  // (D3) The output gradient has the shape that the forward op gives from the result's.
  return verifySample(*this, getOutputGradient(), "the output gradient",
                      denseShape(sampleExtents(getInputGradient()), getKernel().getType().getShape()));
}

LogicalResult DenseGradKernelOp::verify() {
  if (getInput().getType().getRank() == 0 || !getKernelGradient().getType().hasStaticShape())
    return emitOpError("expects a batch axis in the input and a static result");
  // (D3)
  return verifySample(*this, getOutputGradient(), "the output gradient",
                      denseShape(sampleExtents(getInput()), getKernelGradient().getType().getShape()));
}
