// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_UPDATESTEP_H
#define NNCC_LIB_KERNELS_UPDATESTEP_H

#include "nncc/Kernels/Emit.h"

namespace nncc::kernels {

/// What an optimizer does with a vector of parameters, their gradients and state; it replaces the first and the last.
using Update =
    std::function<void(mlir::Value &parameter, mlir::Value gradient, llvm::MutableArrayRef<mlir::Value> state)>;

/// Adds the step of an optimizer op: one pass over the flat parameters, gradients and state slots, which also clips by
/// value and decays the weights where the op says so. `prepare` computes what all elements share and returns the update;
/// `rate` is the learning rate in all lanes. `flops` are those of an element.
void addUpdateStep(KernelBuilder &kernels, mlir::Operation *op, llvm::StringRef what, int64_t flops,
                   llvm::function_ref<Update(Kernel &, Emit &, mlir::Value rate)> prepare);

/// The same where the update depends on the variable: `prepare` returns what makes the update of a variable (an index
/// value), of which there are `variables`.
using VariableUpdate = std::function<Update(mlir::Value variable)>;
void addVariableUpdateStep(
    KernelBuilder &kernels, mlir::Operation *op, llvm::StringRef what, int64_t flops,
    llvm::function_ref<VariableUpdate(Kernel &, Emit &, mlir::Value rate, int64_t variables)> prepare);

/// RMSprop, Adagrad, Adadelta: steps scaled by a running size of the gradients.
void addAdaptiveOptimizerKernels(EmitterTable &table);
/// nn.clip_gradients.
void addClipGradientsKernel(EmitterTable &table);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_UPDATESTEP_H
