// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why a loss is not finite. Internal to Train.
#ifndef NNCC_LIB_RUNTIME_TRAIN_DIVERGENCE_H
#define NNCC_LIB_RUNTIME_TRAIN_DIVERGENCE_H

#include "nncc/Runtime/Core/Instance.h"

#include <string>

namespace nncc::runtime {

/// A training step whose forward part has given a loss that is not finite; its backward part has not run.
struct DivergedStep {
  nncc_instance *instance;
  int64_t batch;
  double learningRate;
  bool isScheduled;
  bool hasGradients; ///< those of the step before are still there
};

/// Lines, each behind a newline and two blanks: the first tensor that is not finite, in the order of computation
/// (inputs; the gradients and the weights that the step before made; this step's activations, which are computed a
/// second time for that), the largest weights, and what to try. Leaves the instance as it was.
std::string explainDivergence(const DivergedStep &step);

/// "the weights 'dense/kernel' are not finite (3 of 12 numbers)"; "" where all are.
std::string describeBrokenWeights(const nncc_instance &instance);

} // namespace nncc::runtime
#endif // NNCC_LIB_RUNTIME_TRAIN_DIVERGENCE_H
