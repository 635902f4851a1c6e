// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_REFERENCE_ACTIVATION_H
#define NNCC_REFERENCE_ACTIVATION_H

#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Reference/Tensor.h"

namespace nncc::reference {

/// y = f(x) in place.
void applyActivation(nn::Activation function, Tensor &tensor);

/// 1 / (1 + exp(-x)).
double sigmoid(double x);

} // namespace nncc::reference

#endif // NNCC_REFERENCE_ACTIVATION_H
