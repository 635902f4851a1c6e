/* Trains in a C program, on series that it makes itself, and saves the weights. */
#include "waves.h"
#include <math.h>
#include <stdio.h>

enum { batch = 32, steps = WAVES_INPUT_ELEMENTS / 2 };

static unsigned state = 1;
/* In [0, 1). */
static float draw(void) { return (float)((state = state * 1664525u + 1013904223u) >> 8) / (1 << 24); }

/* A wave of one of four kinds (sine, square, saw, none) in both channels, with noise. */
static float make(float *series) {
  const int kind = (int)(4 * draw());
  const float frequency = 0.05f + 0.15f * draw();
  for (int t = 0; t < steps; t++) {
    const float phase = frequency * (float)t, sine = sinf(6.2831853f * phase);
    const float wave = kind == 0 ? sine : kind == 1 ? (sine > 0 ? 1.0f : -1.0f) : kind == 2 ? 2 * (phase - floorf(phase)) - 1 : 0;
    series[2 * t] = wave + 0.2f * (draw() - 0.5f);
    series[2 * t + 1] = -wave + 0.2f * (draw() - 0.5f);
  }
  return (float)kind;
}

int main(void) {
  static float series[batch][WAVES_INPUT_ELEMENTS], labels[batch];
  waves *model;
  waves_options options = {0};
  options.max_batch = batch;
  waves_status status = waves_create(&model, &options);
  for (int step = 0; step < 600 && status == WAVES_OK; step++) {
    float loss;
    for (int i = 0; i < batch; i++)
      labels[i] = make(series[i]);
    status = waves_train_step(model, series[0], labels, batch, &loss);
    if (step % 100 == 99)
      printf("step %d: loss %.3f\n", step + 1, loss);
  }
  if (status == WAVES_OK)
    status = waves_save(model, "waves.safetensors");
  if (status != WAVES_OK)
    fprintf(stderr, "%s: %s\n", waves_status_string(status), waves_last_error(model));
  waves_destroy(model);
  return status != WAVES_OK;
}
