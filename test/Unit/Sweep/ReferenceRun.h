// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_SWEEP_REFERENCERUN_H
#define NNCC_TEST_UNIT_SWEEP_REFERENCERUN_H

#include "Sweep/Draw.h"
#include "nncc/Reference/Interpreter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nncc::sweep {

/// A tensor that a run leaves: "output", "gradient of conv2d/kernel".
struct NamedTensor {
  std::string name;
  reference::Tensor tensor;
  bool isGradient = false;
};

/// An entry of a model and what it starts from.
struct Start {
  mlir::func::FuncOp function;
  llvm::SmallVector<reference::Tensor> inputs;
  reference::State state;
};

struct ReferenceRun {
  std::vector<NamedTensor> tensors;
  double largest = 0; ///< of all numbers on the way
};

/// What the f64 interpreter makes of an entry: results, gradients of variables, variables, slots of the optimizer.
///
/// With `rounding`, each element of each op's result is multiplied by 1 + r + s, |r|, |s| <= 2^-22, drawn at random, r
/// for the element and s for the tensor: what a computation in f32 may do to the results, whatever it does inside of the
/// ops. How far such runs lie apart says which elements are ill-conditioned, or stand at a kink.
/// Source: D. S. Parker, "Monte Carlo Arithmetic: exploiting randomness in floating-point arithmetic", 1997.
mlir::FailureOr<ReferenceRun> runReference(const Start &start, Draw *rounding = nullptr);

/// Expects computed tensors to be close to those of the reference. An element may be off by 2e-5 of the largest one of its
/// tensor; a gradient that is 0 but for rounding, by 1e-4 of the largest gradient. Where one is not, 12 runs with rounding
/// tell how far off rounding alone may take it. A variable whose gradient is rounding only is not compared.
void expectClose(const Start &start, llvm::ArrayRef<NamedTensor> actual, const ReferenceRun &expected, uint64_t seed);

} // namespace nncc::sweep

#endif // NNCC_TEST_UNIT_SWEEP_REFERENCERUN_H
