// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/NNDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nncc::nn;

#include "nncc/Dialect/NN/NNDialect.cpp.inc"
#include "nncc/Dialect/NN/NNEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "nncc/Dialect/NN/NNAttributes.cpp.inc"

void NNDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "nncc/Dialect/NN/NNAttributes.cpp.inc"
      >();
  registerVariableOps();
  registerConvolutionOps();
  registerPoolingOps();
  registerAttentionOps();
  registerPooledConvolutionOps();
  registerDenseOps();
  registerActivationOps();
  registerNormalizationOps();
  registerRegularizationOps();
  registerMergeOps();
  registerShapeOps();
  registerLossOps();
  registerOptimizerOps();
  registerConstraintOps();
}
