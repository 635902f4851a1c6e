// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-hoist-gradients: takes the gradients of activation and bias before a max pool on the pooled map instead of the full one.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Pooling.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Passes.h"

namespace nncc {
#define GEN_PASS_DEF_NNHOISTGRADIENTS
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

/// The training pool of `map` that made `argmax`; null where it is another map's.
nn::MaxPoolTrainOp findPool(Value argmax, Value map) {
  auto pool = argmax.getDefiningOp<nn::MaxPoolTrainOp>();
  return pool && pool.getInput() == map ? pool : nullptr;
}

/// activation_grad(map, max_pool_grad(dy, argmax)) to max_pool_grad(activation_grad(pooled, dy), argmax).
void hoistActivation(nn::ActivationGradOp activation) {
  auto scatter = activation.getOutputGradient().getDefiningOp<nn::MaxPoolGradOp>();
  if (!scatter || !scatter->hasOneUse())
    return;
  nn::MaxPoolTrainOp pool = findPool(scatter.getArgmax(), activation.getOutput());
  if (!pool)
    return;
  OpBuilder builder(scatter);
  auto hoisted = nn::ActivationGradOp::create(builder, activation.getLoc(), scatter.getOutputGradient().getType(), pool.getOutput(),
                                              scatter.getOutputGradient(), activation.getFunctionAttr());
  nn::setLayer(hoisted, nn::getLayer(activation));
  scatter.getOutputGradientMutable().assign(hoisted.getInputGradient());
  activation.getInputGradient().replaceAllUsesWith(scatter.getInputGradient());
  activation.erase();
}

/// bias_grad(max_pool_grad(dy, argmax)) to bias_grad(dy): every output's gradient arrives exactly once.
void hoistBias(nn::BiasGradOp bias) {
  if (auto scatter = bias.getOutputGradient().getDefiningOp<nn::MaxPoolGradOp>())
    bias.getOutputGradientMutable().assign(scatter.getOutputGradient());
}

struct HoistGradients : nncc::impl::NNHoistGradientsBase<HoistGradients> {
  void runOnOperation() override {
    forEachEntry(getOperation(), [](func::FuncOp function) {
      for (auto activation : llvm::make_early_inc_range(function.front().getOps<nn::ActivationGradOp>()))
        hoistActivation(activation);
      for (auto bias : function.front().getOps<nn::BiasGradOp>())
        hoistBias(bias);
    });
  }
};

} // namespace
