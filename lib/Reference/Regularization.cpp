// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of dropout.

#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "nncc/Reference/Evaluation.h"
#include "nncc/Reference/Philox.h"

namespace nncc::reference {
namespace {

/// The factor of element i of the mask: 0, or 1 / (1 - rate).
double maskAt(int64_t i, double rate, uint32_t stream, const State &state) {
  uint64_t block = uint64_t(i) / 4;
  auto words = philox({uint32_t(block), uint32_t(block >> 32), uint32_t(state.step), stream}, state.seed);
  return words[i % 4] * 0x1p-32 >= rate ? 1 / (1 - rate) : 0;
}

void dropout(nn::DropoutOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = x[i] * maskAt(i, op.getRateAttr().getValueAsDouble(), uint32_t(op.getStream()), e.state);
}

void spatialDropout(nn::SpatialDropoutOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  const int64_t channels = x.shape.back(), perSample = x.size() / x.shape.front();
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = x[i] * maskAt(i / perSample * channels + i % channels, op.getRateAttr().getValueAsDouble(),
                                  uint32_t(op.getStream()), e.state);
}

} // namespace

void addRegularizationEvaluators(EvaluatorTable &table) {
  table.add<nn::DropoutOp, dropout>();
  table.add<nn::SpatialDropoutOp, spatialDropout>();
}

} // namespace nncc::reference
