// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass fuse-multiply-add.
#include "nncc/Kernels/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace nncc::kernels {

#define GEN_PASS_DEF_FUSEMULTIPLYADD
#include "nncc/Kernels/Passes.h.inc"

namespace {

/// The product that `sum`, in whose block it stands, alone uses.
arith::MulFOp productOf(Value operand, Operation *sum) {
  auto product = operand.getDefiningOp<arith::MulFOp>();
  return product && product->hasOneUse() && product->getBlock() == sum->getBlock() ? product : arith::MulFOp();
}

void replace(Operation *sum, arith::MulFOp product, Value a, Value c) {
  OpBuilder builder(sum);
  Value fused = math::FmaOp::create(builder, sum->getLoc(), a, product.getRhs(), c);
  sum->getResult(0).replaceAllUsesWith(fused);
  sum->erase();
  product->erase();
}

Value negated(Operation *before, Value value) {
  OpBuilder builder(before);
  return arith::NegFOp::create(builder, before->getLoc(), value);
}

struct FuseMultiplyAddPass : impl::FuseMultiplyAddBase<FuseMultiplyAddPass> {
  void runOnOperation() override {
    SmallVector<Operation *> sums;
    getOperation().walk([&](Operation *op) {
      if (isa<arith::AddFOp, arith::SubFOp>(op))
        sums.push_back(op);
    });
    for (Operation *sum : sums) {
      Value left = sum->getOperand(0), right = sum->getOperand(1);
      const bool subtracts = isa<arith::SubFOp>(sum);
      if (arith::MulFOp product = productOf(left, sum))
        replace(sum, product, product.getLhs(), subtracts ? negated(sum, right) : right);
      else if (arith::MulFOp product = productOf(right, sum))
        replace(sum, product, subtracts ? negated(sum, product.getLhs()) : product.getLhs(), left);
    }
  }
};

} // namespace

} // namespace nncc::kernels
