// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rules of the activation functions.

#include "nncc/Dialect/NN/Ops/Activation.h"
#include "Rule.h"

namespace nncc {
namespace {

struct ActivationRule : GradientRule<ActivationRule, nn::ActivationOp> {
  LogicalResult build(nn::ActivationOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    if (op.getFunction() == nn::Activation::Linear)
      dx[0] = dy[0];
    else if (!nn::hasGradientFromOutput(op.getFunction()))
      dx[0] = nn::ActivationInputGradOp::create(b, loc, dy[0].getType(), op.getInput(), dy[0], op.getFunctionAttr());
    else
      dx[0] = nn::ActivationGradOp::create(b, loc, dy[0].getType(), op.getOutput(), dy[0], op.getFunctionAttr());
    return success();
  }
};

struct EluRule : GradientRule<EluRule, nn::EluOp> {
  LogicalResult build(nn::EluOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::EluGradOp::create(b, loc, dy[0].getType(), op.getInput(), dy[0], op.getAlphaAttr());
    return success();
  }
};

struct ReluRule : GradientRule<ReluRule, nn::ReluOp> {
  LogicalResult build(nn::ReluOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::ReluGradOp::create(b, loc, dy[0].getType(), op.getInput(), dy[0], op.getMaxValueAttr(),
                                   op.getNegativeSlopeAttr(), op.getThresholdAttr());
    return success();
  }
};

struct SoftmaxRule : GradientRule<SoftmaxRule, nn::SoftmaxOp> {
  LogicalResult build(nn::SoftmaxOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::SoftmaxGradOp::create(b, loc, dy[0].getType(), op.getOutput(), dy[0], op.getAxisAttr());
    return success();
  }
};

} // namespace

void registerActivationRules(mlir::DialectRegistry &registry) {
  attachRules<nn::ActivationOp, ActivationRule, nn::EluOp, EluRule, nn::ReluOp, ReluRule, nn::SoftmaxOp, SoftmaxRule>(
      registry);
}

} // namespace nncc
