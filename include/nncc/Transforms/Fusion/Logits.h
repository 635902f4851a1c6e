// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TRANSFORMS_FUSION_LOGITS_H
#define NNCC_TRANSFORMS_FUSION_LOGITS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace nncc {

/// The sigmoid or softmax that `probabilities` come from (through linear activations): an nn.activation, a convolution
/// or dense layer with a sigmoid, or an nn.softmax over any axis. Null where the value comes from anything else.
///
/// Keras' crossentropies take the value before *any* of these as their logits, also where the activation is the other
/// one's: a categorical cross-entropy of sigmoids is the softmax cross-entropy of what the sigmoids were taken of.
/// Source: keras/backend.py, _get_logits and the attribute _keras_logits.
mlir::Operation *findLastActivation(mlir::Value probabilities);

/// Makes that op one whose only operand is the logits: a sigmoid inside of a layer is taken out into an `nn.activation`
/// behind it, which takes over all uses. Returns the nn.activation or nn.softmax.
mlir::Operation *isolateLastActivation(mlir::OpBuilder &builder, mlir::Operation *activation);

} // namespace nncc

#endif // NNCC_TRANSFORMS_FUSION_LOGITS_H
