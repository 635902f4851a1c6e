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

void multiply(nn::MultiplyOp op, Evaluation &e) {
  llvm::fill(e.result().data, 1.0);
  for (mlir::Value input : op.getInputs())
    for (int64_t i = 0; i < e.result().size(); ++i)
      e.result()[i] *= e[input][i];
}

/// Position of the first input that is extreme at element i; `sign` is 1 for the maximum, -1 for the minimum.
size_t firstExtreme(mlir::ValueRange inputs, Evaluation &e, int64_t i, double sign) {
  size_t best = 0;
  for (size_t k = 1; k < inputs.size(); ++k)
    if (sign * e[inputs[k]][i] > sign * e[inputs[best]][i])
      best = k;
  return best;
}

template <typename Op, int sign> void extremum(Op op, Evaluation &e) {
  for (int64_t i = 0; i < e.result().size(); ++i)
    e.result()[i] = e[op.getInputs()[firstExtreme(op.getInputs(), e, i, sign)]][i];
}

template <typename Op, int sign> void extremumGrad(Op op, Evaluation &e) {
  for (int64_t i = 0; i < e.result().size(); ++i)
    if (firstExtreme(op.getInputs(), e, i, sign) == op.getIndex())
      e.result()[i] = e[op.getOutputGradient()][i];
}

void rescale(nn::RescaleOp op, Evaluation &e) {
  const double scale = op.getScaleAttr().getValueAsDouble(), offset = op.getOffsetAttr().getValueAsDouble();
  const Tensor &x = e[op.getInput()];
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = scale * x[i] + offset;
}

/// Element of a parameter that goes with element i of x.
double parameterAt(const Tensor &x, const Tensor &parameter, int64_t i) {
  int64_t at = 0, stride = 1;
  for (int64_t back = 1; back <= parameter.rank(); ++back) {
    int64_t extent = x.shape[x.rank() - back], its = parameter.shape[parameter.rank() - back];
    at += its == 1 ? 0 : i % extent * stride;
    stride *= its;
    i /= extent;
  }
  return parameter[at];
}

void scaleBy(nn::ScaleByOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = x[i] * parameterAt(x, e[op.getParameter()], i);
}

void shiftBy(nn::ShiftByOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = x[i] + parameterAt(x, e[op.getParameter()], i);
}

} // namespace

void addMergeEvaluators(EvaluatorTable &table) {
  table.add<nn::MultiplyOp, multiply>();
  table.add<nn::MaximumOp, extremum<nn::MaximumOp, 1>>();
  table.add<nn::MinimumOp, extremum<nn::MinimumOp, -1>>();
  table.add<nn::MaximumGradOp, extremumGrad<nn::MaximumGradOp, 1>>();
  table.add<nn::MinimumGradOp, extremumGrad<nn::MinimumGradOp, -1>>();
  table.add<nn::RescaleOp, rescale>();
  table.add<nn::ScaleByOp, scaleBy>();
  table.add<nn::ShiftByOp, shiftBy>();
  table.add<nn::ConcatenateOp, concatenate>();
  table.add<nn::SliceOp, slice>();
  table.add<nn::AddOp, add>();
}

} // namespace nncc::reference
