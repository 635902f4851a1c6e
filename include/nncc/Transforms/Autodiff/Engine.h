// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TRANSFORMS_AUTODIFF_ENGINE_H
#define NNCC_TRANSFORMS_AUTODIFF_ENGINE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SetVector.h"

namespace nncc {

/// A question to the gradient engine: the gradients of `root` with respect to `sources`.
struct GradientRequest {
  mlir::Value root;
  /// Scalars that are added to a scalar root: roots of their own, whose rules too are asked without an incoming gradient.
  llvm::SmallVector<mlir::Value> moreRoots;
  /// The gradient that flows into the root; null for a scalar that is differentiated as such (gradient 1): then the
  /// root's own rule is asked without an incoming gradient.
  mlir::Value rootGradient;
  /// Function arguments and results of ops without active operands (reads of variables).
  llvm::SetVector<mlir::Value> sources;
  /// For tests: the name of an op whose rule is made wrong. Its operand gradients are doubled.
  llvm::StringRef brokenRule;
};

/// Builds the backward pass of one block, before its terminator.
///
/// 1. Activity: an op matters when it depends on a source and the root depends on it.
/// 2. Ops that matter take their training form (`toTrainingForm`).
/// 3. Backwards over the ops that matter: each op's rule (`buildGradients`) turns the gradients of its results into
/// those of its
///    operands. Several gradients of one value are summed with one nn.add when its defining op is reached.
///
/// `onGradient` is called with each source that the root depends on and its gradient, as soon as it is complete; the
/// builder then stands where the gradient may be used. Sources without influence on the root get no call.
/// All that is created carries the location and the layer (`nn.layer`) of the op it is the gradient of.
/// An op that matters and has no rule is an error at the op.
///
/// Values that training forms replace are replaced in the block; the root and the sources of the request may be among
/// them.
llvm::LogicalResult buildBackward(GradientRequest &request,
                                  llvm::function_ref<void(mlir::OpBuilder &, mlir::Value, mlir::Value)> onGradient);

} // namespace nncc

#endif // NNCC_TRANSFORMS_AUTODIFF_ENGINE_H
