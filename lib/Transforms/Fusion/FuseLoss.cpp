// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-fuse-loss: makes one op on the logits of a cross-entropy and the last activation before it.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Loss.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Fusion/Logits.h"
#include "nncc/Transforms/Passes.h"

namespace nncc {
#define GEN_PASS_DEF_NNFUSELOSS
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

/// Whether an op of the loss computes the same prediction as the activation does.
bool predictsAs(nn::SigmoidCrossEntropyOp, Operation *activation) { return isa<nn::ActivationOp>(activation); }
bool predictsAs(nn::SoftmaxCrossEntropyOp, Operation *activation) {
  auto softmax = dyn_cast<nn::SoftmaxOp>(activation);
  return softmax && int64_t(softmax.getAxis()) == cast<RankedTensorType>(softmax.getType()).getRank() - 1;
}

/// Replaces `loss(activation(x), t)` by the op that `create` makes of x; where its prediction is the activation's it is
/// the output, and the activation goes if nothing else reads it.
template <typename LossOp, typename Create> void fuse(LossOp loss, Create create) {
  Operation *activation = findLastActivation(loss.getPrediction());
  if (!activation)
    return;
  OpBuilder builder(loss);
  activation = isolateLastActivation(builder, activation);
  auto fused = create(builder, activation->getOperand(0));
  nn::setLayer(fused, nn::getLayer(activation));
  loss.getLoss().replaceAllUsesWith(fused.getLoss());
  // The output may be the activation or an identity behind it.
  Value output = loss.getPrediction();
  loss.erase();
  if (!predictsAs(fused, activation))
    return;
  for (OpOperand &use : llvm::make_early_inc_range(output.getUses()))
    if (isa<func::ReturnOp>(use.getOwner()))
      use.set(fused.getPrediction());
  while (output.use_empty() && output.getDefiningOp() != activation) {
    Operation *identity = output.getDefiningOp();
    output = identity->getOperand(0);
    identity->erase();
  }
  if (activation->use_empty())
    activation->erase();
}

struct FuseLoss : nncc::impl::NNFuseLossBase<FuseLoss> {
  void runOnOperation() override {
    forEachEntry(getOperation(), [](func::FuncOp function) {
      for (Operation &op : llvm::make_early_inc_range(function.front())) {
        if (auto loss = dyn_cast<nn::BinaryCrossEntropyOp>(op))
          fuse(loss, [&](OpBuilder &builder, Value logits) {
            return nn::SigmoidCrossEntropyOp::create(builder, loss.getLoc(), logits.getType(), loss.getLoss().getType(),
                                                     logits, loss.getTarget(), loss.getLabelSmoothingAttr(), loss.getSumAttr(), loss.getClassWeightAttr());
          });
        else if (auto loss = dyn_cast<nn::CategoricalCrossEntropyOp>(op))
          fuse(loss, [&](OpBuilder &builder, Value logits) {
            return nn::SoftmaxCrossEntropyOp::create(builder, loss.getLoc(), logits.getType(), loss.getLoss().getType(),
                                                     logits, loss.getTarget(), loss.getLabelSmoothingAttr(),
                                                     builder.getBoolAttr(false), IntegerAttr(), loss.getSumAttr(), loss.getClassWeightAttr());
          });
        else if (auto loss = dyn_cast<nn::SparseCategoricalCrossEntropyOp>(op))
          fuse(loss, [&](OpBuilder &builder, Value logits) {
            return nn::SoftmaxCrossEntropyOp::create(builder, loss.getLoc(), logits.getType(), loss.getLoss().getType(),
                                                     logits, loss.getTarget(), builder.getF64FloatAttr(0),
                                                     builder.getBoolAttr(true), loss.getIgnoreClassAttr(), loss.getSumAttr(), loss.getClassWeightAttr());
          });
      }
    });
  }
};

} // namespace
