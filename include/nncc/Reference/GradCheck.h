// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_REFERENCE_GRADCHECK_H
#define NNCC_REFERENCE_GRADCHECK_H

#include "mlir/IR/BuiltinOps.h"
#include "nncc/Reference/Interpreter.h"
#include "llvm/Support/raw_ostream.h"

namespace nncc::reference {

struct GradCheckOptions {
  /// Of the random parameters, inputs, targets and the choice of elements.
  uint64_t seed = 1;
  int64_t batch = 2;
  /// Elements compared per tensor; smaller tensors are compared whole, those of large models at fewer places (4 at
  /// least).
  int64_t samples = 24;
  /// Check @gradients_training instead of @gradients.
  bool training = false;
  /// Largest error that passes, relative to the tensor's largest gradient.
  double tolerance = 1e-5;
  /// One line per tensor goes here: `conv2d/kernel  max error 3.1e-9  ok`. May be null.
  llvm::raw_ostream *report = nullptr;
};

/// Compares the gradient pass with central finite differences, both interpreted in f64: of sum(output * random numbers)
/// in
/// `@gradients` (`@gradients_training`), then of the loss in `@train_step` where the module has one. The module has
/// been through nn-autodiff (nn-make-entries with those entries before it). Parameters and inputs are random.
///
/// Fails after one error that names the first layer, in the order of the model, whose gradient disagrees.
///
/// Kinks (relu at 0, ties of maxima) make finite differences wrong, not the gradient: an element passes when one of
/// several step sizes agrees, and is left out where the slopes on both sides differ and enclose the gradient.
llvm::LogicalResult checkGradients(mlir::ModuleOp module, const GradCheckOptions &options = {});

} // namespace nncc::reference

#endif // NNCC_REFERENCE_GRADCHECK_H
