// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rules of attention, whose two products are each other's gradients, and of embeddings.

#include "nncc/Dialect/NN/Ops/Attention.h"
#include "Rule.h"

namespace nncc {
namespace {

struct AttentionScoresRule : GradientRule<AttentionScoresRule, nn::AttentionScoresOp> {
  LogicalResult build(nn::AttentionScoresOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    if (needed[0])
      dx[0] = nn::AttentionMixOp::create(b, loc, op.getQuery().getType(), dy[0], op.getKey(), op.getScaleAttr(),
                                         mlir::UnitAttr());
    if (needed[1])
      dx[1] = nn::AttentionMixOp::create(b, loc, op.getKey().getType(), dy[0], op.getQuery(), op.getScaleAttr(),
                                         b.getUnitAttr());
    return success();
  }
};

struct AttentionMixRule : GradientRule<AttentionMixRule, nn::AttentionMixOp> {
  LogicalResult build(nn::AttentionMixOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    Value query = op.getTransposed() ? op.getValue() : dy[0], key = op.getTransposed() ? dy[0] : op.getValue();
    if (needed[0]) {
      auto type = mlir::cast<mlir::RankedTensorType>(op.getWeights().getType());
      dx[0] = nn::AttentionScoresOp::create(b, loc, type, query, key, b.getI64IntegerAttr(type.getDimSize(2)),
                                            op.getScaleAttr(), mlir::UnitAttr());
    }
    if (needed[1])
      dx[1] = nn::AttentionMixOp::create(b, loc, op.getValue().getType(), op.getWeights(), dy[0], op.getScaleAttr(),
                                         op.getTransposed() ? mlir::UnitAttr() : b.getUnitAttr());
    return success();
  }
};

struct EmbeddingRule : GradientRule<EmbeddingRule, nn::EmbeddingOp> {
  LogicalResult build(nn::EmbeddingOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    // Indices have no gradient.
    if (needed[1])
      dx[1] = nn::EmbeddingGradOp::create(b, loc, op.getTable().getType(), op.getIndices(), dy[0]);
    return success();
  }
};

} // namespace

void registerAttentionRules(mlir::DialectRegistry &registry) {
  attachRules<nn::AttentionScoresOp, AttentionScoresRule, nn::AttentionMixOp, AttentionMixRule, nn::EmbeddingOp,
              EmbeddingRule>(registry);
}

} // namespace nncc
