// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of activation functions and their gradients.

#include "nncc/Reference/Activation.h"

#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Reference/Evaluation.h"

#include <cmath>

namespace nncc::reference {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

void applyActivation(nn::Activation function, Tensor &tensor) {
  for (double &x : tensor.data)
    switch (function) {
    case nn::Activation::Linear:
      break;
    case nn::Activation::Relu:
      x = x > 0 ? x : 0;
      break;
    case nn::Activation::Sigmoid:
      x = sigmoid(x);
      break;
    case nn::Activation::Tanh:
      x = std::tanh(x);
      break;
    }
}

namespace {

void activation(nn::ActivationOp op, Evaluation &e) {
  e.result().data = e[op.getInput()].data;
  applyActivation(op.getFunction(), e.result());
}

/// f'(x) as a function of y = f(x).
double slope(nn::Activation function, double y) {
  switch (function) {
  case nn::Activation::Linear:
    return 1;
  case nn::Activation::Relu:
    return y > 0 ? 1 : 0;
  case nn::Activation::Sigmoid:
    return y * (1 - y);
  case nn::Activation::Tanh:
    return 1 - y * y;
  }
  return 0;
}

void activationGrad(nn::ActivationGradOp op, Evaluation &e) {
  const Tensor &y = e[op.getOutput()], &dy = e[op.getOutputGradient()];
  for (int64_t i = 0; i < y.size(); ++i)
    e.result()[i] = dy[i] * slope(op.getFunction(), y[i]);
}

void relu(nn::ReluOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  double negativeSlope = op.getNegativeSlopeAttr().getValueAsDouble(),
         threshold = op.getThresholdAttr().getValueAsDouble();
  double maxValue = op.getMaxValueAttr() ? op.getMaxValueAttr().getValueAsDouble() : HUGE_VAL;
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = x[i] >= maxValue ? maxValue : x[i] >= threshold ? x[i] : negativeSlope * (x[i] - threshold);
}

void reluGrad(nn::ReluGradOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &dy = e[op.getOutputGradient()];
  double negativeSlope = op.getNegativeSlopeAttr().getValueAsDouble(),
         threshold = op.getThresholdAttr().getValueAsDouble();
  double maxValue = op.getMaxValueAttr() ? op.getMaxValueAttr().getValueAsDouble() : HUGE_VAL;
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = dy[i] * (x[i] >= maxValue ? 0 : x[i] >= threshold ? 1 : negativeSlope);
}

void softmax(nn::SoftmaxOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  Tensor &y = e.result();
  AxisView view(x.shape, op.getAxis());
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t i = 0; i < view.inner; ++i) {
      double maximum = -HUGE_VAL, sum = 0;
      for (int64_t a = 0; a < view.extent; ++a)
        maximum = std::max(maximum, x[view.at(o, a, i)]);
      for (int64_t a = 0; a < view.extent; ++a)
        sum += y[view.at(o, a, i)] = std::exp(x[view.at(o, a, i)] - maximum);
      for (int64_t a = 0; a < view.extent; ++a)
        y[view.at(o, a, i)] /= sum;
    }
}

void softmaxGrad(nn::SoftmaxGradOp op, Evaluation &e) {
  const Tensor &y = e[op.getOutput()], &dy = e[op.getOutputGradient()];
  AxisView view(y.shape, op.getAxis());
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t i = 0; i < view.inner; ++i) {
      double sum = 0;
      for (int64_t a = 0; a < view.extent; ++a)
        sum += dy[view.at(o, a, i)] * y[view.at(o, a, i)];
      for (int64_t a = 0; a < view.extent; ++a)
        e.result()[view.at(o, a, i)] = y[view.at(o, a, i)] * (dy[view.at(o, a, i)] - sum);
    }
}

} // namespace

void addActivationEvaluators(EvaluatorTable &table) {
  table.add<nn::ActivationOp, activation>();
  table.add<nn::ActivationGradOp, activationGrad>();
  table.add<nn::ReluOp, relu>();
  table.add<nn::ReluGradOp, reluGrad>();
  table.add<nn::SoftmaxOp, softmax>();
  table.add<nn::SoftmaxGradOp, softmaxGrad>();
}

} // namespace nncc::reference
