// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-fuse-loss: makes one op on the logits of a cross-entropy and the last activation before it.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Layer.h"
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

/// Replaces `loss(activation(x), t)` by the op that `create` makes of x, and the activation by that op's prediction where nothing
/// else reads it.
template <typename LossOp, typename Create>
void fuse(LossOp loss, LastActivation kind, Create create) {
  Operation *activation = findLastActivation(loss.getPrediction(), kind);
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
          fuse(loss, LastActivation::Sigmoid, [&](OpBuilder &builder, Value logits) {
            return nn::SigmoidCrossEntropyOp::create(builder, loss.getLoc(), logits.getType(), loss.getLoss().getType(), logits,
                                                     loss.getTarget(), loss.getLabelSmoothingAttr());
          });
        else if (auto loss = dyn_cast<nn::CategoricalCrossEntropyOp>(op))
          fuse(loss, LastActivation::Softmax, [&](OpBuilder &builder, Value logits) {
            return nn::SoftmaxCrossEntropyOp::create(builder, loss.getLoc(), logits.getType(), loss.getLoss().getType(), logits,
                                                     loss.getTarget(), loss.getLabelSmoothingAttr(),
                                                     builder.getBoolAttr(false));
          });
        else if (auto loss = dyn_cast<nn::SparseCategoricalCrossEntropyOp>(op))
          fuse(loss, LastActivation::Softmax, [&](OpBuilder &builder, Value logits) {
            return nn::SoftmaxCrossEntropyOp::create(builder, loss.getLoc(), logits.getType(), loss.getLoss().getType(), logits,
                                                     loss.getTarget(), builder.getF64FloatAttr(0), builder.getBoolAttr(true));
          });
      }
    });
  }
};

} // namespace
