// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rule of the dense layer.

#include "nncc/Dialect/NN/Ops/Dense.h"
#include "Rule.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"

namespace nncc {
namespace {

struct DenseRule : GradientRule<DenseRule, nn::DenseOp> {
  LogicalResult build(nn::DenseOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    // y = act(z), z = x w + bias; dz = dy * act'(z), read from y.
    Value dz = dy[0];
    if (op.getActivation() != nn::Activation::Linear)
      dz = nn::ActivationGradOp::create(b, loc, dz.getType(), op.getOutput(), dz, op.getActivationAttr());
    if (needed[0])
      dx[0] = nn::DenseGradInputOp::create(b, loc, op.getInput().getType(), dz, op.getKernel());
    if (needed[1])
      dx[1] = nn::DenseGradKernelOp::create(b, loc, op.getKernel().getType(), op.getInput(), dz);
    if (op.getBias() && needed[2])
      dx[2] = nn::BiasGradOp::create(b, loc, op.getBias().getType(), dz);
    return success();
  }
};

} // namespace

void registerDenseRules(mlir::DialectRegistry &registry) { attachRules<nn::DenseOp, DenseRule>(registry); }

} // namespace nncc
