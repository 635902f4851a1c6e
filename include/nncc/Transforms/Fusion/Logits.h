// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TRANSFORMS_FUSION_LOGITS_H
#define NNCC_TRANSFORMS_FUSION_LOGITS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace nncc {

/// What stands before the last activation of a model.
enum class LastActivation { Sigmoid, Softmax };

/// The activation op behind `probabilities` (through linear activations): an nn.activation, a convolution or dense layer with
/// a sigmoid, or an nn.softmax over the last axis. Null where the value comes from anything else.
mlir::Operation *findLastActivation(mlir::Value probabilities, LastActivation kind);

/// Makes that op one whose only operand is the logits: a sigmoid inside of a layer is taken out into an `nn.activation`
/// behind it, which takes over all uses. Returns the nn.activation or nn.softmax.
mlir::Operation *isolateLastActivation(mlir::OpBuilder &builder, mlir::Operation *activation);

} // namespace nncc

#endif // NNCC_TRANSFORMS_FUSION_LOGITS_H
