// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_PASSES_H
#define NNCC_KERNELS_PASSES_H

#include "nncc/Planning/TargetFacts.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace nncc::kernels {

#define GEN_PASS_DECL
#include "nncc/Kernels/Passes.h.inc"

/// nn-to-loops for a target.
std::unique_ptr<mlir::Pass> createConvertToLoopsPass(const planning::TargetFacts &target);

/// Makes the passes known to nncc-opt.
void registerKernelsPasses();

} // namespace nncc::kernels

#endif // NNCC_KERNELS_PASSES_H
