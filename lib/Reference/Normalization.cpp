// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of batch normalisation and its gradients.

#include "nncc/Dialect/NN/Ops/Normalization.h"
#include "nncc/Reference/Evaluation.h"

#include <cmath>

namespace nncc::reference {
namespace {

template <typename Visit> void forEachElement(const AxisView &view, Visit visit) {
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t c = 0; c < view.extent; ++c)
      for (int64_t i = 0; i < view.inner; ++i)
        visit(view.at(o, c, i), c);
}

template <typename Op> double epsilonOf(Op op) { return op.getEpsilonAttr().getValueAsDouble(); }

template <typename Op> void normalise(Op op, Evaluation &e, const Tensor &mean, const Tensor &variance) {
  const Tensor &x = e[op.getInput()];
  forEachElement(AxisView(x.shape, op.getAxis()), [&](int64_t at, int64_t c) {
    double gamma = op.getGamma() ? e[op.getGamma()][c] : 1;
    double beta = op.getBeta() ? e[op.getBeta()][c] : 0;
    e.result()[at] = gamma * (x[at] - mean[c]) / std::sqrt(variance[c] + epsilonOf(op)) + beta;
  });
}

void batchNorm(nn::BatchNormOp op, Evaluation &e) { normalise(op, e, e[op.getMean()], e[op.getVariance()]); }

void batchNormTrain(nn::BatchNormTrainOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  AxisView view(x.shape, op.getAxis());
  double count = double(view.outer * view.inner);
  Tensor &mean = e.result(1), &variance = e.result(2);
  forEachElement(view, [&](int64_t at, int64_t c) { mean[c] += x[at] / count; });
  forEachElement(view, [&](int64_t at, int64_t c) { variance[c] += (x[at] - mean[c]) * (x[at] - mean[c]) / count; });
  normalise(op, e, mean, variance);
}

/// Sums that all gradients of batch normalisation are made of: of dy, and of dy * z.
struct Sums {
  std::vector<double> dy, dyz, inverseDeviation;

  template <typename Op> Sums(Op op, Evaluation &e) {
    const Tensor &x = e[op.getInput()], &mean = e[op.getMean()], &variance = e[op.getVariance()];
    const Tensor &gradient = e[op.getOutputGradient()];
    AxisView view(x.shape, op.getAxis());
    dy.resize(view.extent);
    dyz.resize(view.extent);
    for (int64_t c = 0; c < view.extent; ++c)
      inverseDeviation.push_back(1 / std::sqrt(variance[c] + epsilonOf(op)));
    forEachElement(view, [&](int64_t at, int64_t c) {
      dy[c] += gradient[at];
      dyz[c] += gradient[at] * (x[at] - mean[c]) * inverseDeviation[c];
    });
  }
};

void batchNormGrad(nn::BatchNormGradOp op, Evaluation &e) {
  const Tensor &dy = e[op.getOutputGradient()];
  Sums sums(op, e);
  forEachElement(AxisView(dy.shape, op.getAxis()), [&](int64_t at, int64_t c) {
    double gamma = op.getGamma() ? e[op.getGamma()][c] : 1;
    e.result(0)[at] = dy[at] * gamma * sums.inverseDeviation[c];
  });
  e.result(1).data = sums.dyz;
  e.result(2).data = sums.dy;
}

void batchNormTrainGrad(nn::BatchNormTrainGradOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &mean = e[op.getMean()], &dy = e[op.getOutputGradient()];
  Sums sums(op, e);
  AxisView view(dy.shape, op.getAxis());
  double count = double(view.outer * view.inner);
  forEachElement(view, [&](int64_t at, int64_t c) {
    double gamma = op.getGamma() ? e[op.getGamma()][c] : 1;
    double z = (x[at] - mean[c]) * sums.inverseDeviation[c];
    e.result(0)[at] = gamma * sums.inverseDeviation[c] * (dy[at] - sums.dy[c] / count - z * sums.dyz[c] / count);
  });
  e.result(1).data = sums.dyz;
  e.result(2).data = sums.dy;
}

void foldBatchNorm(nn::FoldBatchNormOp op, Evaluation &e) {
  const Tensor &kernel = e[op.getKernel()], &mean = e[op.getMean()], &variance = e[op.getVariance()];
  int64_t filters = int64_t(mean.data.size());
  auto scale = [&](int64_t f) {
    return (op.getGamma() ? e[op.getGamma()][f] : 1) / std::sqrt(variance[f] + epsilonOf(op));
  };
  for (int64_t i = 0; i < int64_t(kernel.data.size()); ++i)
    e.result(0)[i] = kernel[i] * scale(i % filters);
  for (int64_t f = 0; f < filters; ++f)
    e.result(1)[f] = ((op.getBias() ? e[op.getBias()][f] : 0) - mean[f]) * scale(f) +
                     (op.getBeta() ? e[op.getBeta()][f] : 0);
}

/// Rows of the last axes of a tensor, with their statistics.
struct Row {
  int64_t start, length;
  double mean = 0, inverseDeviation = 0;
};

template <typename Visit> void forEachRow(const Tensor &x, int64_t axes, double epsilon, Visit visit) {
  Row row{0, Tensor::count(llvm::ArrayRef<int64_t>(x.shape).take_back(axes))};
  for (; row.start < x.size(); row.start += row.length) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < row.length; ++i)
      sum += x[row.start + i];
    row.mean = sum / row.length;
    for (int64_t i = 0; i < row.length; ++i)
      squares += (x[row.start + i] - row.mean) * (x[row.start + i] - row.mean);
    row.inverseDeviation = 1 / std::sqrt(squares / row.length + epsilon);
    visit(row);
  }
}

void standardize(nn::StandardizeOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  forEachRow(x, op.getAxes(), op.getEpsilonAttr().getValueAsDouble(), [&](const Row &row) {
    for (int64_t i = row.start; i < row.start + row.length; ++i)
      e.result()[i] = (x[i] - row.mean) * row.inverseDeviation;
  });
}

void standardizeGrad(nn::StandardizeGradOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &dy = e[op.getOutputGradient()];
  forEachRow(x, op.getAxes(), op.getEpsilonAttr().getValueAsDouble(), [&](const Row &row) {
    auto y = [&](int64_t i) { return (x[i] - row.mean) * row.inverseDeviation; };
    double mean = 0, product = 0;
    for (int64_t i = row.start; i < row.start + row.length; ++i) {
      mean += dy[i] / row.length;
      product += dy[i] * y(i) / row.length;
    }
    for (int64_t i = row.start; i < row.start + row.length; ++i)
      e.result()[i] = (dy[i] - mean - y(i) * product) * row.inverseDeviation;
  });
}

} // namespace

void addNormalizationEvaluators(EvaluatorTable &table) {
  table.add<nn::StandardizeOp, standardize>();
  table.add<nn::StandardizeGradOp, standardizeGrad>();
  table.add<nn::BatchNormOp, batchNorm>();
  table.add<nn::BatchNormTrainOp, batchNormTrain>();
  table.add<nn::BatchNormGradOp, batchNormGrad>();
  table.add<nn::BatchNormTrainGradOp, batchNormTrainGrad>();
  table.add<nn::FoldBatchNormOp, foldBatchNorm>();
}

} // namespace nncc::reference
