// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of dropout, noise and regularizers.

#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "nncc/Reference/Evaluation.h"
#include "nncc/Reference/Philox.h"

#include <cmath>

namespace nncc::reference {
namespace {

/// The random number of element i.
uint32_t wordAt(int64_t i, uint32_t stream, const State &state) {
  uint64_t block = uint64_t(i) / 4;
  return philox({uint32_t(block), uint32_t(block >> 32), uint32_t(state.step), stream}, state.seed)[i % 4];
}

/// The factor of element i of the mask: 0, or 1 / (1 - rate).
double maskAt(int64_t i, double rate, uint32_t stream, const State &state) {
  return wordAt(i, stream, state) * 0x1p-32 >= rate ? 1 / (1 - rate) : 0;
}

/// Element i of a standard normal distribution. Source: Giles, Approximating the erfinv function.
double normalAt(int64_t i, uint32_t stream, const State &state) {
  const double v = (2.0 * (wordAt(i, stream, state) >> 8) + 1) * 0x1p-24 - 1;
  double w = -std::log((1 - v) * (1 + v)), p;
  static constexpr double central[] = {2.81022636e-08,  3.43273939e-07, -3.5233877e-06,  -4.39150654e-06, 0.00021858087,
                                       -0.00125372503, -0.00417768164, 0.246640727,     1.50140941};
  static constexpr double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                                    -0.0076224613,   0.00943887047,  1.00167406,    2.83297682};
  const bool isCentral = w < 5;
  w = isCentral ? w - 2.5 : std::sqrt(w) - 3;
  p = 0;
  for (double coefficient : isCentral ? central : tail)
    p = p * w + coefficient;
  return std::sqrt(2.0) * p * v;
}

void gaussianNoise(nn::GaussianNoiseOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = x[i] + op.getStddevAttr().getValueAsDouble() * normalAt(i, uint32_t(op.getStream()), e.state);
}

void dropout(nn::DropoutOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = x[i] * maskAt(i, op.getRateAttr().getValueAsDouble(), uint32_t(op.getStream()), e.state);
}

void spatialDropout(nn::SpatialDropoutOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  // Distances of the mask's axes in memory; 0 along those that it does not have.
  llvm::SmallVector<int64_t> distances(x.rank());
  int64_t distance = 1;
  for (int64_t axis = x.rank(); axis-- > 0;) {
    const bool isShared = op.getShared() ? llvm::is_contained(*op.getShared(), axis) : axis != 0 && axis != x.rank() - 1;
    distances[axis] = isShared ? 0 : distance;
    distance *= isShared ? 1 : x.shape[axis];
  }
  for (int64_t i = 0; i < x.size(); ++i) {
    int64_t rest = i, element = 0;
    for (int64_t axis = x.rank(); axis-- > 0; rest /= x.shape[axis])
      element += rest % x.shape[axis] * distances[axis];
    e.result()[i] = x[i] * maskAt(element, op.getRateAttr().getValueAsDouble(), uint32_t(op.getStream()), e.state);
  }
}

/// What a penalty is divided by.
double samplesOf(const Tensor &x, bool perSample) { return perSample ? double(x.shape.front()) : 1; }

void penalty(nn::PenaltyOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[0] += (op.getL1Attr().getValueAsDouble() * std::abs(x[i]) + op.getL2Attr().getValueAsDouble() * x[i] * x[i]) /
                     samplesOf(x, op.getPerSample());
}

void penaltyGrad(nn::PenaltyGradOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = (op.getL1Attr().getValueAsDouble() * ((x[i] > 0) - (x[i] < 0)) +
                     2 * op.getL2Attr().getValueAsDouble() * x[i]) / samplesOf(x, op.getPerSample());
}

void totalLoss(nn::TotalLossOp op, Evaluation &e) {
  for (mlir::Value loss : op.getLosses())
    e.result()[0] += e[loss][0];
}

} // namespace

void addRegularizationEvaluators(EvaluatorTable &table) {
  table.add<nn::DropoutOp, dropout>();
  table.add<nn::SpatialDropoutOp, spatialDropout>();
  table.add<nn::GaussianNoiseOp, gaussianNoise>();
  table.add<nn::PenaltyOp, penalty>();
  table.add<nn::PenaltyGradOp, penaltyGrad>();
  table.add<nn::TotalLossOp, totalLoss>();
}

} // namespace nncc::reference
