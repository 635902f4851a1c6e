// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Constraint.h"

#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Dialect/NN/Shape.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerConstraintOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Constraint.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Constraint.cpp.inc"

namespace {

/// (K1) The variable exists and is trainable.
template <typename Op>
FailureOr<VariableOp> findConstrained(Op op, SymbolTableCollection &symbols) {
  auto variable = symbols.lookupNearestSymbolFrom<VariableOp>(op, op.getVariableAttr());
  if (!variable)
    return op.emitOpError() << "there is no variable '" << op.getVariable() << "'";
  if (!variable.getTrainable())
    return op.emitOpError() << "the variable '" << op.getVariable() << "' is not trainable";
  return variable;
}

/// (K1), (K2) The axes are the variable's, in ascending order.
template <typename Op>
LogicalResult verifyNorm(Op op, SymbolTableCollection &symbols) {
  FailureOr<VariableOp> variable = findConstrained(op, symbols);
  if (failed(variable))
    return failure();
  llvm::Expected<Shape> axes = normAxes(variable->getType().getShape(), op.getAxes());
  if (!axes)
    return op.emitOpError() << llvm::toString(axes.takeError());
  if (Extents(*axes) != op.getAxes())
    return op.emitOpError() << "the axes are not in ascending order from 0";
  return success();
}

} // namespace

LogicalResult ConstrainNormOp::verify() {
  // (K3) 0 <= min_value <= max_value, 0 <= rate <= 1.
  const double least = getMinValue().convertToDouble(), most = getMaxValue().convertToDouble();
  const double rate = getRate().convertToDouble();
  if (!(least >= 0 && least <= most))
    return emitOpError() << "the norm is to be in [" << least << ", " << most
                         << "], expected 0 <= min_value <= max_value";
  if (!(rate >= 0 && rate <= 1))
    return emitOpError() << "rate is " << rate << ", expected a number in [0, 1]";
  return success();
}

LogicalResult ConstrainNormOp::verifySymbolUses(SymbolTableCollection &symbols) { return verifyNorm(*this, symbols); }

LogicalResult ConstrainUnitNormOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyNorm(*this, symbols);
}

LogicalResult ConstrainNonNegativeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return findConstrained(*this, symbols);
}

LogicalResult ConstrainRadialOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<VariableOp> variable = findConstrained(*this, symbols);
  if (failed(variable))
    return failure();
  // (K4) A square kernel.
  if (llvm::Error error = checkRadialKernel(variable->getType().getShape()))
    return emitOpError() << llvm::toString(std::move(error));
  return success();
}
