// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Variable.h"

#include "../Inference.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerVariableOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Variable.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Variable.cpp.inc"

LogicalResult VariableOp::verify() {
  // (V1) The shape is static, and its size fits 63 bits.
  if (!getType().hasStaticShape())
    return emitOpError() << "the type " << getType() << " is not static";
  if (llvm::Error error = elementCount(getType().getShape()).takeError())
    return emitOpError() << llvm::toString(std::move(error));
  return success();
}

FailureOr<VariableOp> nncc::nn::findVariable(Operation *op, FlatSymbolRefAttr name, Type type,
                                             SymbolTableCollection &symbols) {
  // (V2) The variable exists and has as many elements of the same type as the value.
  auto variable = symbols.lookupNearestSymbolFrom<VariableOp>(op, name);
  if (!variable)
    return op->emitOpError() << "there is no variable '" << name.getValue() << "'";
  auto from = variable.getType(), to = cast<RankedTensorType>(type);
  if (to.hasStaticShape() && saturatingProduct(from.getShape()) == saturatingProduct(to.getShape()))
    return variable;
  InFlightDiagnostic diagnostic = op->emitOpError() << "the value is " << type << ", but the variable '"
                                                    << name.getValue() << "' is " << variable.getType();
  diagnostic.attachNote(variable.getLoc()) << "the variable stands here";
  return diagnostic;
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return findVariable(*this, getVariableAttr(), getValue().getType(), symbols);
}
