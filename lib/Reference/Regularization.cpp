// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of dropout.

#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "nncc/Reference/Evaluation.h"
#include "nncc/Reference/Philox.h"

namespace nncc::reference {
namespace {

void dropout(nn::DropoutOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  double rate = op.getRateAttr().getValueAsDouble();
  uint32_t stream = uint32_t(op.getStream());
  for (int64_t i = 0; i < x.size(); ++i) {
    uint64_t block = uint64_t(i) / 4;
    auto words = philox({uint32_t(block), uint32_t(block >> 32), uint32_t(e.state.step), stream}, e.state.seed);
    bool keep = words[i % 4] * 0x1p-32 >= rate;
    e.result()[i] = keep ? x[i] / (1 - rate) : 0;
  }
}

} // namespace

void addRegularizationEvaluators(EvaluatorTable &table) { table.add<nn::DropoutOp, dropout>(); }

} // namespace nncc::reference
