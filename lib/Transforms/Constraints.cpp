// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Keras' constraint classes as ops of the nn dialect. Defaults are Keras 2.15's (keras/constraints.py).

#include "nncc/Transforms/Constraints.h"

#include "mlir/IR/Diagnostics.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Constraint.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Dialect/NN/Shape.h"

using namespace mlir;

namespace nncc {
namespace {

double number(nn::CallAttr constraint, StringRef name, double standard) {
  auto attr = constraint.getArguments().getAs<FloatAttr>(name);
  return attr ? attr.getValueAsDouble() : standard;
}

/// The axes of the norm: all where `axis` is none, which a call leaves out.
llvm::Expected<nn::Shape> axesOf(nn::CallAttr constraint, nn::Extents variable) {
  Attribute axis = constraint.getArguments().get("axis");
  nn::Shape axes;
  if (!axis)
    llvm::append_range(axes, llvm::seq<int64_t>(variable.size()));
  else if (auto one = dyn_cast<IntegerAttr>(axis))
    axes.push_back(one.getInt());
  else
    for (auto each : cast<ArrayAttr>(axis).getAsRange<IntegerAttr>())
      axes.push_back(each.getInt());
  return nn::normAxes(variable, axes);
}

FailureOr<Operation *> buildConstraint(OpBuilder &builder, nn::VariableOp variable, nn::CallAttr constraint) {
  Location loc = variable.getLoc();
  auto symbol = FlatSymbolRefAttr::get(variable.getSymNameAttr());
  StringRef name = constraint.getName();
  if (name == "NonNeg")
    return nn::ConstrainNonNegativeOp::create(builder, loc, symbol).getOperation();
  nn::Extents shape = variable.getType().getShape();
  auto misfit = [&](llvm::Error error) {
    return variable.emitError() << name << " of '" << variable.getSymName()
                                << "': " << llvm::toString(std::move(error));
  };
  if (name == "RadialConstraint") {
    if (llvm::Error error = nn::checkRadialKernel(shape))
      return misfit(std::move(error));
    return nn::ConstrainRadialOp::create(builder, loc, symbol).getOperation();
  }
  if (name != "MaxNorm" && name != "MinMaxNorm" && name != "UnitNorm")
    return variable.emitError()
           << "the constraint '" << name
           << "' is not supported; expected MaxNorm, MinMaxNorm, NonNeg, RadialConstraint or UnitNorm";
  llvm::Expected<nn::Shape> axes = axesOf(constraint, shape);
  if (!axes)
    return misfit(axes.takeError());
  DenseI64ArrayAttr axesAttr = builder.getDenseI64ArrayAttr(*axes);
  if (name == "UnitNorm")
    return nn::ConstrainUnitNormOp::create(builder, loc, symbol, axesAttr).getOperation();
  double least = number(constraint, "min_value", 0), most = number(constraint, "max_value", name == "MaxNorm" ? 2 : 1);
  // A maximum below the minimum is the minimum: keras/backend.py, clip.
  return nn::ConstrainNormOp::create(builder, loc, symbol, axesAttr, builder.getF64FloatAttr(least),
                                     builder.getF64FloatAttr(std::max(least, most)),
                                     builder.getF64FloatAttr(number(constraint, "rate", 1)))
      .getOperation();
}

} // namespace

LogicalResult buildConstraints(OpBuilder &builder, func::FuncOp function) {
  for (auto store : llvm::to_vector(function.front().getOps<nn::StoreGradientOp>())) {
    auto variable = SymbolTable::lookupNearestSymbolFrom<nn::VariableOp>(store, store.getVariableAttr());
    if (!variable.getConstraint())
      continue;
    FailureOr<Operation *> op = buildConstraint(builder, variable, *variable.getConstraint());
    if (failed(op))
      return failure();
    if (Operation *gradient = store.getGradient().getDefiningOp())
      nn::setLayer(*op, nn::getLayer(gradient));
  }
  return success();
}

} // namespace nncc
