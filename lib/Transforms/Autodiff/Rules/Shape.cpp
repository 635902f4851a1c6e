// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradient rule of the reshape.

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

} // namespace

void registerShapeRules(mlir::DialectRegistry &registry) { attachRules<nn::ReshapeOp, ReshapeRule>(registry); }

} // namespace nncc
