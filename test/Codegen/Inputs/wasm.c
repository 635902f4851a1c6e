/*
 * Runs the model's predict entry by the table alone, as a runtime of one's own would; for this machine and for WebAssembly.
 */
#include "nncc/ABI/Program.h"

extern const nncc_program nncc_program_table;

static _Alignas(NNCC_ALIGNMENT) uint8_t arena[1 << 16];
static _Alignas(NNCC_ALIGNMENT) float parameters[1 << 12];
static const float *output;

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name)))
#else
#define EXPORT(name)
#endif

/* The number of outputs; -1 where memory does not suffice. */
EXPORT(predict) int predict(void) {
  const nncc_program *program = &nncc_program_table;
  const nncc_entry *entry = program->entries[NNCC_ENTRY_PREDICT];
  if (entry->arena_bytes.fixed + entry->arena_bytes.per_sample + entry->worker_bytes > (int64_t)sizeof arena ||
      program->parameter_floats * sizeof(float) > sizeof parameters)
    return -1;
  for (int64_t v = 0; v < program->variable_count; ++v)
    for (int64_t i = 0; i < program->variables[v].elements; ++i)
      parameters[program->variables[v].offset + i] = (float)(i % 5) * 0.125f - 0.25f;
  float *input = (float *)(arena + entry->inputs[0].offset.fixed + entry->inputs[0].offset.per_sample);
  for (int64_t i = 0; i < program->inputs[0].elements; ++i)
    input[i] = (float)(i % 7) - 3;
  for (int64_t s = 0; s < entry->step_count; ++s)
    entry->steps[s].kernel(arena, parameters, 0, 0, 1, 0, entry->steps[s].units.fixed + entry->steps[s].units.per_sample, 0);
  output = (const float *)(arena + entry->output.offset.fixed + entry->output.offset.per_sample);
  return (int)program->output.elements;
}

EXPORT(at) float at(int index) { return output[index]; }

#ifndef __wasm__
#include <stdio.h>

int main(void) {
  int count = predict();
  for (int i = 0; i < count; ++i)
    printf("%.9g\n", at(i));
  return count < 0;
}
#endif
