// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rules of the merging layers.

#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "Rule.h"
#include "mlir/IR/BuiltinTypes.h"

namespace nncc {
namespace {

struct ConcatenateRule : GradientRule<ConcatenateRule, nn::ConcatenateOp> {
  LogicalResult build(nn::ConcatenateOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    int64_t axis = op.getAxis(), offset = 0;
    for (auto [i, input] : llvm::enumerate(op.getInputs())) {
      int64_t size = mlir::cast<mlir::RankedTensorType>(input.getType()).getDimSize(axis);
      if (needed[i])
        dx[i] = nn::SliceOp::create(b, loc, input.getType(), dy[0], op.getAxisAttr(), b.getI64IntegerAttr(offset),
                                    b.getI64IntegerAttr(size));
      offset += size;
    }
    return success();
  }
};

struct AddRule : GradientRule<AddRule, nn::AddOp> {
  LogicalResult build(nn::AddOp op, OpBuilder &, Location, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    for (auto [i, gradient] : llvm::enumerate(dx))
      if (needed[i])
        gradient = dy[0];
    return success();
  }
};

struct MultiplyRule : GradientRule<MultiplyRule, nn::MultiplyOp> {
  LogicalResult build(nn::MultiplyOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    for (auto [i, gradient] : llvm::enumerate(dx)) {
      if (!needed[i])
        continue;
      llvm::SmallVector<Value> factors = llvm::to_vector(op.getInputs());
      factors[i] = dy[0];
      gradient = nn::MultiplyOp::create(b, loc, dy[0].getType(), factors);
    }
    return success();
  }
};

template <typename Op, typename GradOp> struct ExtremumRule : GradientRule<ExtremumRule<Op, GradOp>, Op> {
  LogicalResult build(Op op, OpBuilder &b, Location loc, ValueRange dy, Needed needed, MutableArrayRef<Value> dx) const {
    for (auto [i, gradient] : llvm::enumerate(dx))
      if (needed[i])
        gradient = GradOp::create(b, loc, dy[0].getType(), dy[0], op.getInputs(), b.getI64IntegerAttr(int64_t(i)));
    return success();
  }
};

struct RescaleRule : GradientRule<RescaleRule, nn::RescaleOp> {
  LogicalResult build(nn::RescaleOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = nn::RescaleOp::create(b, loc, dy[0].getType(), dy[0], op.getScaleAttr(), b.getF64FloatAttr(0));
    return success();
  }
};

struct ScaleByRule : GradientRule<ScaleByRule, nn::ScaleByOp> {
  LogicalResult build(nn::ScaleByOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    Type type = op.getInput().getType();
    if (needed[0])
      dx[0] = nn::ScaleByOp::create(b, loc, type, dy[0], op.getParameter());
    if (needed[1]) {
      Value product = nn::MultiplyOp::create(b, loc, type, ValueRange{dy[0], op.getInput()});
      dx[1] = nn::ReduceSumOp::create(b, loc, op.getParameter().getType(), product);
    }
    return success();
  }
};

struct ShiftByRule : GradientRule<ShiftByRule, nn::ShiftByOp> {
  LogicalResult build(nn::ShiftByOp op, OpBuilder &b, Location loc, ValueRange dy, Needed needed,
                      MutableArrayRef<Value> dx) const {
    dx[0] = dy[0];
    if (needed[1])
      dx[1] = nn::ReduceSumOp::create(b, loc, op.getParameter().getType(), dy[0]);
    return success();
  }
};

} // namespace

void registerMergeRules(mlir::DialectRegistry &registry) {
  attachRules<nn::ConcatenateOp, ConcatenateRule, nn::AddOp, AddRule, nn::MultiplyOp, MultiplyRule, nn::MaximumOp,
              ExtremumRule<nn::MaximumOp, nn::MaximumGradOp>, nn::MinimumOp,
              ExtremumRule<nn::MinimumOp, nn::MinimumGradOp>, nn::RescaleOp, RescaleRule, nn::ScaleByOp, ScaleByRule, nn::ShiftByOp, ShiftByRule>(registry);
}

} // namespace nncc
