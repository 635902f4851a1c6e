// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-compose-convolutions: one convolution for a linear one and the 1x1 convolution that alone reads it.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Passes.h"

namespace nncc {
#define GEN_PASS_DEF_NNCOMPOSECONVOLUTIONS
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

/// Multiply-adds must become fewer by this factor: a chain that gains little keeps the rounding that its layers have.
constexpr double kLeastGain = 2;

bool isOneTap(nn::ConvOp conv) {
  auto all = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [=](int64_t each) { return each == value; });
  };
  return all(conv.getKernel().getType().getShape().drop_back(2), 1) && all(conv.getStrides(), 1) &&
         all(conv.getPadding(), 0) && conv.getGroups() == 1;
}

/// Of one sample, the composition of the kernels included. (Doubles: no product overflows, and the ratio is rough.)
bool isWorthIt(nn::ConvOp first, nn::ConvOp second) {
  ArrayRef<int64_t> kernel = first.getKernel().getType().getShape();
  double positions = 1, rows = 1;
  for (int64_t extent : first.getOutput().getType().getShape().drop_front().drop_back())
    positions *= extent;
  for (int64_t extent : kernel.drop_back())
    rows *= extent;
  double between = kernel.back(), filters = second.getKernel().getType().getShape().back();
  double apart = positions * (rows * between + between * filters);
  double composed = positions * rows * filters + rows * between * filters;
  return apart >= kLeastGain * composed;
}

void compose(nn::ConvOp first, nn::ConvOp second) {
  OpBuilder builder(second);
  Location loc = second.getLoc();
  int64_t rank = second.getStrides().size();
  SmallVector<int64_t> ones(rank, 1), none(2 * rank, 0);
  nn::LayerAttr layer = nn::getLayer(second);
  auto stamped = [&](auto op) {
    if (layer)
      nn::setLayer(op, layer);
    return op;
  };
  // [k..., C, H] is a map of H channels whose first axis stands where samples would.
  Value kernel = stamped(nn::ConvOp::create(builder, loc, first.getKernel(), second.getKernel(), Value(), ones, none,
                                            ones));
  Value bias = second.getBias();
  if (first.getBias())
    bias = stamped(nn::ComposeBiasOp::create(builder, loc, first.getBias(), second.getKernel(), bias));
  auto both = stamped(nn::ConvOp::create(builder, loc, first.getInput(), kernel, bias, first.getStrides(),
                                         first.getPadding(), first.getDilations(), /*groups=*/1, second.getActivation(),
                                         second.getPoolSize()));
  second.getOutput().replaceAllUsesWith(both.getOutput());
  second.erase();
  first.erase();
}

struct ComposeConvolutions : nncc::impl::NNComposeConvolutionsBase<ComposeConvolutions> {
  void runOnOperation() override {
    forEachEntry(getOperation(), [](func::FuncOp function) {
      for (auto second : llvm::make_early_inc_range(function.front().getOps<nn::ConvOp>())) {
        auto first = second.getInput().getDefiningOp<nn::ConvOp>();
        if (first && first.getOutput().hasOneUse() && first.getActivation() == nn::Activation::Linear &&
            first.getPoolSize().empty() && first.getGroups() == 1 && isOneTap(second) && isWorthIt(first, second))
          compose(first, second);
      }
    });
  }
};

} // namespace
