/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The instructions of AMX in C, for machines that have none, and a program that runs a compiled model's kernels on random
 * numbers and writes what comes out: the prediction of `predict`, and the gradients of `gradients`, as text.
 */
#include "nncc/ABI/Program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tile: 16 rows of 64 bytes. */
static float widen(uint16_t value) {
  uint32_t bits = (uint32_t)value << 16;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

void emulatedLoad(uint8_t *tile, uint16_t rows, uint16_t bytes, const uint8_t *from, int64_t stride) {
  memset(tile, 0, 1024);
  for (int r = 0; r < rows; ++r)
    memcpy(tile + 64 * r, from + stride * r, bytes);
}

void emulatedStore(const uint8_t *tile, uint16_t rows, uint16_t bytes, uint8_t *to, int64_t stride) {
  for (int r = 0; r < rows; ++r)
    memcpy(to + stride * r, tile + 64 * r, bytes);
}

void emulatedMultiply(uint8_t *sum, uint16_t rows, uint16_t columnBytes, uint16_t depthBytes, const uint8_t *a,
                      const uint8_t *b) {
  float *c = (float *)sum;
  const uint16_t *left = (const uint16_t *)a, *right = (const uint16_t *)b;
  for (int m = 0; m < rows; ++m)
    for (int k = 0; k < depthBytes / 4; ++k)
      for (int n = 0; n < columnBytes / 4; ++n)
        for (int pair = 0; pair < 2; ++pair)
          c[16 * m + n] += widen(left[32 * m + 2 * k + pair]) * widen(right[32 * k + 2 * n + pair]);
}

extern const nncc_program nncc_program_table;

static uint64_t state = 1;
static float draw(void) { /* [-1, 1) */
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (float)(int32_t)(state >> 32) / 2147483648.0f;
}
static void fill(float *values, int64_t count, float scale) {
  for (int64_t i = 0; i < count; ++i)
    values[i] = scale * draw();
}
static int64_t at(nncc_affine value, int64_t batch) { return value.fixed + value.per_sample * batch; }
static void print(const char *name, const float *values, int64_t count) {
  printf("%s", name);
  for (int64_t i = 0; i < count; ++i)
    printf(" %.9g", values[i]);
  printf("\n");
}

int main(void) {
  const nncc_program *program = &nncc_program_table;
  const int64_t batch = 3;
  float *parameters = aligned_alloc(64, (size_t)program->parameter_floats * 4);
  float *gradients = aligned_alloc(64, (size_t)program->trainable_floats * 4);
  fill(parameters, program->parameter_floats, 0.2f);
  memset(gradients, 0, (size_t)program->trainable_floats * 4);
  nncc_entry_kind kinds[] = {NNCC_ENTRY_PREDICT, NNCC_ENTRY_GRADIENTS};
  for (int i = 0; i < 2; ++i) {
    const nncc_entry *entry = program->entries[kinds[i]];
    uint8_t *arena = aligned_alloc(64, (size_t)((at(entry->arena_bytes, batch) + entry->worker_bytes + 63) / 64 * 64));
    memset(arena, 0, (size_t)at(entry->arena_bytes, batch));
    state = 7;
    fill((float *)(arena + at(entry->inputs[0].offset, batch)), at(entry->inputs[0].elements, batch), 1);
    if (at(entry->output_gradient.elements, batch))
      fill((float *)(arena + at(entry->output_gradient.offset, batch)), at(entry->output_gradient.elements, batch), 1);
    for (int64_t s = 0; s < entry->step_count; ++s) /* from the last one on: none repairs what the one before it wrote too far */
      for (int64_t unit = at(entry->steps[s].units, batch); unit-- > 0;)
        entry->steps[s].kernel(arena, parameters, gradients, NULL, batch, unit, unit + 1, 0);
    print("output", (float *)(arena + at(entry->output.offset, batch)), at(entry->output.elements, batch));
    free(arena);
  }
  for (int64_t v = 0; v < program->variable_count; ++v)
    print(program->variables[v].path, gradients + program->variables[v].offset, program->variables[v].elements);
  free(parameters);
  free(gradients);
  return 0;
}
