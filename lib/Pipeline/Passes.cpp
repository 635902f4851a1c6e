// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Pipeline/Passes.h"

#include "nncc/Kernels/Passes.h"
#include "nncc/Transforms/Passes.h"

namespace nncc::pipeline {

void buildEntryPipeline(mlir::OpPassManager &passes, llvm::ArrayRef<std::string> entries, ActivationBudget budget) {
  NNMakeEntriesOptions makeEntries;
  makeEntries.entries.assign(entries.begin(), entries.end());
  passes.addPass(createNNMakeEntries(makeEntries));
  passes.addPass(createNNSimplify());
  passes.addPass(createNNFoldBatchNorm());
  passes.addPass(createNNFuseActivation());
  passes.addPass(createNNComposeConvolutions());
  passes.addPass(createNNFuseLoss());
  passes.addPass(createNNAutodiff());
  passes.addPass(createNNHoistGradients());
  passes.addPass(createNNFuseMaxPool());
  passes.addPass(createNNSimplify());
  if (budget.bytes >= 0)
    passes.addPass(createNNCheckpoint(NNCheckpointOptions{budget.bytes, budget.batch}));
  passes.addPass(createNNFuseUpdate());
}

void buildKernelPipeline(mlir::OpPassManager &passes, const planning::TargetFacts &target) {
  passes.addPass(kernels::createConvertToLoopsPass(target));
  if (target.fma)
    passes.addPass(kernels::createFuseMultiplyAdd());
  passes.addPass(kernels::createShareKernels());
}

} // namespace nncc::pipeline
