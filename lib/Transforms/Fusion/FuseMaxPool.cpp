// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-fuse-max-pool: moves a max pool into the convolution that alone feeds it, in inference entries.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
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
bool tilesItsInput(nn::MaxPoolOp pool) {
  return pool.getStrides() == pool.getWindow() && llvm::all_of(pool.getPadding(), [](int64_t low) { return low == 0; });
}

struct FuseMaxPool : nncc::impl::NNFuseMaxPoolBase<FuseMaxPool> {
  void runOnOperation() override {
    forEachEntry(getOperation(), [](func::FuncOp function) {
      // With a backward pass the argument of each maximum is needed too.
      if (function.getName() != kPredictEntry && function.getName() != kEvaluateEntry)
        return;
      for (auto pool : llvm::make_early_inc_range(function.front().getOps<nn::MaxPoolOp>())) {
        auto conv = pool.getInput().getDefiningOp<nn::ConvOp>();
        if (!conv || !conv->hasOneUse() || !conv.getPoolSize().empty() || !tilesItsInput(pool))
          continue;
        conv.setPoolSize(pool.getWindow());
        conv.getOutput().setType(pool.getOutput().getType());
        pool.getOutput().replaceAllUsesWith(conv.getOutput());
        pool.erase();
      }
    });
  }
};

} // namespace
