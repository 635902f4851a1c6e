// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_NNDIALECT_H
#define NNCC_DIALECT_NN_NNDIALECT_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"

#include "nncc/Dialect/NN/NNEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "nncc/Dialect/NN/NNAttributes.h.inc"

#include "nncc/Dialect/NN/NNDialect.h.inc"

namespace nncc::nn {

/// Whether f'(x) is a function of y = f(x). Of the others, which are not monotone, the gradient reads the input.
inline bool hasGradientFromOutput(Activation function) {
  return function != Activation::Swish && function != Activation::Gelu;
}

/// Keras' constants of selu and leaky_relu. Source: keras/activations.py, selu; tf.nn.leaky_relu.
inline constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
inline constexpr double kSeluScale = 1.0507009873554804934193349852946;
inline constexpr double kLeakyReluSlope = 0.2;

} // namespace nncc::nn

#endif // NNCC_DIALECT_NN_NNDIALECT_H
