// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every loss with every argument against Keras' formulas (keras/losses.py, keras/backend.py), written out in f64: five steps of
// gradient descent on a dense layer. The gradient is the central difference of the f64 loss.
#include "Pipeline/TrainedDense.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <functional>

using namespace nncc::test;

namespace {

/// The loss of one position: its outputs before the activation, and its targets (a class number stands alone).
using RowLoss = std::function<double(const Numbers &z, const Numbers &t)>;

/// What targets are: any numbers, numbers in [0, 1], rows that add up to 1, class numbers.
enum class Targets { Any, Shares, Rows, Classes };

struct Case {
  std::string text;
  const char *activation;
  Targets targets;
  RowLoss loss;
  int64_t outputs = 3;
  bool isSum = false; ///< over positions and samples, instead of their mean
  double ignored = NAN; ///< class
};

double softplus(double z) { return std::log1p(std::exp(z)); }
double clipped(double p) { return std::clamp(p, 1e-7, 1 - 1e-7); }
double sum(const Numbers &x, const std::function<double(double)> &f) {
  double result = 0;
  for (double value : x)
    result += f(value);
  return result;
}

/// The mean of a loss of one output and its target.
RowLoss mean(const std::function<double(double z, double t)> &one) {
  return [=](const Numbers &z, const Numbers &t) {
    double total = 0;
    for (size_t i = 0; i < z.size(); ++i)
      total += one(z[i], t[i]) / z.size();
    return total;
  };
}

RowLoss huber(double delta) {
  return mean([=](double y, double t) {
    double e = std::abs(y - t);
    return e <= delta ? e * e / 2 : delta * (e - delta / 2);
  });
}

RowLoss binaryOfLogits(double smoothing) {
  return mean([=](double z, double t) {
    t = t * (1 - smoothing) + smoothing / 2;
    return t * softplus(-z) + (1 - t) * softplus(z);
  });
}

/// Of hard_sigmoid, which has no logits.
RowLoss binaryOfHardSigmoid(double smoothing) {
  return mean([=](double z, double t) {
    t = t * (1 - smoothing) + smoothing / 2;
    double p = clipped(std::clamp(0.2 * z + 0.5, 0.0, 1.0));
    return -t * std::log(p + 1e-7) - (1 - t) * std::log(1 - p + 1e-7);
  });
}

/// -sum t log p, with `p` made of the outputs; smoothed over the classes.
RowLoss crossEntropy(double smoothing, const std::function<Numbers(const Numbers &)> &probabilities) {
  return [=](const Numbers &z, const Numbers &t) {
    Numbers p = probabilities(z);
    double total = 0;
    for (size_t c = 0; c < z.size(); ++c) {
      double share = t.size() == 1 ? double(c) == t[0] : t[c];
      total -= (share * (1 - smoothing) + smoothing / z.size()) * std::log(p[c]);
    }
    return total;
  };
}

Numbers softmax(const Numbers &z) {
  double all = sum(z, [](double x) { return std::exp(x); });
  Numbers p;
  for (double x : z)
    p.push_back(std::exp(x) / all);
  return p;
}

/// softplus as probabilities: divided by their sum, then clipped; of sparse targets the other way round.
Numbers softplusShares(const Numbers &z) {
  Numbers p;
  for (double x : z)
    p.push_back(clipped(softplus(x) / sum(z, softplus)));
  return p;
}
Numbers softplusClasses(const Numbers &z) {
  Numbers p;
  for (double x : z)
    p.push_back(clipped(softplus(x)) / sum(z, [](double y) { return clipped(softplus(y)); }));
  return p;
}

const std::vector<Case> kCases = {
    {"MeanSquaredError", "tanh", Targets::Any, mean([](double z, double t) { return std::pow(std::tanh(z) - t, 2); })},
    {"MeanAbsoluteError", "linear", Targets::Any, mean([](double z, double t) { return std::abs(z - t); })},
    {"Huber", "linear", Targets::Any, huber(1)},
    {"Huber(delta=0.3)", "linear", Targets::Any, huber(0.3)},
    {"BinaryCrossentropy", "sigmoid", Targets::Shares, binaryOfLogits(0)},
    {"BinaryCrossentropy", "sigmoid", Targets::Shares, binaryOfLogits(0), 1},
    {"BinaryCrossentropy(from_logits=true)", "linear", Targets::Shares, binaryOfLogits(0)},
    // Keras takes the logits before a sigmoid once, whatever from_logits says (keras/backend.py, _get_logits).
    {"BinaryCrossentropy(from_logits=true)", "sigmoid", Targets::Shares, binaryOfLogits(0)},
    {"BinaryCrossentropy(label_smoothing=0.2)", "sigmoid", Targets::Shares, binaryOfLogits(0.2)},
    {"BinaryCrossentropy(from_logits=true, label_smoothing=0.2)", "linear", Targets::Shares, binaryOfLogits(0.2)},
    {"BinaryCrossentropy", "hard_sigmoid", Targets::Shares, binaryOfHardSigmoid(0)},
    {"BinaryCrossentropy(label_smoothing=0.2)", "hard_sigmoid", Targets::Shares, binaryOfHardSigmoid(0.2)},
    {"CategoricalCrossentropy", "softmax", Targets::Rows, crossEntropy(0, softmax)},
    {"CategoricalCrossentropy(from_logits=true)", "linear", Targets::Rows, crossEntropy(0, softmax)},
    {"CategoricalCrossentropy(from_logits=true)", "softmax", Targets::Rows, crossEntropy(0, softmax)},
    {"CategoricalCrossentropy(label_smoothing=0.3)", "softmax", Targets::Rows, crossEntropy(0.3, softmax)},
    {"CategoricalCrossentropy(from_logits=true, label_smoothing=0.3)", "linear", Targets::Rows, crossEntropy(0.3, softmax)},
    {"CategoricalCrossentropy", "softplus", Targets::Rows, crossEntropy(0, softplusShares)},
    {"CategoricalCrossentropy(label_smoothing=0.3)", "softplus", Targets::Rows, crossEntropy(0.3, softplusShares)},
    {"SparseCategoricalCrossentropy", "softmax", Targets::Classes, crossEntropy(0, softmax)},
    {"SparseCategoricalCrossentropy(from_logits=true)", "linear", Targets::Classes, crossEntropy(0, softmax)},
    {"SparseCategoricalCrossentropy", "softplus", Targets::Classes, crossEntropy(0, softplusClasses)},
    // Positions of the ignored class count in neither sum nor number.
    {"SparseCategoricalCrossentropy(ignore_class=1)", "softmax", Targets::Classes, crossEntropy(0, softmax), 3, false, 1},
    {"SparseCategoricalCrossentropy(ignore_class=1)", "softplus", Targets::Classes, crossEntropy(0, softplusClasses), 3, false, 1},
    {"SparseCategoricalCrossentropy(ignore_class=1, reduction=sum)", "softmax", Targets::Classes, crossEntropy(0, softmax), 3, true, 1},
    {"MeanSquaredError(reduction=sum)", "linear", Targets::Any, mean([](double z, double t) { return std::pow(z - t, 2); }), 3, true},
    {"MeanAbsoluteError(reduction=sum)", "linear", Targets::Any, mean([](double z, double t) { return std::abs(z - t); }), 3, true},
    {"Huber(reduction=sum)", "linear", Targets::Any, huber(1), 3, true},
    {"Huber(reduction=sum_over_batch_size)", "linear", Targets::Any, huber(1)},
    {"BinaryCrossentropy(reduction=sum, axis=-1)", "sigmoid", Targets::Shares, binaryOfLogits(0), 3, true},
    {"BinaryCrossentropy(reduction=sum)", "hard_sigmoid", Targets::Shares, binaryOfHardSigmoid(0), 3, true},
    {"CategoricalCrossentropy(reduction=sum, axis=-1)", "softmax", Targets::Rows, crossEntropy(0, softmax), 3, true},
    {"CategoricalCrossentropy(reduction=sum)", "softplus", Targets::Rows, crossEntropy(0, softplusShares), 3, true},
    {"SparseCategoricalCrossentropy(reduction=sum)", "softplus", Targets::Classes, crossEntropy(0, softplusClasses), 3, true},
};

Numbers targets(Targets kind, int64_t rows, int64_t outputs, double phase) {
  Numbers t = waves(rows * (kind == Targets::Classes ? 1 : outputs), phase);
  if (kind == Targets::Any)
    return t;
  for (double &x : t) // quarters from 0 to 1, or classes
    x = kind == Targets::Classes ? std::floor((x + 1) / 2.0001 * outputs) : std::round((x + 1) * 2) / 4;
  if (kind == Targets::Rows)
    for (int64_t row = 0; row < rows; ++row) {
      double *of = &t[row * outputs], rest = 1;
      for (int64_t c = 1; c < outputs; ++c)
        rest -= of[c] /= 4; // exact in f32
      of[0] = rest;
    }
  return t;
}

double expectedLoss(const Case &c, const DenseShape &shape, const Numbers &w, const Numbers &x, const Numbers &t) {
  Numbers z = shape.logits(w, x);
  size_t rows = z.size() / shape.outputs, width = t.size() / rows;
  double total = 0, count = 0;
  for (size_t row = 0; row < rows; ++row) {
    if (t[row * width] == c.ignored)
      continue;
    total += c.loss({&z[row * shape.outputs], &z[row * shape.outputs] + shape.outputs}, {&t[row * width], &t[row * width] + width});
    ++count;
  }
  return c.isSum ? total : total / count;
}

void check(const Case &c, int64_t positions) {
  SCOPED_TRACE(c.text + " of " + c.activation + ", " + std::to_string(positions) + " positions");
  const double kRate = c.isSum ? 0.05 : 0.25, kStep = 1e-5;
  DenseShape shape{.positions = positions, .outputs = c.outputs, .activation = c.activation};
  TrainedDense model(shape, "optimizer=SGD(" + std::to_string(kRate) + ") loss=" + c.text);
  Numbers w = waves(shape.parameters(), 0.5);
  model.setParameters(w);
  for (int step = 1; step <= 5; ++step) {
    int64_t batch = step % 3 + 1, rows = batch * positions;
    Numbers x = waves(rows * shape.inputs, step), t = targets(c.targets, rows, c.outputs, 10 + step), before = w;
    double loss = expectedLoss(c, shape, w, x, t);
    EXPECT_NEAR(model.step(x, t, batch), loss, 1e-5 * std::max(1.0, loss)) << "step " << step;
    for (size_t i = 0; i < w.size(); ++i) {
      Numbers above = before, below = before;
      above[i] += kStep;
      below[i] -= kStep;
      w[i] -= kRate * (expectedLoss(c, shape, above, x, t) - expectedLoss(c, shape, below, x, t)) / (2 * kStep);
    }
    Numbers actual = model.parameters();
    for (size_t i = 0; i < w.size(); ++i)
      ASSERT_NEAR(actual[i], w[i], 1e-5) << "parameter " << i << " after step " << step;
  }
}

TEST(LossNumbers, EveryLoss) {
  for (const Case &c : kCases)
    check(c, 1);
}

TEST(LossNumbers, OfSequences) {
  for (const Case &c : kCases)
    check(c, 4);
}

TEST(LossNumbers, NoneIsForgotten) {
  std::vector<std::string> texts;
  for (const Case &c : kCases)
    texts.push_back(c.text);
  expectAllNamed(nncc::frontend::ClassFamily::Loss, texts, {"name"});
}

} // namespace
