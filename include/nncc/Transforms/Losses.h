// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TRANSFORMS_LOSSES_H
#define NNCC_TRANSFORMS_LOSSES_H

#include "mlir/IR/Builders.h"
#include "nncc/Dialect/NN/NNDialect.h"

namespace nncc {

/// The type of the target that this loss compares with a prediction: the prediction's, without its last axis for
/// class numbers (SparseCategoricalCrossentropy).
mlir::RankedTensorType targetType(nn::CallAttr loss, mlir::RankedTensorType prediction);

/// Builds the loss of a Keras loss class: the mean over the batch, a scalar. With `from_logits` it is computed from the
/// logits at once. `classWeight`: what the loss of a sample is multiplied with, by its class; null for nothing. An
/// unknown class or argument is an error at `loc`.
mlir::FailureOr<mlir::Value> buildLoss(mlir::OpBuilder &builder, mlir::Location loc, nn::CallAttr loss,
                                       mlir::Value prediction, mlir::Value target,
                                       mlir::DenseF64ArrayAttr classWeight = {});

/// Builds the penalty of a Keras regularizer class on a variable or, `perSample`, on a layer's output: a scalar.
mlir::Value buildPenalty(mlir::OpBuilder &builder, mlir::Location loc, nn::CallAttr regularizer, mlir::Value of,
                         bool perSample);

} // namespace nncc

#endif // NNCC_TRANSFORMS_LOSSES_H
