// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PIPELINE_PROGRAMFACTS_H
#define NNCC_PIPELINE_PROGRAMFACTS_H

#include "mlir/IR/BuiltinOps.h"
#include "nncc/Codegen/Program.h"

namespace nncc::pipeline {

/// The facts of a model for the program table: all but the entries, and the CPU, which code generation knows.
/// `model` is a module as the front end makes it, with @model and variables.
codegen::Program describeModel(mlir::ModuleOp model);

/// Fills in the entries that `nn-to-loops` recorded in the module attribute `nncc.entries`.
void addEntries(mlir::ModuleOp kernels, codegen::Program &program);

/// "nncc 0.1.0 (LLVM 22.1.8)".
std::string compilerVersion();

} // namespace nncc::pipeline

#endif // NNCC_PIPELINE_PROGRAMFACTS_H
