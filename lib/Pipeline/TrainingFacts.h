// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_PIPELINE_TRAININGFACTS_H
#define NNCC_LIB_PIPELINE_TRAININGFACTS_H

#include "mlir/IR/BuiltinOps.h"
#include "nncc/Codegen/Program.h"
#include "nncc/Dialect/NN/NNDialect.h"

namespace nncc::pipeline {

/// `#nn.call<"Adam", {...}>` as a call of the program table; nested calls are left out.
codegen::Call describeCall(nn::CallAttr call);

/// The module attribute `nn.train`; `present` is false where there is none.
codegen::Training describeTraining(mlir::ModuleOp model);

/// State slots that the optimizer keeps, and what they start from.
void describeOptimizerState(mlir::ModuleOp model, codegen::Program &program);

} // namespace nncc::pipeline

#endif // NNCC_LIB_PIPELINE_TRAININGFACTS_H
