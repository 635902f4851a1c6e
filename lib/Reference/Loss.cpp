// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of the losses and their gradients: means over the batch, and over all other axes but the last where classes
// stand there.

#include "nncc/Dialect/NN/Ops/Loss.h"
#include "nncc/Reference/Activation.h"
#include "nncc/Reference/Evaluation.h"

#include <algorithm>
#include <cmath>

namespace nncc::reference {
namespace {

/// Keras' backend.epsilon().
constexpr double kEpsilon = 1e-7;

/// A result that is a sum of many terms: rounded once. The gradient check sees how it moves in its last digits.
class Total {
public:
  explicit Total(double &result) : result(result) {}
  ~Total() { result = double(sum); }
  void operator+=(double term) { sum += term; }
  void operator-=(double term) { sum -= term; }

private:
  double &result;
  long double sum = 0;
};

double clip(double p) { return std::clamp(p, kEpsilon, 1 - kEpsilon); }
/// The slope of clip.
double clipSlope(double p) { return p >= kEpsilon && p <= 1 - kEpsilon ? 1 : 0; }

template <typename Op> double smoothingOf(Op op) { return op.getLabelSmoothingAttr().getValueAsDouble(); }

/// What the sum of a loss over single elements is divided by: with `sum` only the last axis is averaged.
template <typename Op> double elementDivisor(Op op, const Tensor &y) { return double(op.getSum() ? y.shape.back() : y.size()); }

/// What class_weight multiplies the loss of a sample with; NaN where there is none for its class.
template <typename Op> double weightOf(Op op, const Tensor &target, int64_t sample) {
  std::optional<llvm::ArrayRef<double>> weights = op.getClassWeight();
  if (!weights)
    return 1;
  const int64_t width = target.size() / target.shape.front();
  auto row = target.data.begin() + sample * width;
  double label = width > 1 ? double(std::max_element(row, row + width) - row) : std::nearbyint(*row);
  return label >= 0 && label < double(weights->size()) ? (*weights)[size_t(label)] : std::nan("");
}

/// The same for an element of the prediction.
template <typename Op> double weightAt(Op op, const Tensor &prediction, const Tensor &target, int64_t element) {
  return weightOf(op, target, element / (prediction.size() / prediction.shape.front()));
}

// Mean squared error.

void meanSquaredError(nn::MeanSquaredErrorOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &t = e[op.getTarget()];
  Total total(e.result()[0]);
  for (int64_t i = 0; i < y.size(); ++i)
    total += (y[i] - t[i]) * (y[i] - t[i]) * weightAt(op, y, t, i) / elementDivisor(op, y);
}

void meanSquaredErrorGrad(nn::MeanSquaredErrorGradOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &t = e[op.getTarget()];
  for (int64_t i = 0; i < y.size(); ++i)
    e.result()[i] = 2 * (y[i] - t[i]) * weightAt(op, y, t, i) / elementDivisor(op, y);
}

// Mean absolute error.

void meanAbsoluteError(nn::MeanAbsoluteErrorOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &t = e[op.getTarget()];
  Total total(e.result()[0]);
  for (int64_t i = 0; i < y.size(); ++i)
    total += std::abs(y[i] - t[i]) * weightAt(op, y, t, i) / elementDivisor(op, y);
}

void meanAbsoluteErrorGrad(nn::MeanAbsoluteErrorGradOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &t = e[op.getTarget()];
  for (int64_t i = 0; i < y.size(); ++i)
    e.result()[i] = ((y[i] > t[i]) - (y[i] < t[i])) * weightAt(op, y, t, i) / elementDivisor(op, y);
}

// Huber's loss.

void huber(nn::HuberOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &t = e[op.getTarget()];
  double delta = op.getDeltaAttr().getValueAsDouble();
  Total total(e.result()[0]);
  for (int64_t i = 0; i < y.size(); ++i) {
    double error = std::abs(y[i] - t[i]);
    total += (error <= delta ? error * error / 2 : delta * error - delta * delta / 2) * weightAt(op, y, t, i) /
             elementDivisor(op, y);
  }
}

void huberGrad(nn::HuberGradOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &t = e[op.getTarget()];
  double delta = op.getDeltaAttr().getValueAsDouble();
  for (int64_t i = 0; i < y.size(); ++i)
    e.result()[i] = std::clamp(y[i] - t[i], -delta, delta) * weightAt(op, y, t, i) / elementDivisor(op, y);
}

// Binary cross-entropy.

double smoothBinary(double t, double smoothing) { return t * (1 - smoothing) + smoothing / 2; }

void binaryCrossEntropy(nn::BinaryCrossEntropyOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &target = e[op.getTarget()];
  Total total(e.result()[0]);
  for (int64_t i = 0; i < y.size(); ++i) {
    double p = clip(y[i]), t = smoothBinary(target[i], smoothingOf(op));
    total -= (t * std::log(p + kEpsilon) + (1 - t) * std::log(1 - p + kEpsilon)) * weightAt(op, y, target, i) /
             elementDivisor(op, y);
  }
}

void binaryCrossEntropyGrad(nn::BinaryCrossEntropyGradOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &target = e[op.getTarget()];
  for (int64_t i = 0; i < y.size(); ++i) {
    double p = clip(y[i]), t = smoothBinary(target[i], smoothingOf(op));
    e.result()[i] = clipSlope(y[i]) * ((1 - t) / (1 - p + kEpsilon) - t / (p + kEpsilon)) * weightAt(op, y, target, i) /
                    elementDivisor(op, y);
  }
}

void sigmoidCrossEntropy(nn::SigmoidCrossEntropyOp op, Evaluation &e) {
  const Tensor &x = e[op.getLogits()], &target = e[op.getTarget()];
  Total total(e.result(1)[0]);
  for (int64_t i = 0; i < x.size(); ++i) {
    double t = smoothBinary(target[i], smoothingOf(op));
    e.result(0)[i] = sigmoid(x[i]);
    total += (std::max(x[i], 0.0) - x[i] * t + std::log1p(std::exp(-std::abs(x[i])))) * weightAt(op, x, target, i) /
             elementDivisor(op, x);
  }
}

void sigmoidCrossEntropyGrad(nn::SigmoidCrossEntropyGradOp op, Evaluation &e) {
  const Tensor &p = e[op.getPrediction()], &target = e[op.getTarget()];
  for (int64_t i = 0; i < p.size(); ++i)
    e.result()[i] =
        (p[i] - smoothBinary(target[i], smoothingOf(op))) * weightAt(op, p, target, i) / elementDivisor(op, p);
}

// Categorical cross-entropies, row by row over the last axis.

/// The rows of a tensor of classes.
struct Rows {
  int64_t count, classes;

  explicit Rows(const Tensor &tensor) : count(tensor.size() / tensor.shape.back()), classes(tensor.shape.back()) {}
};

/// One row of targets as probabilities: smoothed one-hot rows, or a class number. Empty for a number that is no class.
std::vector<double> targetRow(const Tensor &target, Rows rows, int64_t row, bool sparse, double smoothing) {
  std::vector<double> t(rows.classes);
  if (sparse) {
    double label = target[row];
    if (!(label >= 0 && label < double(rows.classes)))
      return {};
    t[int64_t(label)] = 1;
    return t;
  }
  for (int64_t c = 0; c < rows.classes; ++c)
    t[c] = target[row * rows.classes + c] * (1 - smoothing) + smoothing / double(rows.classes);
  return t;
}

/// Whether the row's target is the class that does not count.
template <typename Op> bool isIgnored(Op op, const Tensor &target, int64_t row) {
  if constexpr (requires { op.getIgnoreClass(); })
    return op.getIgnoreClass() && target[row] == double(int64_t(*op.getIgnoreClass()));
  return false;
}

/// What the sum over the rows is divided by.
template <typename Op> double rowDivisor(Op op, Rows rows, const Tensor &target) {
  int64_t count = 0;
  for (int64_t r = 0; r < rows.count; ++r)
    count += !isIgnored(op, target, r);
  return op.getSum() ? 1 : double(count);
}

/// log sum exp x, and softmax x.
double logSumExp(const std::vector<double> &x, std::vector<double> &softmax) {
  double maximum = *std::max_element(x.begin(), x.end()), sum = 0;
  for (double value : x)
    sum += std::exp(value - maximum);
  softmax.clear();
  for (double value : x)
    softmax.push_back(std::exp(value - maximum) / sum);
  return maximum + std::log(sum);
}

std::vector<double> rowOf(const Tensor &tensor, Rows rows, int64_t row) {
  auto first = tensor.data.begin() + row * rows.classes;
  return std::vector<double>(first, first + rows.classes);
}

void categoricalCrossEntropy(nn::CategoricalCrossEntropyOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &target = e[op.getTarget()];
  Rows rows(y);
  const double divisor = rowDivisor(op, rows, target);
  Total total(e.result()[0]);
  for (int64_t r = 0; r < rows.count; ++r) {
    std::vector<double> p = rowOf(y, rows, r), t = targetRow(target, rows, r, false, smoothingOf(op));
    double sum = 0;
    for (double value : p)
      sum += value;
    const double weight = weightOf(op, target, r);
    for (int64_t c = 0; c < rows.classes; ++c)
      total -= t[c] * std::log(clip(p[c] / sum)) * weight / divisor;
  }
}

void categoricalCrossEntropyGrad(nn::CategoricalCrossEntropyGradOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &target = e[op.getTarget()];
  Rows rows(y);
  const double divisor = rowDivisor(op, rows, target);
  for (int64_t r = 0; r < rows.count; ++r) {
    std::vector<double> p = rowOf(y, rows, r), t = targetRow(target, rows, r, false, smoothingOf(op)), dq(rows.classes);
    double sum = 0, projection = 0;
    for (double value : p)
      sum += value;
    // With q = p / sum p: dp_j = dq_j / sum - (sum_i dq_i p_i) / sum^2.
    const double weight = weightOf(op, target, r);
    for (int64_t c = 0; c < rows.classes; ++c) {
      double q = p[c] / sum;
      dq[c] = -t[c] / clip(q) * clipSlope(q) * weight / divisor;
      projection += dq[c] * p[c];
    }
    for (int64_t c = 0; c < rows.classes; ++c)
      e.result()[r * rows.classes + c] = dq[c] / sum - projection / (sum * sum);
  }
}

void failNoClass(Evaluation &e) { e.fail("has a target that is no class number"); }

void sparseCategoricalCrossEntropy(nn::SparseCategoricalCrossEntropyOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &target = e[op.getTarget()];
  Rows rows(y);
  const double divisor = rowDivisor(op, rows, target);
  Total total(e.result()[0]);
  for (int64_t r = 0; r < rows.count; ++r) {
    if (isIgnored(op, target, r))
      continue;
    std::vector<double> x = rowOf(y, rows, r), t = targetRow(target, rows, r, true, 0), softmax;
    if (t.empty())
      return failNoClass(e);
    for (double &value : x)
      value = std::log(clip(value));
    double loss = logSumExp(x, softmax);
    for (int64_t c = 0; c < rows.classes; ++c)
      loss -= t[c] * x[c];
    total += loss * weightOf(op, target, r) / divisor;
  }
}

void sparseCategoricalCrossEntropyGrad(nn::SparseCategoricalCrossEntropyGradOp op, Evaluation &e) {
  const Tensor &y = e[op.getPrediction()], &target = e[op.getTarget()];
  Rows rows(y);
  const double divisor = rowDivisor(op, rows, target);
  for (int64_t r = 0; r < rows.count; ++r) {
    if (isIgnored(op, target, r))
      continue;
    std::vector<double> p = rowOf(y, rows, r), x, t = targetRow(target, rows, r, true, 0), softmax;
    if (t.empty())
      return failNoClass(e);
    for (double value : p)
      x.push_back(std::log(clip(value)));
    logSumExp(x, softmax);
    const double weight = weightOf(op, target, r);
    for (int64_t c = 0; c < rows.classes; ++c)
      e.result()[r * rows.classes + c] =
          (softmax[c] - t[c]) * weight / divisor * clipSlope(p[c]) / clip(p[c]);
  }
}

void softmaxCrossEntropy(nn::SoftmaxCrossEntropyOp op, Evaluation &e) {
  const Tensor &logits = e[op.getLogits()], &target = e[op.getTarget()];
  Rows rows(logits);
  const double divisor = rowDivisor(op, rows, target);
  Total total(e.result(1)[0]);
  for (int64_t r = 0; r < rows.count; ++r) {
    std::vector<double> x = rowOf(logits, rows, r), softmax;
    double logSum = logSumExp(x, softmax);
    std::copy(softmax.begin(), softmax.end(), e.result(0).data.begin() + r * rows.classes);
    if (isIgnored(op, target, r))
      continue;
    std::vector<double> t = targetRow(target, rows, r, op.getSparse(), smoothingOf(op));
    if (t.empty())
      return failNoClass(e);
    const double weight = weightOf(op, target, r);
    for (int64_t c = 0; c < rows.classes; ++c)
      total += t[c] * (logSum - x[c]) * weight / divisor;
  }
}

void softmaxCrossEntropyGrad(nn::SoftmaxCrossEntropyGradOp op, Evaluation &e) {
  const Tensor &p = e[op.getPrediction()], &target = e[op.getTarget()];
  Rows rows(p);
  const double divisor = rowDivisor(op, rows, target);
  for (int64_t r = 0; r < rows.count; ++r) {
    if (isIgnored(op, target, r))
      continue;
    std::vector<double> t = targetRow(target, rows, r, op.getSparse(), smoothingOf(op));
    if (t.empty())
      return failNoClass(e);
    const double weight = weightOf(op, target, r);
    for (int64_t c = 0; c < rows.classes; ++c)
      e.result()[r * rows.classes + c] = (p[r * rows.classes + c] - t[c]) * weight / divisor;
  }
}

} // namespace

void addLossEvaluators(EvaluatorTable &table) {
  table.add<nn::MeanSquaredErrorOp, meanSquaredError>();
  table.add<nn::MeanSquaredErrorGradOp, meanSquaredErrorGrad>();
  table.add<nn::MeanAbsoluteErrorOp, meanAbsoluteError>();
  table.add<nn::MeanAbsoluteErrorGradOp, meanAbsoluteErrorGrad>();
  table.add<nn::HuberOp, huber>();
  table.add<nn::HuberGradOp, huberGrad>();
  table.add<nn::BinaryCrossEntropyOp, binaryCrossEntropy>();
  table.add<nn::BinaryCrossEntropyGradOp, binaryCrossEntropyGrad>();
  table.add<nn::SigmoidCrossEntropyOp, sigmoidCrossEntropy>();
  table.add<nn::SigmoidCrossEntropyGradOp, sigmoidCrossEntropyGrad>();
  table.add<nn::CategoricalCrossEntropyOp, categoricalCrossEntropy>();
  table.add<nn::CategoricalCrossEntropyGradOp, categoricalCrossEntropyGrad>();
  table.add<nn::SparseCategoricalCrossEntropyOp, sparseCategoricalCrossEntropy>();
  table.add<nn::SparseCategoricalCrossEntropyGradOp, sparseCategoricalCrossEntropyGrad>();
  table.add<nn::SoftmaxCrossEntropyOp, softmaxCrossEntropy>();
  table.add<nn::SoftmaxCrossEntropyGradOp, softmaxCrossEntropyGrad>();
}

} // namespace nncc::reference
