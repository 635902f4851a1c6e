// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rules of the merging layers.

#include "nncc/Dialect/NN/Ops/Merge.h"
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

} // namespace

void registerMergeRules(mlir::DialectRegistry &registry) {
  attachRules<nn::ConcatenateOp, ConcatenateRule, nn::AddOp, AddRule>(registry);
}

} // namespace nncc
