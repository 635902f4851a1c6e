// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_REFERENCE_INTERPRETER_H
#define NNCC_REFERENCE_INTERPRETER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "nncc/Reference/Tensor.h"

#include <map>
#include <string>

namespace nncc::reference {

/// What a function reads and changes beside its arguments.
struct State {
  /// By path ("conv2d/kernel"). An optimizer and moving averages change them.
  std::map<std::string, Tensor> variables;
  /// What nn.store_gradient left, by path.
  std::map<std::string, Tensor> gradients;
  /// The optimizer's slots in the order of its op's documentation (Adam: m, v); missing ones start at 0.
  std::vector<std::map<std::string, Tensor>> slots;
  /// Of dropout's masks.
  uint64_t seed = 0;
  /// Optimizer steps done before this run.
  int64_t step = 0;
  double learningRate = 0.001;
};

/// Runs a function of the nn dialect in plain loops in f64: the oracle of the compiler's tests. The batch is the
/// leading extent of the inputs, the same in all; in what is not batched the shapes must be the argument's. Returns the
/// function's results. Errors, at the function or the op: wrong inputs, a variable that the state lacks, an op without
/// a reference. Ops without results that `leavesOut` names are not run.
mlir::FailureOr<llvm::SmallVector<Tensor>> interpret(mlir::func::FuncOp function, llvm::ArrayRef<Tensor> inputs,
                                                     State &state,
                                                     llvm::function_ref<bool(mlir::Operation *)> leavesOut = nullptr);

} // namespace nncc::reference

#endif // NNCC_REFERENCE_INTERPRETER_H
