// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Merge.h"

#include "../Inference.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerMergeOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Merge.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Merge.cpp.inc"

LogicalResult ConcatenateOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  SmallVector<Extents> inputs;
  if (failed(infer.samples(adaptor.getInputs(), inputs)))
    return failure();
  if (inputs.empty())
    return infer.error("there is nothing to concatenate");
  return infer.add(adaptor.getInputs().front(), concatenateShape(inputs, adaptor.getAxis() - 1));
}

/// (M3)
LogicalResult ConcatenateOp::verify() { return verifyBatches(*this); }

int64_t ConcatenateOp::getFlops() { return 0; }

LogicalResult AddOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  if (adaptor.getInputs().empty())
    return infer.error("there is nothing to add");
  // Gradients of parameters are added too: these have no batch, and any type will do that all share.
  if (llvm::all_equal(adaptor.getInputs().getTypes()))
    return infer.addSame(adaptor.getInputs().front());
  SmallVector<Extents> inputs;
  if (failed(infer.samples(adaptor.getInputs(), inputs)))
    return failure();
  return infer.add(adaptor.getInputs().front(), addShape(inputs));
}

/// (M3)
LogicalResult AddOp::verify() { return verifyBatches(*this); }

int64_t AddOp::getFlops() {
  return saturatingProduct({int64_t(getInputs().size()) - 1, sampleElements(getOutput())});
}

/// Merges of tensors of one shape.
static LogicalResult inferMerge(std::optional<Location> location, DictionaryAttr attributes, ValueRange inputs,
                                SmallVectorImpl<Type> &types) {
  Inference infer(location, attributes, types);
  if (inputs.empty())
    return infer.error("there is nothing to merge");
  SmallVector<Extents> samples;
  if (failed(infer.samples(inputs, samples)))
    return failure();
  return infer.add(inputs.front(), addShape(samples));
}

static int64_t mergeFlops(ValueRange inputs, Value output) {
  return saturatingProduct({int64_t(inputs.size()) - 1, sampleElements(output)});
}

LogicalResult MultiplyOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  return inferMerge(location, adaptor.getAttributes(), adaptor.getInputs(), types);
}
LogicalResult MultiplyOp::verify() { return verifyBatches(*this); }
int64_t MultiplyOp::getFlops() { return mergeFlops(getInputs(), getOutput()); }

LogicalResult MaximumOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return inferMerge(location, adaptor.getAttributes(), adaptor.getInputs(), types);
}
LogicalResult MaximumOp::verify() { return verifyBatches(*this); }
int64_t MaximumOp::getFlops() { return mergeFlops(getInputs(), getOutput()); }

LogicalResult MinimumOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return inferMerge(location, adaptor.getAttributes(), adaptor.getInputs(), types);
}
LogicalResult MinimumOp::verify() { return verifyBatches(*this); }
int64_t MinimumOp::getFlops() { return mergeFlops(getInputs(), getOutput()); }

template <typename Op> static LogicalResult verifyExtremumGrad(Op op) {
  // (M7)
  if (op.getIndex() >= op.getInputs().size())
    return op.emitOpError() << "index is " << op.getIndex() << ", expected one of " << op.getInputs().size() << " inputs";
  // (M8)
  for (Value input : op.getInputs())
    if (failed(verifySameType(op, input, "an input", op.getOutputGradient(), "the output gradient")))
      return failure();
  return verifySameType(op, op.getInputGradient(), "the input gradient", op.getOutputGradient(), "the output gradient");
}
LogicalResult MaximumGradOp::verify() { return verifyExtremumGrad(*this); }
LogicalResult MinimumGradOp::verify() { return verifyExtremumGrad(*this); }

LogicalResult RescaleOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}
int64_t RescaleOp::getFlops() { return saturatingProduct({2, sampleElements(getInput())}); }

/// (M9) The parameter's extents, from the back, are the input's or 1.
static LogicalResult verifyParameter(Operation *op, Value input, Value parameter) {
  Extents sample = sampleExtents(input), extents = cast<RankedTensorType>(parameter.getType()).getShape();
  bool fits = extents.size() <= sample.size();
  for (size_t back = 1; fits && back <= extents.size(); ++back)
    fits = extents[extents.size() - back] == sample[sample.size() - back] || extents[extents.size() - back] == 1;
  if (!fits)
    return op->emitOpError() << "the parameter " << parameter.getType() << " does not go with samples of "
                             << input.getType();
  return success();
}

LogicalResult ScaleByOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}
LogicalResult ScaleByOp::verify() { return verifyParameter(*this, getInput(), getParameter()); }
int64_t ScaleByOp::getFlops() { return sampleElements(getInput()); }

LogicalResult ShiftByOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}
LogicalResult ShiftByOp::verify() { return verifyParameter(*this, getInput(), getParameter()); }
int64_t ShiftByOp::getFlops() { return sampleElements(getInput()); }

LogicalResult SliceOp::verify() {
  RankedTensorType input = getInput().getType();
  int64_t axis = getAxis(), offset = getOffset(), size = getSize();
  // (M4) The axis is one of a sample's, and the part lies inside of it.
  if (axis < 1 || axis >= input.getRank())
    return emitOpError() << "axis is " << axis << ", expected one of 1 to " << input.getRank() - 1;
  if (offset < 0 || size < 1 || size > input.getDimSize(axis) || offset > input.getDimSize(axis) - size)
    return emitOpError() << "the part [" << offset << ", " << offset << " + " << size << ") does not lie in the extent "
                         << input.getDimSize(axis);
  // (M5) The result is the input with the axis cut.
  SmallVector<int64_t> shape(input.getShape());
  shape[axis] = size;
  if (getOutput().getType() != input.clone(shape))
    return emitOpError() << "the result is " << getOutput().getType() << ", expected " << input.clone(shape);
  return success();
}
