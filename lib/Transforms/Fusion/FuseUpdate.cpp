// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-fuse-update: lets the kernel gradients of large dense layers update the kernel themselves.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Ops/Dense.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Passes.h"

namespace nncc {
#define GEN_PASS_DEF_NNFUSEUPDATE
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

/// A smaller kernel stays in the cache between the two passes.
constexpr int64_t kFewestElements = 1 << 14;
/// Rows of whole cache lines: where a vector ends inside of a line, the next row's loads would wait for its stores, and
/// the optimizer's divisions and roots would be of part of a vector.
constexpr int64_t kRowMultiple = 16;

/// An optimizer that needs of a gradient no more than the element itself.
bool isElementwise(Operation *op) { return isa<nn::SgdOp, nn::AdamOp, nn::RmsPropOp, nn::AdagradOp, nn::AdadeltaOp>(op); }

/// Whether an op behind `op` reads the variable.
bool isReadAfter(func::FuncOp function, StringRef variable, Operation *op) {
  for (auto read : function.front().getOps<nn::ReadOp>())
    if (read.getVariable() == variable)
      for (Operation *user : read->getUsers())
        if (op->isBeforeInBlock(user))
          return true;
  return false;
}

struct FuseUpdate : nncc::impl::NNFuseUpdateBase<FuseUpdate> {
  void runOnOperation() override {
    forEachEntry(getOperation(), [](func::FuncOp function) {
      Block &body = function.front();
      // Norms need all gradients before the first update.
      if (llvm::none_of(body, [](Operation &op) { return isElementwise(&op); }) ||
          !body.getOps<nn::ClipGradientsOp>().empty())
        return;
      for (auto store : body.getOps<nn::StoreGradientOp>()) {
        auto gradient = store.getGradient().getDefiningOp<nn::DenseGradKernelOp>();
        if (gradient && gradient->hasOneUse() && gradient.getKernelGradient().getType().getNumElements() >= kFewestElements &&
            gradient.getKernelGradient().getType().getDimSize(1) % kRowMultiple == 0 &&
            !isReadAfter(function, store.getVariable(), gradient))
          store.setUpdated(true);
      }
    });
  }
};

} // namespace
