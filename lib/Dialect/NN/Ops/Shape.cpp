// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Shape.h"

#include "../Inference.h"

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
