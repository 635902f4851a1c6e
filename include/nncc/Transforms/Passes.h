// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TRANSFORMS_PASSES_H
#define NNCC_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::func {
class FuncDialect;
} // namespace mlir::func

namespace nncc {

#define GEN_PASS_DECL
#include "nncc/Transforms/Passes.h.inc"

/// Makes the passes of this folder known to pass pipelines: nn-make-entries, nn-fold-batch-norm,
/// nn-fuse-activation, nn-fuse-loss, nn-autodiff, nn-hoist-gradients, nn-fuse-max-pool, nn-simplify. What they do is documented in Passes.td.
void registerTransformsPasses();

} // namespace nncc

#endif // NNCC_TRANSFORMS_PASSES_H
