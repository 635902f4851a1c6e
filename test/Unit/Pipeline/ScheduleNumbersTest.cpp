// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every learning rate schedule against Keras' formulas (keras/optimizers/schedules/learning_rate_schedule.py) in f64, over 30 steps.
#include "Command.h"
#include "Pipeline/TrainedDense.h"
#include "nncc/Runtime/Core/Initializers.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace nncc::test;

namespace {

struct Case {
  std::string text;
  double (*rate)(double step);
};

double cosine(double initial, double alpha, double part) {
  return initial * (alpha + (1 - alpha) * (1 + std::cos(M_PI * std::min(part, 1.0))) / 2);
}

const std::vector<Case> kCases = {
    {"ExponentialDecay(initial_learning_rate=0.1, decay_steps=7, decay_rate=0.5)", [](double s) { return 0.1 * std::pow(0.5, s / 7); }},
    {"ExponentialDecay(0.1, 7, 0.5, staircase=true)", [](double s) { return 0.1 * std::pow(0.5, int(s) / 7); }},
    {"InverseTimeDecay(initial_learning_rate=0.1, decay_steps=7, decay_rate=0.5)", [](double s) { return 0.1 / (1 + s / 14); }},
    {"InverseTimeDecay(0.1, 7, 0.5, staircase=true)", [](double s) { return 0.1 / (1 + 0.5 * (int(s) / 7)); }},
    {"PolynomialDecay(initial_learning_rate=0.1, decay_steps=7)", [](double s) { return s >= 7 ? 1e-4 : 0.1 + (1e-4 - 0.1) * s / 7; }},
    {"PolynomialDecay(0.1, 7, end_learning_rate=0.02, power=2)", [](double s) { return 0.02 + (s >= 7 ? 0 : 0.08 * (7 - s) * (7 - s) / 49); }},
    // The slope ends at the next multiple of 7 at or behind the step.
    {"PolynomialDecay(0.1, 7, end_learning_rate=0.02, cycle=true)",
     [](double s) {
       int end = 7;
       while (end < s)
         end += 7;
       return 0.1 - 0.08 * s / end;
     }},
    {"CosineDecay(initial_learning_rate=0.1, decay_steps=20)", [](double s) { return cosine(0.1, 0, s / 20); }},
    {"CosineDecay(0.1, 20, alpha=0.3)", [](double s) { return cosine(0.1, 0.3, s / 20); }},
    {"CosineDecay(0.1, 20, alpha=0.3, warmup_target=0.5, warmup_steps=4)",
     [](double s) { return s < 4 ? 0.1 + 0.1 * s : cosine(0.5, 0.3, (s - 4) / 20); }},
    {"CosineDecay(0.1, 20, warmup_target=0.5, warmup_steps=0)", [](double s) { return cosine(0.5, 0, s / 20); }},
    {"CosineDecay(0.1, 20, warmup_steps=4)", [](double s) { return cosine(0.1, 0, s / 20); }}, // no target, no warm-up
    {"PiecewiseConstantDecay(boundaries=[5, 11], values=[0.3, 0.2, 0.05])", [](double s) { return s <= 5 ? 0.3 : s <= 11 ? 0.2 : 0.05; }},
};

TEST(ScheduleNumbers, EverySchedule) {
  for (const Case &c : kCases) {
    SCOPED_TRACE(c.text);
    Facts facts(DenseShape().text("loss=MeanSquaredError optimizer=SGD(" + c.text + ")"));
    for (int step = 0; step <= 30; ++step)
      EXPECT_NEAR(nncc::runtime::scheduledRate(facts.program().training.schedule, NAN, step), c.rate(step), 1e-12) << "step " << step;
  }
}

TEST(ScheduleNumbers, NoneIsForgotten) {
  std::vector<std::string> texts;
  for (const Case &c : kCases)
    texts.push_back(c.text);
  expectAllNamed(nncc::frontend::ClassFamily::Schedule, texts);
}

} // namespace
