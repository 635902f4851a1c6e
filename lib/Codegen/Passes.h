// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_CODEGEN_PASSES_H
#define NNCC_LIB_CODEGEN_PASSES_H

#include "mlir/Pass/Pass.h"

#include <memory>

/// The passes between linalg and the LLVM dialect, in their order. They replace a dozen upstream passes: each walk and each
/// conversion over all functions costs time that a user waits for before the first training step.
namespace nncc::codegen {

/// linalg on memrefs and `memref.copy` to scf loops. On functions.
std::unique_ptr<mlir::Pass> createLinalgToLoopsPass();

/// Vectors of any rank, affine maps and strided views to what has a counterpart in LLVM; without `fma` also fused
/// multiply-adds. On functions.
std::unique_ptr<mlir::Pass> createPrepareForLLVMPass(bool fma);

/// math operations that LLVM has no intrinsic for to calls of libm. On a module.
std::unique_ptr<mlir::Pass> createLeftoverMathPass();

/// scf to branches, then all but the signature to the LLVM dialect. On functions.
std::unique_ptr<mlir::Pass> createConvertBodiesPass();

/// Signatures (memrefs become bare pointers) and constants of the module. On a module.
std::unique_ptr<mlir::Pass> createConvertSignaturesPass();

} // namespace nncc::codegen

#endif // NNCC_LIB_CODEGEN_PASSES_H
