// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PIPELINE_PASSES_H
#define NNCC_PIPELINE_PASSES_H

#include "mlir/Pass/PassManager.h"
#include "nncc/Planning/TargetFacts.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

/// The pass pipelines, in the order in which a model goes through them (docs/Architecture.md).
namespace nncc::pipeline {

/// What @train_step may keep for its backward pass: bytes of activations at a batch; negative: all that it wants.
struct ActivationBudget {
  int64_t bytes = -1;
  int64_t batch = 1;
};

/// @model to entry points: forms, losses, fusion, gradients. The result is what -emit=grad prints.
void buildEntryPipeline(mlir::OpPassManager &passes, llvm::ArrayRef<std::string> entries, ActivationBudget budget = {});

/// Entry points to kernels, in linalg, scf, vector and memref: -emit=linalg.
void buildKernelPipeline(mlir::OpPassManager &passes, const planning::TargetFacts &target);

} // namespace nncc::pipeline

#endif // NNCC_PIPELINE_PASSES_H
