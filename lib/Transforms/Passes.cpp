// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "nncc/Dialect/NN/NNDialect.h"

namespace nncc {
namespace {
#define GEN_PASS_REGISTRATION
#include "nncc/Transforms/Passes.h.inc"
} // namespace

void registerTransformsPasses() { registerNNCCTransformsPasses(); }

} // namespace nncc
