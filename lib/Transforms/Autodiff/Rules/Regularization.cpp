// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rule of dropout.

#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "Rule.h"

namespace nncc {
namespace {

struct DropoutRule : GradientRule<DropoutRule, nn::DropoutOp> {
  LogicalResult build(nn::DropoutOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    // The mask is a function of the position and the run: the same op on the gradient draws it again.
    dx[0] = nn::DropoutOp::create(b, loc, dy[0].getType(), dy[0], op.getRateAttr(), op.getStreamAttr());
    return success();
  }
};

struct SpatialDropoutRule : GradientRule<SpatialDropoutRule, nn::SpatialDropoutOp> {
  LogicalResult build(nn::SpatialDropoutOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::SpatialDropoutOp::create(b, loc, dy[0].getType(), dy[0], op.getRateAttr(), op.getStreamAttr());
    return success();
  }
};

} // namespace

void registerRegularizationRules(mlir::DialectRegistry &registry) {
  attachRules<nn::DropoutOp, DropoutRule, nn::SpatialDropoutOp, SpatialDropoutRule>(registry);
}

} // namespace nncc
