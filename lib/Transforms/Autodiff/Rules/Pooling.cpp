// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rules of the pools.

#include "nncc/Dialect/NN/Ops/Pooling.h"
#include "Rule.h"

namespace nncc {
namespace {

/// A max pool is differentiated in its training form, which says where each maximum stood.
struct MaxPoolRule : GradientRule<MaxPoolRule, nn::MaxPoolOp> {
  Operation *toTrainingForm(Operation *op, OpBuilder &builder) const {
    auto pool = mlir::cast<nn::MaxPoolOp>(op);
    auto train = nn::MaxPoolTrainOp::create(builder, pool.getLoc(), pool.getInput(), pool.getWindowAttr(),
                                            pool.getStridesAttr(), pool.getPaddingAttr());
    pool.getOutput().replaceAllUsesWith(train.getOutput());
    pool.erase();
    return train;
  }
  LogicalResult build(nn::MaxPoolOp op, OpBuilder &, Location, ValueRange, Needed, MutableArrayRef<Value>) const {
    return op.emitOpError("is differentiated in its training form, nn.max_pool_train");
  }
};

struct MaxPoolTrainRule : GradientRule<MaxPoolTrainRule, nn::MaxPoolTrainOp> {
  LogicalResult build(nn::MaxPoolTrainOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::MaxPoolGradOp::create(b, loc, op.getInput().getType(), dy[0], op.getArgmax(), op.getWindowAttr(),
                                      op.getStridesAttr(), op.getPaddingAttr());
    return success();
  }
};

struct AveragePoolRule : GradientRule<AveragePoolRule, nn::AveragePoolOp> {
  LogicalResult build(nn::AveragePoolOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::AveragePoolGradOp::create(b, loc, op.getInput().getType(), dy[0], op.getWindowAttr(),
                                          op.getStridesAttr(), op.getPaddingAttr());
    return success();
  }
};

struct GlobalMaxPoolRule : GradientRule<GlobalMaxPoolRule, nn::GlobalMaxPoolOp> {
  LogicalResult build(nn::GlobalMaxPoolOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::GlobalMaxPoolGradOp::create(b, loc, op.getInput().getType(), op.getInput(), op.getOutput(), dy[0]);
    return success();
  }
};

struct GlobalAveragePoolRule : GradientRule<GlobalAveragePoolRule, nn::GlobalAveragePoolOp> {
  LogicalResult build(nn::GlobalAveragePoolOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::GlobalAveragePoolGradOp::create(b, loc, op.getInput().getType(), dy[0]);
    return success();
  }
};

} // namespace

void registerPoolingRules(mlir::DialectRegistry &registry) {
  attachRules<nn::MaxPoolOp, MaxPoolRule, nn::MaxPoolTrainOp, MaxPoolTrainRule, nn::AveragePoolOp, AveragePoolRule,
              nn::GlobalMaxPoolOp, GlobalMaxPoolRule, nn::GlobalAveragePoolOp, GlobalAveragePoolRule>(registry);
}

} // namespace nncc
