// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rules of the ops that move and repeat elements.

#include "nncc/Dialect/NN/Ops/Shape.h"
#include "Rule.h"
#include "mlir/IR/BuiltinTypes.h"

namespace nncc {
namespace {

struct ReshapeRule : GradientRule<ReshapeRule, nn::ReshapeOp> {
  LogicalResult build(nn::ReshapeOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    auto input = mlir::cast<mlir::RankedTensorType>(op.getInput().getType());
    dx[0] = nn::ReshapeOp::create(b, loc, input, dy[0], b.getDenseI64ArrayAttr(input.getShape().drop_front()));
    return success();
  }
};

struct PermuteRule : GradientRule<PermuteRule, nn::PermuteOp> {
  LogicalResult build(nn::PermuteOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    llvm::SmallVector<int64_t> inverse(op.getPermutation().size());
    for (auto [i, axis] : llvm::enumerate(op.getPermutation()))
      inverse[axis - 1] = int64_t(i) + 1;
    dx[0] = nn::PermuteOp::create(b, loc, op.getInput().getType(), dy[0], b.getDenseI64ArrayAttr(inverse));
    return success();
  }
};

struct PadRule : GradientRule<PadRule, nn::PadOp> {
  LogicalResult build(nn::PadOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    llvm::SmallVector<int64_t> inverse;
    for (int64_t padding : op.getPadding())
      inverse.push_back(-padding);
    dx[0] = nn::PadOp::create(b, loc, op.getInput().getType(), dy[0], b.getDenseI64ArrayAttr(inverse));
    return success();
  }
};

struct BroadcastRule : GradientRule<BroadcastRule, nn::BroadcastOp> {
  LogicalResult build(nn::BroadcastOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::ReduceSumOp::create(b, loc, op.getInput().getType(), dy[0]);
    return success();
  }
};

struct ResizeRule : GradientRule<ResizeRule, nn::ResizeOp> {
  LogicalResult build(nn::ResizeOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::ResizeGradOp::create(b, loc, op.getInput().getType(), dy[0], op.getFactorsAttr(),
                                     op.getInterpolationAttr());
    return success();
  }
};

} // namespace

void registerShapeRules(mlir::DialectRegistry &registry) {
  attachRules<nn::ReshapeOp, ReshapeRule, nn::PermuteOp, PermuteRule, nn::PadOp, PadRule, nn::BroadcastOp, BroadcastRule,
              nn::ResizeOp, ResizeRule>(registry);
}

} // namespace nncc
