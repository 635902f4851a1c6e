// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of activation functions and their gradients.

#include "nncc/Reference/Activation.h"

#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Reference/Evaluation.h"

#include <algorithm>
#include <cmath>

namespace nncc::reference {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

static double normalDistribution(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

static double evaluate(nn::Activation function, double x) {
  switch (function) {
  case nn::Activation::Linear: return x;
  case nn::Activation::Relu: return x > 0 ? x : 0;
  case nn::Activation::Sigmoid: return sigmoid(x);
  case nn::Activation::Tanh: return std::tanh(x);
  case nn::Activation::Relu6: return x > 6 ? 6 : x > 0 ? x : 0;
  case nn::Activation::LeakyRelu: return x > 0 ? x : nn::kLeakyReluSlope * x;
  case nn::Activation::Elu: return x > 0 ? x : std::expm1(x);
  case nn::Activation::Selu: return nn::kSeluScale * (x > 0 ? x : nn::kSeluAlpha * std::expm1(x));
  case nn::Activation::HardSigmoid: return std::min(1.0, std::max(0.0, 0.2 * x + 0.5));
  case nn::Activation::Softplus: return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
  case nn::Activation::Softsign: return x / (1 + std::abs(x));
  case nn::Activation::Exponential: return std::exp(x);
  case nn::Activation::Swish: return x * sigmoid(x);
  case nn::Activation::Gelu: return x * normalDistribution(x);
  }
  return 0;
}

void applyActivation(nn::Activation function, Tensor &tensor) {
  for (double &x : tensor.data)
    x = evaluate(function, x);
}

namespace {

void activation(nn::ActivationOp op, Evaluation &e) {
  e.result().data = e[op.getInput()].data;
  applyActivation(op.getFunction(), e.result());
}

/// f'(x) as a function of y = f(x).
double slope(nn::Activation function, double y) {
  switch (function) {
  case nn::Activation::Linear: return 1;
  case nn::Activation::Relu: return y > 0 ? 1 : 0;
  case nn::Activation::Sigmoid: return y * (1 - y);
  case nn::Activation::Tanh: return 1 - y * y;
  case nn::Activation::Relu6: return y > 0 && y < 6 ? 1 : 0;
  case nn::Activation::LeakyRelu: return y > 0 ? 1 : nn::kLeakyReluSlope;
  case nn::Activation::Elu: return y > 0 ? 1 : y + 1;
  case nn::Activation::Selu: return y > 0 ? nn::kSeluScale : y + nn::kSeluScale * nn::kSeluAlpha;
  case nn::Activation::HardSigmoid: return y > 0 && y < 1 ? 0.2 : 0;
  case nn::Activation::Softplus: return -std::expm1(-y);
  case nn::Activation::Softsign: return (1 - std::abs(y)) * (1 - std::abs(y));
  case nn::Activation::Exponential: return y;
  case nn::Activation::Swish:
  case nn::Activation::Gelu: break; // not a function of y
  }
  return 0;
}

/// f'(x) of those that are not monotone.
double slopeAt(nn::Activation function, double x) {
  if (function == nn::Activation::Swish)
    return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
  return normalDistribution(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * M_PI);
}

void activationInputGrad(nn::ActivationInputGradOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &dy = e[op.getOutputGradient()];
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = dy[i] * slopeAt(op.getFunction(), x[i]);
}

void elu(nn::EluOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  double alpha = op.getAlphaAttr().getValueAsDouble();
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = x[i] > 0 ? x[i] : alpha * std::expm1(x[i]);
}

void eluGrad(nn::EluGradOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &dy = e[op.getOutputGradient()];
  double alpha = op.getAlphaAttr().getValueAsDouble();
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = dy[i] * (x[i] > 0 ? 1 : alpha * std::exp(x[i]));
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
    e.result()[i] = x[i] > threshold ? std::min(x[i], maxValue) : negativeSlope * (x[i] - threshold);
}

void reluGrad(nn::ReluGradOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &dy = e[op.getOutputGradient()];
  double negativeSlope = op.getNegativeSlopeAttr().getValueAsDouble(),
         threshold = op.getThresholdAttr().getValueAsDouble();
  double maxValue = op.getMaxValueAttr() ? op.getMaxValueAttr().getValueAsDouble() : HUGE_VAL;
  const double atThreshold = op.isLeaky() ? negativeSlope : 0, atMaxValue = op.isRelu6() ? 0 : 1;
  auto slope = [&](double value) {
    if (value > threshold)
      return value < maxValue ? 1 : value > maxValue ? 0 : atMaxValue;
    return value < threshold ? negativeSlope : atThreshold;
  };
  for (int64_t i = 0; i < x.size(); ++i)
    e.result()[i] = dy[i] * slope(x[i]);
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
  table.add<nn::ActivationInputGradOp, activationInputGrad>();
  table.add<nn::EluOp, elu>();
  table.add<nn::EluGradOp, eluGrad>();
  table.add<nn::ReluOp, relu>();
  table.add<nn::ReluGradOp, reluGrad>();
  table.add<nn::SoftmaxOp, softmax>();
  table.add<nn::SoftmaxGradOp, softmaxGrad>();
}

} // namespace nncc::reference
