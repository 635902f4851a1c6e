// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-fuse-activation: moves an activation into the convolution or dense layer that alone feeds it.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Dense.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Passes.h"

namespace nncc {
#define GEN_PASS_DEF_NNFUSEACTIVATION
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

/// Whether the op that makes `input` could take the function; it does if so. A convolution takes only what its gradient
/// can read from its output.
bool moveInto(Value input, nn::Activation function) {
  if (!input.hasOneUse() || !nn::hasGradientFromOutput(function))
    return false;
  if (auto conv = input.getDefiningOp<nn::ConvOp>()) {
    if (conv.getActivation() != nn::Activation::Linear || !conv.getPoolSize().empty())
      return false;
    conv.setActivation(function);
    return true;
  }
  if (auto conv = input.getDefiningOp<nn::ConvTransposeOp>()) {
    if (conv.getActivation() != nn::Activation::Linear)
      return false;
    conv.setActivation(function);
    return true;
  }
  if (auto dense = input.getDefiningOp<nn::DenseOp>()) {
    if (dense.getActivation() != nn::Activation::Linear)
      return false;
    dense.setActivation(function);
    return true;
  }
  return false;
}

struct FuseActivation : nncc::impl::NNFuseActivationBase<FuseActivation> {
  void runOnOperation() override {
    forEachEntry(getOperation(), [](func::FuncOp function) {
      for (auto activation : llvm::make_early_inc_range(function.front().getOps<nn::ActivationOp>())) {
        if (activation.getFunction() != nn::Activation::Linear &&
            !moveInto(activation.getInput(), activation.getFunction()))
          continue;
        activation.getOutput().replaceAllUsesWith(activation.getInput());
        activation.erase();
      }
    });
  }
};

} // namespace
