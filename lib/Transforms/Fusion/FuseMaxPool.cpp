// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-fuse-max-pool: moves a max pool into the convolution that alone feeds it, and its gradient into those of the
// convolution.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/PooledConvolution.h"
#include "nncc/Dialect/NN/Ops/Pooling.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Passes.h"

namespace nncc {
#define GEN_PASS_DEF_NNFUSEMAXPOOL
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

/// A valid pool whose windows neither overlap nor leave gaps.
template <typename Op> bool tilesItsInput(Op pool) {
  return pool.getStrides() == pool.getWindow() && llvm::all_of(pool.getPadding(), [](int64_t low) { return low == 0; });
}

/// Whether the convolution has many small groups: it does so little for each element of its map that a pool of its own
/// costs less than what kernels for such groups (Kernels/Contraction/Grouped.h) gain.
template <typename Op> bool hasSmallGroups(Op conv, int64_t filters) {
  constexpr int64_t kFewFilters = 8;
  return conv.getGroups() > 1 && filters / static_cast<int64_t>(conv.getGroups()) <= kFewFilters;
}

int64_t filtersOf(Value kernel) { return cast<RankedTensorType>(kernel.getType()).getShape().back(); }

/// In inference only the maxima are needed.
void fuseInference(func::FuncOp function) {
  for (auto pool : llvm::make_early_inc_range(function.front().getOps<nn::MaxPoolOp>())) {
    auto conv = pool.getInput().getDefiningOp<nn::ConvOp>();
    if (!conv || !conv->hasOneUse() || !conv.getPoolSize().empty() || !tilesItsInput(pool) ||
        hasSmallGroups(conv, filtersOf(conv.getKernel())))
      continue;
    conv.setPoolSize(pool.getWindow());
    conv.getOutput().setType(pool.getOutput().getType());
    pool.getOutput().replaceAllUsesWith(conv.getOutput());
    pool.erase();
  }
}

/// In training the places of the maxima too.
void fuseTraining(func::FuncOp function) {
  for (auto pool : llvm::make_early_inc_range(function.front().getOps<nn::MaxPoolTrainOp>())) {
    auto conv = pool.getInput().getDefiningOp<nn::ConvOp>();
    if (!conv || !conv->hasOneUse() || !conv.getPoolSize().empty() || !tilesItsInput(pool) ||
        hasSmallGroups(conv, filtersOf(conv.getKernel())))
      continue;
    OpBuilder builder(pool);
    auto fused = nn::ConvMaxPoolTrainOp::create(builder, conv.getLoc(), conv.getInput(), conv.getKernel(),
                                                conv.getBias(), conv.getStridesAttr(), conv.getPaddingAttr(),
                                                conv.getDilationsAttr(), conv.getGroupsAttr(), pool.getWindowAttr(),
                                                conv.getActivationAttr());
    nn::setLayer(fused, nn::getLayer(conv));
    pool->replaceAllUsesWith(fused);
    pool.erase();
    conv.erase();
  }
}

/// Whether all readers of a map's gradient are gradients of the convolution that made the map.
bool onlyConvolutionsRead(nn::MaxPoolGradOp scatter) {
  return !scatter->use_empty() && llvm::all_of(scatter->getUses(), [](OpOperand &use) {
    if (auto conv = dyn_cast<nn::ConvGradInputOp>(use.getOwner()))
      return use.get() == conv.getOutputGradient() && !hasSmallGroups(conv, filtersOf(conv.getKernel()));
    auto conv = dyn_cast<nn::ConvGradKernelOp>(use.getOwner());
    return conv && use.get() == conv.getOutputGradient() && conv.getInput() != conv.getOutputGradient() &&
           !hasSmallGroups(conv, filtersOf(conv.getKernelGradient()));
  });
}

/// Gives the gradients of a convolution the pooled gradient instead of that of the map.
void fuseGradients(func::FuncOp function) {
  for (auto scatter : llvm::make_early_inc_range(function.front().getOps<nn::MaxPoolGradOp>())) {
    if (!tilesItsInput(scatter) || !onlyConvolutionsRead(scatter))
      continue;
    for (Operation *user : llvm::make_early_inc_range(scatter->getUsers())) {
      OpBuilder builder(user);
      Operation *fused;
      if (auto conv = dyn_cast<nn::ConvGradInputOp>(user))
        fused = nn::PooledConvGradInputOp::create(
            builder, conv.getLoc(), conv.getInputGradient().getType(), scatter.getOutputGradient(), scatter.getArgmax(),
            conv.getKernel(), conv.getStridesAttr(), conv.getPaddingAttr(), conv.getDilationsAttr(),
            conv.getGroupsAttr(), scatter.getWindowAttr());
      else {
        auto gradient = cast<nn::ConvGradKernelOp>(user);
        fused = nn::PooledConvGradKernelOp::create(
            builder, gradient.getLoc(), gradient.getKernelGradient().getType(), gradient.getInput(),
            scatter.getOutputGradient(), scatter.getArgmax(), gradient.getStridesAttr(), gradient.getPaddingAttr(),
            gradient.getDilationsAttr(), gradient.getGroupsAttr(), scatter.getWindowAttr());
      }
      nn::setLayer(fused, nn::getLayer(user));
      user->replaceAllUsesWith(fused);
      user->erase();
    }
    scatter.erase();
  }
}

/// ReLU passes no gradient where the forward pass has marked the argmax: those that read both take the gradient of
/// ReLU's output.
void dropReluGradients(func::FuncOp function) {
  for (auto relu : llvm::make_early_inc_range(function.front().getOps<nn::ActivationGradOp>())) {
    auto conv = relu.getOutput().getDefiningOp<nn::ConvMaxPoolTrainOp>();
    if (!conv || relu.getFunction() != nn::Activation::Relu || !conv.marksInactive() ||
        relu.getOutput() != conv.getOutput())
      continue;
    auto readsArgmax = [&](Operation *user) {
      return isa<nn::PooledConvGradInputOp, nn::PooledConvGradKernelOp, nn::PooledBiasGradOp>(user) &&
             llvm::is_contained(user->getOperands(), conv.getArgmax());
    };
    // Not where it is the input of a kernel gradient, say.
    auto isGradient = [&](OpOperand &use) {
      auto kernel = dyn_cast<nn::PooledConvGradKernelOp>(use.getOwner());
      return readsArgmax(use.getOwner()) && (!kernel || use.get() != kernel.getInput());
    };
    if (!llvm::all_of(relu->getUses(), isGradient))
      continue;
    relu.getInputGradient().replaceAllUsesWith(relu.getOutputGradient());
    relu.erase();
  }
}

/// A bias' gradient beside a kernel's: its sum over what passes the pool.
void fuseBiasGradients(func::FuncOp function) {
  for (auto kernel : function.front().getOps<nn::PooledConvGradKernelOp>())
    for (Operation *user : llvm::make_early_inc_range(kernel.getOutputGradient().getUsers())) {
      auto bias = dyn_cast<nn::BiasGradOp>(user);
      if (!bias)
        continue;
      OpBuilder builder(bias);
      int64_t positions = 1;
      for (int64_t extent : kernel.getPoolSize())
        positions *= extent;
      auto fused = nn::PooledBiasGradOp::create(builder, bias.getLoc(), bias.getBiasGradient().getType(),
                                                kernel.getOutputGradient(), kernel.getArgmax(),
                                                builder.getI64IntegerAttr(positions));
      nn::setLayer(fused, nn::getLayer(bias));
      bias->replaceAllUsesWith(fused);
      bias->erase();
    }
}

struct FuseMaxPool : nncc::impl::NNFuseMaxPoolBase<FuseMaxPool> {
  void runOnOperation() override {
    forEachEntry(getOperation(), [](func::FuncOp function) {
      if (function.getName() == kPredictEntry || function.getName() == kEvaluateEntry)
        return fuseInference(function);
      fuseTraining(function);
      fuseGradients(function);
      fuseBiasGradients(function);
      dropReluGradients(function);
    });
  }
};

} // namespace
