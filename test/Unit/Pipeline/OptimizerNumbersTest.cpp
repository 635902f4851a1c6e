// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every optimizer with every argument against Keras' formulas (keras/optimizers), written out in f64: six steps on a dense layer
// under the mean squared error, whose gradient is worked here too.
#include "Pipeline/TrainedDense.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <functional>

using namespace nncc::test;

namespace {

constexpr DenseShape kShape;
constexpr int kSteps = 6;

/// What a rule sees of one element: the parameter, its clipped gradient, what the optimizer remembers of it.
struct Element {
  double &w, g, *slot;
};
/// The step counts from 1; the kernel is variable 0, the bias 1.
struct Moment {
  double rate;
  int step, variable;
  double &product; ///< Nadam's, after this variable
};
using Rule = std::function<void(Element, Moment)>;

Rule sgd(double momentum, bool nesterov) {
  return [=](Element e, Moment now) {
    double &m = e.slot[0];
    m = momentum * m - now.rate * e.g;
    e.w += nesterov ? momentum * m - now.rate * e.g : m;
  };
}

Rule adam(double beta1, double beta2, double epsilon, bool amsgrad) {
  return [=](Element e, Moment now) {
    double &m = e.slot[0], &v = e.slot[1], &largest = e.slot[2];
    m = beta1 * m + (1 - beta1) * e.g;
    v = beta2 * v + (1 - beta2) * e.g * e.g;
    largest = std::max(largest, v);
    double rate = now.rate * std::sqrt(1 - std::pow(beta2, now.step)) / (1 - std::pow(beta1, now.step));
    e.w -= rate * m / (std::sqrt(amsgrad ? largest : v) + epsilon);
  };
}

double nadamShare(double beta1, int step) { return beta1 * (1 - 0.5 * std::pow(0.96, step)); }

Rule nadam(double beta1, double beta2, double epsilon) {
  return [=](Element e, Moment now) {
    double &m = e.slot[0], &v = e.slot[1], share = nadamShare(beta1, now.step), next = nadamShare(beta1, now.step + 1);
    m = beta1 * m + (1 - beta1) * e.g;
    v = beta2 * v + (1 - beta2) * e.g * e.g;
    double first = next * m / (1 - now.product * next) + (1 - share) * e.g / (1 - now.product);
    e.w -= now.rate * first / (std::sqrt(v / (1 - std::pow(beta2, now.step))) + epsilon);
  };
}

Rule rmsprop(double rho, double momentum, double epsilon, bool centered) {
  return [=](Element e, Moment now) {
    double &square = e.slot[0], &mean = e.slot[1], &m = e.slot[2];
    square = rho * square + (1 - rho) * e.g * e.g;
    mean = rho * mean + (1 - rho) * e.g;
    m = momentum * m + now.rate * e.g / std::sqrt(square - (centered ? mean * mean : 0) + epsilon);
    e.w -= m;
  };
}

Rule adagrad(double initial, double epsilon) {
  return [=](Element e, Moment now) {
    double &sum = e.slot[0];
    sum += e.g * e.g + (now.step == 1 ? initial : 0);
    e.w -= now.rate * e.g / std::sqrt(sum + epsilon);
  };
}

Rule adadelta(double rho, double epsilon) {
  return [=](Element e, Moment now) {
    double &squares = e.slot[0], &moves = e.slot[1];
    squares = rho * squares + (1 - rho) * e.g * e.g;
    double move = e.g * std::sqrt(moves + epsilon) / std::sqrt(squares + epsilon);
    moves = rho * moves + (1 - rho) * move * move;
    e.w -= now.rate * move;
  };
}

double constantRate(int) { return 0.1; }

/// A use of an optimizer without its closing bracket, and what it does. What all optimizers have is tried with each `alone`.
struct Case {
  std::string text;
  Rule rule;
  double decay = 0, nadamBeta = 0;
  double (*rate)(int step) = constantRate;
};

const std::vector<Case> kCases = {
    {"SGD(learning_rate=0.1", sgd(0, false)},
    {"SGD(learning_rate=0.1, momentum=0.9", sgd(0.9, false)},
    {"SGD(learning_rate=0.1, momentum=0.8, nesterov=true", sgd(0.8, true)},
    {"SGD(learning_rate=0.1, nesterov=true", sgd(0, false)},
    {"SGD(ExponentialDecay(0.1, 2, 0.5), momentum=0.9", sgd(0.9, false), 0, 0, [](int step) { return 0.1 * std::pow(0.5, (step - 1) / 2.0); }},
    {"Adam(learning_rate=0.1", adam(0.9, 0.999, 1e-7, false)},
    {"Adam(learning_rate=0.1, beta_1=0.5, beta_2=0.6, epsilon=0.01, amsgrad=true", adam(0.5, 0.6, 0.01, true)},
    {"Adam(PiecewiseConstantDecay([1, 3], [0.1, 0.02, 0.3])", adam(0.9, 0.999, 1e-7, false), 0, 0,
     [](int step) { return step <= 2 ? 0.1 : step <= 4 ? 0.02 : 0.3; }},
    {"AdamW(learning_rate=0.1", adam(0.9, 0.999, 1e-7, false), 0.004},
    {"AdamW(learning_rate=0.1, beta_1=0.5, beta_2=0.6, epsilon=0.01, amsgrad=true", adam(0.5, 0.6, 0.01, true), 0.004},
    {"RMSprop(learning_rate=0.1", rmsprop(0.9, 0, 1e-7, false)},
    {"RMSprop(learning_rate=0.1, rho=0.7, epsilon=0.01, momentum=0.5", rmsprop(0.7, 0.5, 0.01, false)},
    {"RMSprop(learning_rate=0.1, rho=0.7, epsilon=0.01, centered=true", rmsprop(0.7, 0, 0.01, true)},
    {"RMSprop(learning_rate=0.1, rho=0.7, epsilon=0.01, momentum=0.5, centered=true", rmsprop(0.7, 0.5, 0.01, true)},
    {"Adagrad(learning_rate=0.1", adagrad(0.1, 1e-7)},
    {"Adagrad(learning_rate=0.1, initial_accumulator_value=0.02, epsilon=0.01", adagrad(0.02, 0.01)},
    {"Adadelta(learning_rate=0.1", adadelta(0.95, 1e-7)},
    {"Adadelta(learning_rate=0.1, rho=0.7, epsilon=0.01", adadelta(0.7, 0.01)},
    {"Nadam(learning_rate=0.1", nadam(0.9, 0.999, 1e-7), 0, 0.9},
    {"Nadam(learning_rate=0.1, beta_1=0.5, beta_2=0.6, epsilon=0.01", nadam(0.5, 0.6, 0.01), 0, 0.5},
};

/// What every optimizer takes. Keras clips first, then decays, then updates (keras/optimizers/optimizer.py, apply_gradients).
struct Extra {
  std::string text;
  double decay = 0, clipNorm = 0, clipValue = 0, globalNorm = 0;
};

const std::vector<Extra> kExtras = {
    {""},
    {", weight_decay=0.3", 0.3},
    {", clipnorm=0.2", 0, 0.2},
    {", clipvalue=0.1", 0, 0, 0.1},
    {", global_clipnorm=0.2, weight_decay=0.1", 0.1, 0, 0, 0.2},
    {", clipnorm=0.2, clipvalue=0.001", 0, 0.2}, // the norm alone counts
};

double norm(const Numbers &g) {
  double sum = 0;
  for (double x : g)
    sum += x * x;
  return std::sqrt(sum);
}

void scale(Numbers &g, double factor) {
  for (double &x : g)
    x *= factor;
}

void clip(std::vector<Numbers> &g, const Extra &extra) {
  double all = std::hypot(norm(g[0]), norm(g[1]));
  for (Numbers &one : g) {
    if (extra.clipNorm > 0)
      scale(one, std::min(1.0, extra.clipNorm / norm(one)));
    if (extra.globalNorm > 0)
      scale(one, std::min(1.0, extra.globalNorm / all));
    if (extra.clipValue > 0)
      for (double &x : one)
        x = std::clamp(x, -extra.clipValue, extra.clipValue);
  }
}

void check(const Case &optimizer, const Extra &extra) {
  std::string text = optimizer.text + extra.text + ")";
  SCOPED_TRACE(text);
  TrainedDense model(kShape, "loss=MeanSquaredError optimizer=" + text);
  Numbers w = waves(kShape.parameters(), 0.5);
  model.setParameters(w);
  std::vector<Numbers> slots(w.size(), Numbers(3));
  double product = 1, decay = extra.decay > 0 ? extra.decay : optimizer.decay;
  for (int step = 1; step <= kSteps; ++step) {
    int64_t batch = step % 3 + 1;
    Numbers x = waves(batch * 2, step), t = waves(batch * 3, 10 + step);
    model.step(x, t, batch);

    std::vector<Numbers> g = kShape.meanSquareGradients(kShape.logits(w, x), x, t);
    clip(g, extra);
    double rate = optimizer.rate(step);
    for (int variable = 0, at = 0; variable < 2; ++variable) {
      // The counter that should keep Keras from entering the factor once for each variable does so in one step only:
      // keras/optimizers/nadam.py, get_cached_u_product, with two variables.
      if (step != 2 + variable)
        product *= nadamShare(optimizer.nadamBeta, step);
      for (double one : g[variable]) {
        w[at] -= w[at] * decay * rate;
        optimizer.rule({w[at], one, slots[at].data()}, {rate, step, variable, product});
        ++at;
      }
    }
    Numbers actual = model.parameters();
    for (size_t i = 0; i < w.size(); ++i)
      ASSERT_NEAR(actual[i], w[i], 2e-5) << "parameter " << i << " after step " << step;
  }
}

TEST(OptimizerNumbers, EveryOptimizer) {
  for (const Case &optimizer : kCases)
    check(optimizer, {});
}

TEST(OptimizerNumbers, WhatEveryOptimizerTakes) {
  std::string last;
  for (const Case &optimizer : kCases) {
    std::string name = optimizer.text.substr(0, optimizer.text.find('('));
    if (name != last)
      for (const Extra &extra : kExtras)
        check(optimizer, extra);
    last = name;
  }
}

TEST(OptimizerNumbers, NoneIsForgotten) {
  std::vector<std::string> texts;
  for (const Case &optimizer : kCases)
    for (const Extra &extra : kExtras)
      texts.push_back(optimizer.text + extra.text);
  expectAllNamed(nncc::frontend::ClassFamily::Optimizer, texts, {"name", "jit_compile", "use_ema", "ema_momentum", "ema_overwrite_frequency"});
}

} // namespace
