// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rules of dropout, noise and regularizers.

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
    dx[0] = nn::SpatialDropoutOp::create(b, loc, dy[0].getType(), dy[0], op.getRateAttr(), op.getStreamAttr(),
                                             op.getSharedAttr());
    return success();
  }
};

struct GaussianNoiseRule : GradientRule<GaussianNoiseRule, nn::GaussianNoiseOp> {
  LogicalResult build(nn::GaussianNoiseOp, OpBuilder &, Location, ValueRange dy, Needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = dy[0];
    return success();
  }
};

/// A penalty is a root of the backward pass, as a loss is: it has no incoming gradient.
struct PenaltyRule : GradientRule<PenaltyRule, nn::PenaltyOp> {
  LogicalResult build(nn::PenaltyOp op, OpBuilder &b, Location loc, ValueRange dy, Needed,
                      MutableArrayRef<Value> dx) const {
    if (dy[0])
      return op.emitOpError("is differentiated only as a root of the backward pass");
    dx[0] = nn::PenaltyGradOp::create(b, loc, op.getInput().getType(), op.getInput(), op.getL1Attr(), op.getL2Attr(),
                                      op.getPerSampleAttr());
    return success();
  }
};

} // namespace

void registerRegularizationRules(mlir::DialectRegistry &registry) {
  attachRules<nn::DropoutOp, DropoutRule, nn::SpatialDropoutOp, SpatialDropoutRule, nn::GaussianNoiseOp, GaussianNoiseRule,
              nn::PenaltyOp, PenaltyRule>(registry);
}

} // namespace nncc
