// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every constraint with every argument against Keras' formulas (keras/constraints.py), written out in f64: six steps of two
// optimizers under the mean squared error, each followed by the constraints of kernel and bias.
#include "Pipeline/TrainedDense.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <functional>

using namespace nncc::test;

namespace {

constexpr int kSteps = 6;
constexpr double kEpsilon = 1e-7, kRate = 0.1, kDecay = 0.05;

/// What is done to a variable [rows, columns]; a bias has one column.
using Rule = std::function<void(Numbers &w, int64_t rows, int64_t columns)>;

enum class Over { Rows, Columns, All };

/// `change` of each element and the norm over what it shares its row, its column or all with.
Rule ofNorms(Over over, std::function<double(double w, double norm)> change) {
  return [=](Numbers &w, int64_t, int64_t columns) {
    auto shares = [=](int64_t i, int64_t j) {
      return over == Over::All || (over == Over::Rows ? i / columns == j / columns : i % columns == j % columns);
    };
    Numbers result;
    for (size_t i = 0; i < w.size(); ++i) {
      double squares = 0;
      for (size_t j = 0; j < w.size(); ++j)
        squares += shares(i, j) ? w[j] * w[j] : 0;
      result.push_back(change(w[i], std::sqrt(squares)));
    }
    w = result;
  };
}

Rule limited(Over over, double least, double most, double rate = 1) {
  return ofNorms(over, [=](double w, double norm) {
    double desired = rate * std::clamp(norm, least, most) + (1 - rate) * norm;
    return w * desired / (kEpsilon + norm);
  });
}

Rule unit(Over over) {
  return ofNorms(over, [](double w, double norm) { return w / (kEpsilon + norm); });
}

void nonNegative(Numbers &w, int64_t, int64_t) {
  for (double &x : w)
    x = std::max(x, 0.0);
}

void free(Numbers &, int64_t, int64_t) {}

/// Of a window of 3x3: the edge becomes what is in the centre, the centre what is in the corner in front.
void radial(Numbers &w, int64_t rows, int64_t columns) {
  const int64_t channels = rows / 9 * columns;
  const Numbers old = w;
  for (int64_t place = 0; place < 9; ++place)
    for (int64_t i = 0; i < channels; ++i)
      w[place * channels + i] = old[(place == 4 ? 0 : 4) * channels + i];
}

struct Case {
  std::string kernel;
  Rule rule;
  std::string bias = "none";
  Rule biasRule = free;
  int64_t window = 0;
};

const std::vector<Case> kCases = {
    {"MaxNorm", limited(Over::Columns, 0, 2), "NonNeg", nonNegative},
    {"MaxNorm(max_value=0.5)", limited(Over::Columns, 0, 0.5), "max_norm(0.25)", limited(Over::Columns, 0, 0.25)},
    {"MaxNorm(max_value=0.5, axis=1)", limited(Over::Rows, 0, 0.5)},
    {"MaxNorm(max_value=0.5, axis=[1, 0])", limited(Over::All, 0, 0.5), "UnitNorm(axis=-1)", unit(Over::Columns)},
    {"MinMaxNorm", limited(Over::Columns, 0, 1), "min_max_norm(0.5)", limited(Over::Columns, 0.5, 1)},
    {"MinMaxNorm(min_value=0.6, max_value=0.9, rate=0.3, axis=-1)", limited(Over::Rows, 0.6, 0.9, 0.3)},
    {"MinMaxNorm(min_value=0.6, max_value=0.2)", limited(Over::Columns, 0.6, 0.6)},
    {"UnitNorm", unit(Over::Columns)},
    {"UnitNorm(axis=none)", unit(Over::All)},
    {"NonNeg()", nonNegative},
    {"none", free, "NonNeg", nonNegative},
    {"RadialConstraint", radial, "none", free, 3},
};

double meanSquare(const Numbers &y, const Numbers &t) {
  double sum = 0;
  for (size_t i = 0; i < y.size(); ++i)
    sum += (y[i] - t[i]) * (y[i] - t[i]);
  return sum / y.size();
}

/// One element's update: the weight decay first.
using Update = std::function<void(double &w, double g, double *slot, int step)>;

void sgd(double &w, double g, double *slot, int) {
  w -= w * kDecay * kRate;
  slot[0] = 0.9 * slot[0] - kRate * g;
  w += slot[0];
}

void adam(double &w, double g, double *slot, int step) {
  slot[0] += (g - slot[0]) * (1 - 0.9);
  slot[1] += (g * g - slot[1]) * (1 - 0.999);
  double rate = kRate * std::sqrt(1 - std::pow(0.999, step)) / (1 - std::pow(0.9, step));
  w -= rate * slot[0] / (std::sqrt(slot[1]) + kEpsilon);
}

void check(const Case &constraint, const std::string &optimizer, const Update &update) {
  SCOPED_TRACE(constraint.kernel + ", bias " + constraint.bias + ", " + optimizer);
  std::string more = ", kernel_constraint=" + constraint.kernel + ", bias_constraint=" + constraint.bias;
  DenseShape shape;
  shape.inputs = constraint.window != 0 ? constraint.window * constraint.window * 2 : 5;
  shape.more = more.c_str();
  shape.window = constraint.window;
  TrainedDense model(shape, "loss=MeanSquaredError optimizer=" + optimizer);
  Numbers all = waves(shape.parameters(), 0.5);
  model.setParameters(all);
  std::vector<Numbers> slots(all.size(), Numbers(2));
  for (int step = 1; step <= kSteps; ++step) {
    int64_t batch = step % 3 + 1;
    Numbers x = waves(batch * shape.inputs, step), t = waves(batch * shape.outputs, 10 + step);
    Numbers y = shape.logits(all, x);
    ASSERT_NEAR(model.step(x, t, batch), meanSquare(y, t), 2e-5) << "loss of step " << step;

    std::vector<Numbers> g = shape.meanSquareGradients(y, x, t), variables;
    size_t at = 0;
    for (const Numbers &one : g) {
      Numbers &w = variables.emplace_back();
      for (double each : one) {
        w.push_back(all[at]);
        update(w.back(), each, slots[at++].data(), step);
      }
    }
    constraint.rule(variables[0], shape.inputs, shape.outputs);
    constraint.biasRule(variables[1], shape.outputs, 1);
    all = variables[0];
    all.insert(all.end(), variables[1].begin(), variables[1].end());
    Numbers actual = model.parameters();
    for (size_t i = 0; i < all.size(); ++i)
      ASSERT_NEAR(actual[i], all[i], 2e-5) << "parameter " << i << " after step " << step;
  }
}

TEST(ConstraintNumbers, EveryConstraint) {
  for (const Case &constraint : kCases) {
    check(constraint, "SGD(0.1, momentum=0.9, weight_decay=0.05)", sgd);
    check(constraint, "Adam(0.1)", adam);
  }
}

TEST(ConstraintNumbers, NoneIsForgotten) {
  std::vector<std::string> texts;
  for (const Case &constraint : kCases)
    texts.push_back(constraint.kernel);
  expectAllNamed(nncc::frontend::ClassFamily::Constraint, texts);
}

} // namespace
