// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_UPDATESTEP_H
#define NNCC_LIB_KERNELS_UPDATESTEP_H

#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Kernels/Emit.h"

namespace nncc::kernels {

/// What an optimizer does with a vector of parameters, their gradients and state; it replaces the first and the last.
using Update =
    std::function<void(mlir::Value &parameter, mlir::Value gradient, llvm::MutableArrayRef<mlir::Value> state)>;

/// An optimizer that treats all parameters alike. `prepare` computes what all elements share and returns the update;
/// `rate` is the learning rate (f32). `flops` are those of an element.
struct UpdateRule {
  llvm::StringRef what;
  int64_t flops = 0;
  std::function<Update(Kernel &, Emit &, KernelBuilder &, mlir::Value rate)> prepare;
};

/// The rule of an optimizer op, also of what it says about clipping by value and weight decay; none for other ops and for
/// nn.nadam, which treats variables differently.
std::optional<UpdateRule> updateRuleOf(mlir::Operation *op);

/// The buffers that an optimizer reads and writes, and its update, while a kernel is built.
class ParameterUpdate {
public:
  /// `floats`: how many parameters the kernel updates.
  ParameterUpdate(KernelBuilder &kernels, Kernel &kernel, Emit &emit, mlir::Operation *optimizer, int64_t floats);

  mlir::Value rate; ///< f32

  /// All that is updated: the flat parameters and state.
  llvm::SmallVector<mlir::Value> buffers() const;

  /// Updates parameters whose gradients are known: `load` and `store` access any of the flat buffers (parameters and
  /// state have the same layout) at these parameters.
  void apply(const Update &update, mlir::Value gradient, llvm::function_ref<mlir::Value(mlir::Value buffer)> load,
             llvm::function_ref<void(mlir::Value value, mlir::Value buffer)> store) const;

private:
  Emit &emit;
  double decay, limit; ///< 0 for none
  mlir::Value parameters;
  llvm::SmallVector<mlir::Value> state;
};

/// Adds the step of an optimizer op: one pass over the flat parameters, gradients and state slots, but for the variables
/// that are updated where their gradients are made.
void addUpdateStep(KernelBuilder &kernels, mlir::Operation *op);

/// The same where the update depends on the variable: `prepare` returns what makes the update of a variable (an index
/// value), of which there are `variables`.
using VariableUpdate = std::function<Update(mlir::Value variable)>;
void addVariableUpdateStep(
    KernelBuilder &kernels, mlir::Operation *op, llvm::StringRef what, int64_t flops,
    llvm::function_ref<VariableUpdate(Kernel &, Emit &, mlir::Value rate, int64_t variables)> prepare);

/// The rules by optimizer.
UpdateRule ruleOf(nn::SgdOp op);
UpdateRule ruleOf(nn::AdamOp op);
UpdateRule ruleOf(nn::RmsPropOp op);
UpdateRule ruleOf(nn::AdagradOp op);
UpdateRule ruleOf(nn::AdadeltaOp op);
/// nn.clip_gradients.
void addClipGradientsKernel(EmitterTable &table);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_UPDATESTEP_H
