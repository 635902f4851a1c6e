// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PIPELINE_REGISTRATION_H
#define NNCC_PIPELINE_REGISTRATION_H

namespace mlir {
class DialectRegistry;
}

namespace nncc::pipeline {

/// The dialects that a model passes through, and the gradient rules. Nothing else is registered: each start pays for it.
void registerDialects(mlir::DialectRegistry &registry);

/// All passes of nncc, for textual pipelines (`nncc-opt`, reproducers).
void registerAllPasses();

} // namespace nncc::pipeline

#endif // NNCC_PIPELINE_REGISTRATION_H
