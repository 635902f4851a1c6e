// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-fold-batch-norm: moves a batch normalization into the weights of the layer that alone feeds it.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Dense.h"
#include "nncc/Dialect/NN/Ops/Normalization.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Passes.h"

namespace nncc {
#define GEN_PASS_DEF_NNFOLDBATCHNORM
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

/// Below this many positions a sample the layer is so short that folding its weights could cost more than it saves.
constexpr int64_t kLeastPositions = 16;

int64_t positionsOf(RankedTensorType type) {
  int64_t positions = 1;
  for (int64_t extent : type.getShape().drop_front().drop_back())
    positions *= extent;
  return positions;
}

/// Gives the layer folded weights, and its result to the readers of the norm. The layer may stand before the reads of
/// the norm's operands, so it moves to the norm's place.
template <typename LayerOp> void fold(LayerOp layer, nn::BatchNormOp norm) {
  OpBuilder builder(norm);
  auto folded = nn::FoldBatchNormOp::create(builder, norm.getLoc(), layer.getKernel(), layer.getBias(), norm.getGamma(),
                                            norm.getBeta(), norm.getMean(), norm.getVariance(), norm.getEpsilonAttr());
  nn::setLayer(folded, nn::getLayer(norm));
  layer->moveBefore(norm);
  layer.getKernelMutable().assign(folded.getFoldedKernel());
  layer.getBiasMutable().assign(folded.getFoldedBias());
  norm.getOutput().replaceAllUsesWith(layer.getOutput());
  norm.erase();
}

void foldInto(Operation *producer, nn::BatchNormOp norm) {
  auto type = cast<RankedTensorType>(norm.getInput().getType());
  if (!norm.getInput().hasOneUse() || int64_t(norm.getAxis()) != type.getRank() - 1 ||
      positionsOf(type) < kLeastPositions)
    return;
  if (auto conv = dyn_cast_or_null<nn::ConvOp>(producer)) {
    if (conv.getActivation() == nn::Activation::Linear && conv.getPoolSize().empty())
      fold(conv, norm);
  } else if (auto dense = dyn_cast_or_null<nn::DenseOp>(producer)) {
    if (dense.getActivation() == nn::Activation::Linear)
      fold(dense, norm);
  }
}

struct FoldBatchNorm : nncc::impl::NNFoldBatchNormBase<FoldBatchNorm> {
  void runOnOperation() override {
    forEachEntry(getOperation(), [](func::FuncOp function) {
      // With a backward pass, gamma and beta need gradients of their own.
      if (function.getName() != kPredictEntry && function.getName() != kEvaluateEntry)
        return;
      for (auto norm : llvm::make_early_inc_range(function.front().getOps<nn::BatchNormOp>()))
        foldInto(norm.getInput().getDefiningOp(), norm);
    });
  }
};

} // namespace
