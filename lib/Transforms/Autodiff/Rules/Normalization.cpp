// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rules of batch normalisation, with given and with the batch's own statistics.

#include "nncc/Dialect/NN/Ops/Normalization.h"
#include "Rule.h"

namespace nncc {
namespace {

/// The gradient op has input, gamma and beta as results; gamma and beta may be absent from the forward op's operands.
template <typename Op, typename GradOp>
LogicalResult buildBatchNormGradients(Op op, Value mean, Value variance, OpBuilder &b, Location loc, Value dy,
                                      Needed needed, MutableArrayRef<Value> dx) {
  Type channels = mean.getType();
  auto grad = GradOp::create(b, loc, TypeRange{op.getInput().getType(), channels, channels}, op.getInput(),
                             op.getGamma(), mean, variance, dy, op.getAxisAttr(), op.getEpsilonAttr());
  unsigned operand = 0;
  if (needed[operand])
    dx[operand] = grad.getInputGradient();
  if (op.getGamma() && needed[++operand])
    dx[operand] = grad.getGammaGradient();
  if (op.getBeta() && needed[++operand])
    dx[operand] = grad.getBetaGradient();
  return success();
}

struct BatchNormRule : GradientRule<BatchNormRule, nn::BatchNormOp> {
  LogicalResult build(nn::BatchNormOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    return buildBatchNormGradients<nn::BatchNormOp, nn::BatchNormGradOp>(op, op.getMean(), op.getVariance(), b, loc,
                                                                         dy[0], needed, dx);
  }
};

struct BatchNormTrainRule : GradientRule<BatchNormTrainRule, nn::BatchNormTrainOp> {
  LogicalResult build(nn::BatchNormTrainOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    if (!dy[0] || dy[1] || dy[2])
      return op.emitOpError("has a gradient with respect to its output only, not to its statistics");
    return buildBatchNormGradients<nn::BatchNormTrainOp, nn::BatchNormTrainGradOp>(op, op.getMean(), op.getVariance(),
                                                                                   b, loc, dy[0], needed, dx);
  }
};

struct StandardizeRule : GradientRule<StandardizeRule, nn::StandardizeOp> {
  LogicalResult build(nn::StandardizeOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::StandardizeGradOp::create(b, loc, dy[0].getType(), op.getInput(), dy[0], op.getAxesAttr(),
                                          op.getEpsilonAttr());
    return success();
  }
};

} // namespace

void registerNormalizationRules(mlir::DialectRegistry &registry) {
  attachRules<nn::BatchNormOp, BatchNormRule, nn::BatchNormTrainOp, BatchNormTrainRule, nn::StandardizeOp, StandardizeRule>(registry);
}

} // namespace nncc
