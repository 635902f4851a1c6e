// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Learning rate schedules, as Keras 2.15's (keras/optimizers/schedules/learning_rate_schedule.py).
#include "Command.h"

#include "nncc/Runtime/Core/Initializers.h"
#include <cmath>
#include <cstring>

namespace nncc::runtime {

static const nncc_argument *find(const nncc_call &call, const char *name) {
  for (int64_t i = 0; i < call.argument_count; ++i)
    if (strcmp(call.arguments[i].name, name) == 0)
      return &call.arguments[i];
  return nullptr;
}

double scheduledRate(const nncc_call &schedule, double constant, int64_t step) {
  if (!schedule.name)
    return constant;
  auto number = [&](const char *name, double otherwise) { return nncc_call_number(&schedule, name, otherwise); };
  double initial = number("initial_learning_rate", constant), at = static_cast<double>(step);
  double steps = number("decay_steps", 1);
  std::string name = schedule.name;
  if (name == "ExponentialDecay") {
    double p = at / steps;
    return initial * std::pow(number("decay_rate", 1), number("staircase", 0) != 0 ? std::floor(p) : p);
  }
  if (name == "InverseTimeDecay") {
    double p = at / steps;
    return initial / (1 + number("decay_rate", 0) * (number("staircase", 0) != 0 ? std::floor(p) : p));
  }
  if (name == "PolynomialDecay") {
    double end = number("end_learning_rate", 0.0001), length = steps;
    if (number("cycle", 0) != 0)
      length = steps * (at == 0 ? 1 : std::ceil(at / steps));
    else
      at = std::fmin(at, steps);
    return (initial - end) * std::pow(1 - at / length, number("power", 1)) + end;
  }
  if (name == "CosineDecay") {
    double warmup = number("warmup_steps", 0), target = number("warmup_target", NAN), alpha = number("alpha", 0);
    if (!std::isnan(target)) {
      if (at < warmup)
        return initial + (target - initial) * at / warmup;
      initial = target;
      at -= warmup;
    }
    double cosine = 0.5 * (1 + std::cos(3.14159265358979323846 * std::fmin(at, steps) / steps));
    return initial * ((1 - alpha) * cosine + alpha);
  }
  if (name == "PiecewiseConstantDecay") {
    const nncc_argument *boundaries = find(schedule, "boundaries"), *values = find(schedule, "values");
    if (boundaries && values && values->count == boundaries->count + 1) {
      int64_t i = 0;
      while (i < boundaries->count && at > boundaries->list[i])
        ++i;
      return values->list[i];
    }
  }
  fail(exitBadInput, "the learning rate schedule %s is not supported", schedule.name);
}

} // namespace nncc::runtime
