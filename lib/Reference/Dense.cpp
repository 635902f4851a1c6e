// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of dense layers and their gradients.

#include "nncc/Dialect/NN/Ops/Dense.h"
#include "nncc/Reference/Activation.h"
#include "nncc/Reference/Evaluation.h"

namespace nncc::reference {
namespace {

void dense(nn::DenseOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &w = e[op.getKernel()];
  Tensor &y = e.result();
  int64_t inputs = w.shape[0], units = w.shape[1], rows = x.size() / inputs;
  for (int64_t n = 0; n < rows; ++n) {
    if (op.getBias())
      for (int64_t o = 0; o < units; ++o)
        y[n * units + o] = e[op.getBias()][o];
    for (int64_t i = 0; i < inputs; ++i)
      for (int64_t o = 0; o < units; ++o)
        y[n * units + o] += x[n * inputs + i] * w[i * units + o];
  }
  applyActivation(op.getActivation(), y);
}

void denseGradInput(nn::DenseGradInputOp op, Evaluation &e) {
  const Tensor &dy = e[op.getOutputGradient()], &w = e[op.getKernel()];
  Tensor &dx = e.result();
  int64_t inputs = w.shape[0], units = w.shape[1], rows = dx.size() / inputs;
  for (int64_t n = 0; n < rows; ++n)
    for (int64_t i = 0; i < inputs; ++i)
      for (int64_t o = 0; o < units; ++o)
        dx[n * inputs + i] += dy[n * units + o] * w[i * units + o];
}

void denseGradKernel(nn::DenseGradKernelOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &dy = e[op.getOutputGradient()];
  Tensor &dw = e.result();
  int64_t inputs = dw.shape[0], units = dw.shape[1], rows = x.size() / inputs;
  for (int64_t n = 0; n < rows; ++n)
    for (int64_t i = 0; i < inputs; ++i)
      for (int64_t o = 0; o < units; ++o)
        dw[i * units + o] += x[n * inputs + i] * dy[n * units + o];
}

} // namespace

void addDenseEvaluators(EvaluatorTable &table) {
  table.add<nn::DenseOp, dense>();
  table.add<nn::DenseGradInputOp, denseGradInput>();
  table.add<nn::DenseGradKernelOp, denseGradKernel>();
}

} // namespace nncc::reference
