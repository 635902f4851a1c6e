// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rules of the losses. A loss is the root of the backward pass: it has no incoming gradient.

#include "nncc/Dialect/NN/Ops/Loss.h"
#include "Rule.h"

namespace nncc {
namespace {

/// A rule fits only where the loss is the root, and only the prediction wants a gradient.
LogicalResult checkRoot(Operation *op, ValueRange dy, Needed needed) {
  if (llvm::any_of(dy, [](Value gradient) { return bool(gradient); }) || needed[1])
    return op->emitOpError("is differentiated only as the root of the backward pass, with respect to its prediction");
  return success();
}

/// The gradient of a loss takes prediction, target and the loss's attributes. The fused losses have the logits as
/// operand and the prediction as result, and their gradient, prediction - target, is with respect to the logits.
template <typename LossOp, typename GradOp> struct LossRule : GradientRule<LossRule<LossOp, GradOp>, LossOp> {
  LogicalResult build(LossOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    if (failed(checkRoot(op, dy, needed)))
      return failure();
    // label_smoothing, sparse, delta, ignore_class, sum, class_weight
    auto attributes = op->getAttrDictionary();
    mlir::NamedAttrList shared;
    for (mlir::StringAttr name : mlir::OperationName(GradOp::getOperationName(), b.getContext()).getAttributeNames())
      if (mlir::Attribute attribute = attributes.get(name))
        shared.append(name, attribute);
    Value prediction = op->getNumResults() == 2 ? op->getResult(0) : op->getOperand(0);
    auto grad = GradOp::create(b, loc, TypeRange{op->getOperand(0).getType()},
                               ValueRange{prediction, op->getOperand(1)}, shared.getAttrs());
    dx[0] = grad->getResult(0);
    return success();
  }
};

} // namespace

void registerLossRules(mlir::DialectRegistry &registry) {
  using namespace nn;
  attachRules<MeanSquaredErrorOp, LossRule<MeanSquaredErrorOp, MeanSquaredErrorGradOp>,          //
              MeanAbsoluteErrorOp, LossRule<MeanAbsoluteErrorOp, MeanAbsoluteErrorGradOp>,       //
              HuberOp, LossRule<HuberOp, HuberGradOp>,                                           //
              BinaryCrossEntropyOp, LossRule<BinaryCrossEntropyOp, BinaryCrossEntropyGradOp>,    //
              CategoricalCrossEntropyOp,                                                         //
              LossRule<CategoricalCrossEntropyOp, CategoricalCrossEntropyGradOp>,                //
              SparseCategoricalCrossEntropyOp,                                                   //
              LossRule<SparseCategoricalCrossEntropyOp, SparseCategoricalCrossEntropyGradOp>,    //
              SigmoidCrossEntropyOp, LossRule<SigmoidCrossEntropyOp, SigmoidCrossEntropyGradOp>, //
              SoftmaxCrossEntropyOp, LossRule<SoftmaxCrossEntropyOp, SoftmaxCrossEntropyGradOp>>(registry);
}

} // namespace nncc
