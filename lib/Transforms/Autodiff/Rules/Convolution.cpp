// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rule of the convolution.

#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "Rule.h"
#include "nncc/Dialect/NN/Ops/Activation.h"

namespace nncc {
namespace {

struct ConvRule : GradientRule<ConvRule, nn::ConvOp> {
  LogicalResult build(nn::ConvOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    if (!op.getPoolSize().empty())
      return op.emitOpError("with a fused max pool has no gradient: nn-fuse-max-pool is for inference");
    // y = act(z), z = conv(x, w) + bias; dz = dy * act'(z), read from y.
    Value dz = dy[0];
    if (op.getActivation() != nn::Activation::Linear)
      dz = nn::ActivationGradOp::create(b, loc, dz.getType(), op.getOutput(), dz, op.getActivationAttr());
    if (needed[0])
      dx[0] = nn::ConvGradInputOp::create(b, loc, op.getInput().getType(), dz, op.getKernel(), op.getStridesAttr(),
                                          op.getPaddingAttr(), op.getDilationsAttr(), op.getGroupsAttr());
    if (needed[1])
      dx[1] = nn::ConvGradKernelOp::create(b, loc, op.getKernel().getType(), op.getInput(), dz, op.getStridesAttr(),
                                           op.getPaddingAttr(), op.getDilationsAttr(), op.getGroupsAttr());
    if (op.getBias() && needed[2])
      dx[2] = nn::BiasGradOp::create(b, loc, op.getBias().getType(), dz);
    return success();
  }
};

} // namespace

void registerConvolutionRules(mlir::DialectRegistry &registry) { attachRules<nn::ConvOp, ConvRule>(registry); }

} // namespace nncc
