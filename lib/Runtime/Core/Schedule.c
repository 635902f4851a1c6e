/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "nncc/Runtime/Core/Schedule.h"

#include "nncc/Runtime/Core/Initializers.h"
#include <math.h>
#include <string.h>

static double number(const nncc_call *call, const char *name, double otherwise) { return nncc_call_number(call, name, otherwise); }

/* `at` in units of decay_steps, whole ones with staircase. */
static double periods(const nncc_call *s, double at) {
  double p = at / number(s, "decay_steps", 1);
  return number(s, "staircase", 0) != 0 ? floor(p) : p;
}

static double polynomial(const nncc_call *s, double initial, double at) {
  double end = number(s, "end_learning_rate", 0.0001), steps = number(s, "decay_steps", 1), length = steps;
  if (number(s, "cycle", 0) != 0)
    length = steps * (at == 0 ? 1 : ceil(at / steps));
  else
    at = fmin(at, steps);
  return (initial - end) * pow(1 - at / length, number(s, "power", 1)) + end;
}

static double cosine(const nncc_call *s, double initial, double at) {
  double warmup = number(s, "warmup_steps", 0), target = number(s, "warmup_target", NAN), alpha = number(s, "alpha", 0);
  double steps = number(s, "decay_steps", 1);
  if (!isnan(target)) {
    if (at < warmup)
      return initial + (target - initial) * at / warmup;
    initial = target;
    at -= warmup;
  }
  double wave = 0.5 * (1 + cos(3.14159265358979323846 * fmin(at, steps) / steps));
  return initial * ((1 - alpha) * wave + alpha);
}

nncc_status nncc_scheduled_rate(const nncc_call *s, double constant, int64_t step, double *rate) {
  *rate = constant;
  if (!s->name)
    return NNCC_OK;
  double initial = number(s, "initial_learning_rate", constant), at = (double)step;
  if (strcmp(s->name, "ExponentialDecay") == 0) {
    *rate = initial * pow(number(s, "decay_rate", 1), periods(s, at));
  } else if (strcmp(s->name, "InverseTimeDecay") == 0) {
    *rate = initial / (1 + number(s, "decay_rate", 0) * periods(s, at));
  } else if (strcmp(s->name, "PolynomialDecay") == 0) {
    *rate = polynomial(s, initial, at);
  } else if (strcmp(s->name, "CosineDecay") == 0) {
    *rate = cosine(s, initial, at);
  } else if (strcmp(s->name, "PiecewiseConstantDecay") == 0) {
    const nncc_argument *boundaries = nncc_call_list(s, "boundaries"), *values = nncc_call_list(s, "values");
    int64_t count = boundaries ? boundaries->count : 0, i = 0;
    if (!values || values->count != count + 1)
      return NNCC_ERROR_UNSUPPORTED;
    while (i < count && at > boundaries->list[i])
      ++i;
    *rate = values->list[i];
  } else {
    return NNCC_ERROR_UNSUPPORTED;
  }
  return NNCC_OK;
}
