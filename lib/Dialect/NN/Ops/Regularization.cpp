// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Regularization.h"

#include "../Inference.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerRegularizationOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Regularization.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Regularization.cpp.inc"

LogicalResult DropoutOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

/// (R1) 0 <= rate < 1.
static LogicalResult verifyRate(Operation *op, double rate) {
  if (rate >= 0 && rate < 1)
    return success();
  return op->emitOpError() << "rate is " << rate << ", expected a number in [0, 1)";
}

LogicalResult DropoutOp::verify() { return verifyRate(*this, getRate().convertToDouble()); }

int64_t DropoutOp::getFlops() { return sampleElements(getInput()); }

LogicalResult SpatialDropoutOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  return Inference(location, adaptor.getAttributes(), types).addSame(adaptor.getInput());
}

LogicalResult SpatialDropoutOp::verify() { return verifyRate(*this, getRate().convertToDouble()); }

int64_t SpatialDropoutOp::getFlops() { return sampleElements(getInput()); }
