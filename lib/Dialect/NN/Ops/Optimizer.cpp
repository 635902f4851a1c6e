// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Ops/Optimizer.h"

#include "../Inference.h"
#include "nncc/Dialect/NN/Ops/Variable.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nncc::nn;

void NNDialect::registerOptimizerOps() {
  addOperations<
#define GET_OP_LIST
#include "nncc/Dialect/NN/Ops/Optimizer.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "nncc/Dialect/NN/Ops/Optimizer.cpp.inc"

LogicalResult StoreGradientOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<VariableOp> variable = findVariable(*this, getVariableAttr(), getGradient().getType(), symbols);
  if (failed(variable))
    return failure();
  // (V3) Only a trainable variable has a place in the gradient buffer.
  if (!variable->getTrainable())
    return emitOpError() << "the variable '" << getVariable() << "' is not trainable";
  return success();
}

LogicalResult MovingAverageOp::verify() {
  // (O1) 0 <= momentum <= 1.
  double momentum = getMomentum().convertToDouble();
  if (!(momentum >= 0 && momentum <= 1))
    return emitOpError() << "momentum is " << momentum << ", expected a number in [0, 1]";
  // (O2) There is at least one element per sample and channel.
  if (getBesselExtent() && *getBesselExtent() < 1)
    return emitOpError() << "bessel_extent is " << *getBesselExtent() << ", expected at least 1";
  return success();
}

LogicalResult MovingAverageOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<VariableOp> variable = findVariable(*this, getVariableAttr(), getValue().getType(), symbols);
  if (failed(variable))
    return failure();
  // (O3) The optimizer does not know of moving statistics.
  if (variable->getTrainable())
    return emitOpError() << "the variable '" << getVariable() << "' is trainable";
  return success();
}

LogicalResult ClipGradientsOp::verify() {
  // (O4) A norm to scale to.
  double norm = getNorm().convertToDouble();
  if (!(norm > 0))
    return emitOpError() << "norm is " << norm << ", expected a number above 0";
  return success();
}

int64_t nncc::nn::countStateSlots(Operation *op) {
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([](SgdOp sgd) { return sgd.getMomentum().isZero() ? 0 : 1; })
      .Case([](AdamOp adam) { return adam.getAmsgrad() ? 3 : 2; })
      .Case([](RmsPropOp rms) { return 1 + (rms.getMomentum().isZero() ? 0 : 1) + (rms.getCentered() ? 1 : 0); })
      .Case([](AdagradOp) { return 1; })
      .Case<NadamOp, AdadeltaOp>([](Operation *) { return 2; })
      .Default([](Operation *) { return 0; });
}

double nncc::nn::initialState(Operation *op) {
  auto adagrad = dyn_cast<AdagradOp>(op);
  return adagrad ? adagrad.getInitialAccumulatorValue().convertToDouble() : 0;
}
