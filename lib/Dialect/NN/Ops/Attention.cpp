// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Attention.h"

#include "../Inference.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerAttentionOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Attention.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Attention.cpp.inc"

/// Multiply-adds of either op: all pairs of a query and a key, in every element of a head.
static int64_t flopsOfPairs(Value pairs, int64_t elementsOfHead) {
  return saturatingProduct({2, sampleElements(pairs), elementsOfHead});
}

LogicalResult AttentionScoresOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> query = infer.sample(adaptor.getQuery()), key = infer.sample(adaptor.getKey());
  if (failed(query) || failed(key))
    return failure();
  return infer.add(adaptor.getQuery(), attentionScoresShape(*query, *key, adaptor.getHeads()));
}

/// (A2)
LogicalResult AttentionScoresOp::verify() { return verifyBatches(*this); }

int64_t AttentionScoresOp::getFlops() {
  return flopsOfPairs(getOutput(), lastExtent(getQuery()) / getHeads());
}

LogicalResult AttentionMixOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> weights = infer.sample(adaptor.getWeights()), value = infer.sample(adaptor.getValue());
  if (failed(weights) || failed(value))
    return failure();
  return infer.add(adaptor.getValue(), attentionMixShape(*weights, *value, adaptor.getTransposed()));
}

/// (A2)
LogicalResult AttentionMixOp::verify() { return verifyBatches(*this); }

int64_t AttentionMixOp::getFlops() {
  const int64_t heads = sampleExtents(getWeights())[1];
  return flopsOfPairs(getWeights(), lastExtent(getValue()) / heads);
}

LogicalResult EmbeddingOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  Inference infer(location, adaptor.getAttributes(), types);
  FailureOr<Extents> indices = infer.sample(adaptor.getIndices()), table = infer.whole(adaptor.getTable());
  if (failed(indices) || failed(table))
    return failure();
  return infer.add(adaptor.getIndices(), embeddingShape(*indices, *table));
}

int64_t EmbeddingOp::getFlops() { return 0; }

LogicalResult EmbeddingGradOp::verify() {
  // (A5) The gradient is that of an embedding.
  auto table = cast<RankedTensorType>(getTableGradient().getType());
  return verifySample(*this, getOutputGradient(), "the output gradient",
                      embeddingShape(sampleExtents(getIndices()), table.getShape()));
}
