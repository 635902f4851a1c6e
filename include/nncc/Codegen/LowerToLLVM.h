// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_LOWERTOLLVM_H
#define NNCC_CODEGEN_LOWERTOLLVM_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

namespace nncc::codegen {

struct LoweringOptions {
  /// Whether the target has a fused multiply-add instruction. Where not, `vector.fma` and `math.fma` become a multiplication
  /// and an addition: LLVM would call libm for each lane.
  bool fma = true;
};

/// Dialects that kernels are made of and lower through.
void registerCodegenDialects(mlir::DialectRegistry &registry);

/// linalg on memrefs (and `memref.copy`) to scf loops: what -emit=loops prints. Runs on a module.
void populateLoopsPipeline(mlir::OpPassManager &pipeline);

/// arith, math, scf, vector, memref, affine, index to the LLVM dialect: what -emit=llvm prints. Runs on a module; its
/// `func.func`s are converted independently of each other, on several threads if the context allows.
void populateLLVMPipeline(mlir::OpPassManager &pipeline, const LoweringOptions &options = {});

/// Both pipelines as `nncc-loops` and `nncc-llvm` for nncc-opt, and their passes.
void registerCodegenPasses();

/// Both pipelines on a module in any stage from linalg on, with MLIR's command line options (printing, timing) applied.
/// A failure is a mistake of the compiler, not of its user; the error has MLIR's first diagnostic.
llvm::Error lowerToLLVM(mlir::ModuleOp module, const LoweringOptions &options = {});

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_LOWERTOLLVM_H
