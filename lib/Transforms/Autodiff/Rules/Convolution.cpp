// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rules of convolutions.

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

struct ConvTransposeRule : GradientRule<ConvTransposeRule, nn::ConvTransposeOp> {
  LogicalResult build(nn::ConvTransposeOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    // y = act(z), z = conv'(x, w) + bias, where conv' is the transpose of a convolution that maps z to x.
    Value dz = dy[0];
    if (op.getActivation() != nn::Activation::Linear)
      dz = nn::ActivationGradOp::create(b, loc, dz.getType(), op.getOutput(), dz, op.getActivationAttr());
    // Outputs without an input stand behind what that convolution reads.
    llvm::SmallVector<int64_t> padding(op.getPadding());
    for (int64_t &side : padding)
      side = std::max<int64_t>(side, 0);
    auto paddingAttr = b.getDenseI64ArrayAttr(padding);
    auto groups = b.getI64IntegerAttr(1);
    if (needed[0])
      dx[0] = nn::ConvOp::create(b, loc, dz, op.getKernel(), Value(), op.getStridesAttr(), paddingAttr,
                                 op.getDilationsAttr(), groups,
                                 nn::ActivationAttr::get(b.getContext(), nn::Activation::Linear),
                                 b.getDenseI64ArrayAttr({}));
    if (needed[1])
      dx[1] = nn::ConvGradKernelOp::create(b, loc, op.getKernel().getType(), dz, op.getInput(), op.getStridesAttr(),
                                           paddingAttr, op.getDilationsAttr(), groups);
    if (op.getBias() && needed[2])
      dx[2] = nn::BiasGradOp::create(b, loc, op.getBias().getType(), dz);
    return success();
  }
};

struct LocalConvRule : GradientRule<LocalConvRule, nn::LocalConvOp> {
  LogicalResult build(nn::LocalConvOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    if (needed[0])
      dx[0] = nn::LocalConvGradInputOp::create(b, loc, op.getInput().getType(), dy[0], op.getKernel(), op.getWindowAttr(),
                                               op.getStridesAttr(), op.getImplementationAttr());
    if (needed[1])
      dx[1] = nn::LocalConvGradKernelOp::create(b, loc, op.getKernel().getType(), op.getInput(), dy[0],
                                                op.getWindowAttr(), op.getStridesAttr(), op.getImplementationAttr());
    return success();
  }
};

struct ComposeBiasRule : GradientRule<ComposeBiasRule, nn::ComposeBiasOp> {
  LogicalResult build(nn::ComposeBiasOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    auto gradients = nn::ComposeBiasGradOp::create(b, loc, TypeRange{op.getBias().getType(), op.getKernel().getType()},
                                                   dy[0], op.getBias(), op.getKernel());
    if (needed[0])
      dx[0] = gradients.getBiasGradient();
    if (needed[1])
      dx[1] = gradients.getKernelGradient();
    if (op.getNext())
      dx[2] = dy[0];
    return success();
  }
};

} // namespace

void registerConvolutionRules(mlir::DialectRegistry &registry) {
  attachRules<nn::ComposeBiasOp, ComposeBiasRule, nn::ConvOp, ConvRule, nn::ConvTransposeOp, ConvTransposeRule, nn::LocalConvOp, LocalConvRule>(registry);
}

} // namespace nncc
