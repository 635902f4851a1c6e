// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Shape.h"

#include "../Inference.h"
#include "nncc/Dialect/NN/Interpolation.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerShapeOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Shape.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Shape.cpp.inc"

LogicalResult ReshapeOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  if (failed(input))
    return failure();
  return infer.add(adaptor.getInput(), reshapeShape(*input, adaptor.getShape()));
}

LogicalResult ReshapeOp::verify() {
  // (S2) The shape is resolved.
  if (llvm::is_contained(getShape(), -1))
    return emitOpError("the shape still holds a -1");
  return success();
}

int64_t ReshapeOp::getFlops() { return 0; }

LogicalResult PermuteOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  if (failed(input))
    return failure();
  return infer.add(adaptor.getInput(), permuteShape(*input, adaptor.getPermutation()));
}

int64_t PermuteOp::getFlops() { return 0; }

LogicalResult PadOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  if (failed(input))
    return failure();
  return infer.add(adaptor.getInput(), padShape(*input, adaptor.getPadding()));
}

int64_t PadOp::getFlops() { return 0; }

LogicalResult BroadcastOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  if (failed(input))
    return failure();
  return infer.add(adaptor.getInput(), repeatShape(*input, adaptor.getShape()));
}

int64_t BroadcastOp::getFlops() { return 0; }

LogicalResult ReduceSumOp::verify() {
  // (S8)
  auto input = getInput().getType(), output = getOutput().getType();
  Extents from = input.getShape(), to = output.getShape();
  bool fits = to.size() < from.size() || (to.size() == from.size() && (to.empty() || to.front() == from.front()));
  for (size_t back = 1; fits && back <= to.size(); ++back)
    fits = to[to.size() - back] == from[from.size() - back] || to[to.size() - back] == 1;
  if (!fits)
    return emitOpError() << input << " cannot be summed to " << output;
  return success();
}

LogicalResult ResizeOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> input = infer.sample(adaptor.getInput());
  if (failed(input))
    return failure();
  return infer.add(adaptor.getInput(), resizeShape(*input, adaptor.getFactors()));
}

/// (S10)
static LogicalResult verifyInterpolation(Operation *op, StringRef interpolation) {
  if (llvm::is_contained(interpolations(), interpolation))
    return success();
  return op->emitOpError() << "the interpolation '" << interpolation << "' is unknown; expected one of "
                           << llvm::join(interpolations(), ", ");
}

LogicalResult ResizeOp::verify() { return verifyInterpolation(*this, getInterpolation()); }

int64_t ResizeOp::getFlops() {
  const int64_t axes = static_cast<int64_t>(getFactors().size());
  return saturatingProduct({2, axes, interpolationTaps(getInterpolation()), sampleElements(getOutput())});
}

LogicalResult ResizeGradOp::verify() {
  if (failed(verifyInterpolation(*this, getInterpolation())))
    return failure();
  // (S11)
  return verifySample(*this, getOutputGradient(), "the output gradient",
                      resizeShape(sampleExtents(getInputGradient()), getFactors()));
}

LogicalResult ZerosLikeOp::verify() {
  // (S3) The result has the operand's type.
  if (getOutput().getType() != getLike().getType())
    return emitOpError("expected a result of the operand's type ") << getLike().getType();
  return success();
}
