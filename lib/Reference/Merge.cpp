// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of the merging layers and of the slice.

#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Reference/Evaluation.h"

namespace nncc::reference {
namespace {

void concatenate(nn::ConcatenateOp op, Evaluation &e) {
  Tensor &y = e.result();
  AxisView whole(y.shape, op.getAxis());
  int64_t offset = 0;
  for (mlir::Value input : op.getInputs()) {
    const Tensor &x = e[input];
    AxisView part(x.shape, op.getAxis());
    for (int64_t o = 0; o < part.outer; ++o)
      for (int64_t a = 0; a < part.extent; ++a)
        for (int64_t i = 0; i < part.inner; ++i)
          y[whole.at(o, offset + a, i)] = x[part.at(o, a, i)];
    offset += part.extent;
  }
}

void slice(nn::SliceOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  Tensor &y = e.result();
  AxisView whole(x.shape, op.getAxis()), part(y.shape, op.getAxis());
  for (int64_t o = 0; o < part.outer; ++o)
    for (int64_t a = 0; a < part.extent; ++a)
      for (int64_t i = 0; i < part.inner; ++i)
        y[part.at(o, a, i)] = x[whole.at(o, int64_t(op.getOffset()) + a, i)];
}

void add(nn::AddOp op, Evaluation &e) {
  for (mlir::Value input : op.getInputs())
    for (int64_t i = 0; i < e.result().size(); ++i)
      e.result()[i] += e[input][i];
}

} // namespace

void addMergeEvaluators(EvaluatorTable &table) {
  table.add<nn::ConcatenateOp, concatenate>();
  table.add<nn::SliceOp, slice>();
  table.add<nn::AddOp, add>();
}

} // namespace nncc::reference
