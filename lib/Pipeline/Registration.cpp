// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Pipeline/Registration.h"

#include "nncc/Codegen/LowerToLLVM.h"
#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Kernels/Passes.h"
#include "nncc/Transforms/Autodiff/Rules.h"
#include "nncc/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nncc::pipeline {

void registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<nn::NNDialect, mlir::func::FuncDialect>();
  registerGradientRules(registry);
  codegen::registerCodegenDialects(registry);
}

void registerAllPasses() {
  registerTransformsPasses();
  kernels::registerKernelsPasses();
  codegen::registerCodegenPasses();
}

} // namespace nncc::pipeline
