/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE
#include "nncc/Runtime/Core/Instance.h"

#include "nncc/Runtime/Core/Cpu.h"
#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Core/Memory.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* count * 4 bytes, or -1. */
static int64_t floatBytes(int64_t count) {
  int64_t bytes;
  return count < 0 || __builtin_mul_overflow(count, (int64_t)sizeof(float), &bytes) ? -1 : bytes;
}

static nncc_status checkProgram(const nncc_program *program, nncc_message *message) {
  if (!program)
    return NNCC_ERROR_ARGUMENT;
  if (program->abi_version != NNCC_ABI_VERSION) {
    nncc_message_append(message, "the compiled model has ABI version %u, this runtime needs %u; compile it again",
                        program->abi_version, NNCC_ABI_VERSION);
    return NNCC_ERROR_ABI;
  }
  for (int64_t i = 0; i < program->variable_count; ++i) {
    const nncc_variable *v = &program->variables[i];
    int64_t limit = v->trainable ? program->trainable_floats : program->parameter_floats;
    if (v->offset < 0 || v->elements < 0 || v->elements > limit || v->offset > limit - v->elements) {
      nncc_message_append(message, "the compiled model places variable '%s' outside its memory", v->path);
      return NNCC_ERROR_ABI;
    }
  }
  if (program->trainable_floats > program->parameter_floats || program->optimizer_slots < 0 ||
      program->optimizer_slots > 4) {
    nncc_message_append(message, "the compiled model's table contradicts itself");
    return NNCC_ERROR_ABI;
  }
  nncc_status status = nncc_cpu_check(program->cpu_features, message);
  if (status != NNCC_OK)
    nncc_message_append(message, ", which the model was compiled for; compile it for this one with -mcpu=");
  return status;
}

static int64_t stateBytes(const nncc_program *program) {
  int64_t floats;
  if (__builtin_mul_overflow(program->optimizer_slots, program->trainable_floats, &floats))
    return -1;
  return floatBytes(floats);
}

static int startsFromZero(const nncc_program *program) {
  for (int64_t slot = 0; slot < program->optimizer_slots; ++slot)
    if (program->optimizer_slot_initial[slot] != 0)
      return 0;
  return 1;
}

nncc_status nncc_instance_create(const nncc_program *program, int64_t threads, nncc_instance **result,
                                 nncc_message *message) {
  *result = NULL;
  nncc_status status = checkProgram(program, message);
  if (status != NNCC_OK)
    return status;
  nncc_instance *instance = calloc(1, sizeof *instance);
  if (!instance)
    return NNCC_ERROR_MEMORY;
  instance->program = program;
  int64_t parameters = floatBytes(program->parameter_floats), gradients = floatBytes(program->trainable_floats);
  int64_t state = stateBytes(program);
  if (parameters < 0 || gradients < 0 || state < 0 || !(instance->parameters = nncc_allocate((size_t)parameters)) ||
      !(instance->gradients = nncc_allocate((size_t)gradients)) || !(instance->state = nncc_allocate((size_t)state)))
    status = NNCC_ERROR_MEMORY;
  else
    status = nncc_pool_create(threads, &instance->pool);
  if (status != NNCC_OK) {
    nncc_message_append(message, "%s", nncc_status_string(status));
    nncc_instance_destroy(instance);
    return status;
  }
  /* Memory comes zeroed: who writes zeros there takes pages that are maybe never used, on one thread. */
  if (!startsFromZero(program))
    nncc_instance_reset_optimizer(instance);
  *result = instance;
  return NNCC_OK;
}

void nncc_instance_destroy(nncc_instance *instance) {
  if (!instance)
    return;
  const nncc_program *program = instance->program;
  nncc_pool_destroy(instance->pool);
  nncc_release(instance->parameters, (size_t)program->parameter_floats * sizeof(float));
  nncc_release(instance->gradients, (size_t)program->trainable_floats * sizeof(float));
  nncc_release(instance->state, (size_t)stateBytes(program));
  nncc_release(instance->arena, (size_t)instance->arena_bytes);
  for (int64_t i = 0; i < instance->class_count; ++i)
    free(instance->classes[i]);
  free(instance->classes);
  free(instance);
}

void nncc_instance_reset_optimizer(nncc_instance *instance) {
  const nncc_program *program = instance->program;
  for (int64_t slot = 0; slot < program->optimizer_slots; ++slot) {
    float *values = instance->state + slot * program->trainable_floats;
    float initial = (float)program->optimizer_slot_initial[slot];
    for (int64_t i = 0; i < program->trainable_floats; ++i)
      values[i] = initial;
  }
}

void nncc_instance_parameters_changed(nncc_instance *instance) { instance->kept_batch = 0; }

nncc_status nncc_instance_initialize(nncc_instance *instance, uint64_t seed, nncc_message *message) {
  nncc_instance_parameters_changed(instance);
  const nncc_program *program = instance->program;
  for (int64_t i = 0; i < program->variable_count; ++i) {
    const nncc_variable *v = &program->variables[i];
    nncc_status status = nncc_initialize(v, seed, instance->parameters + v->offset, message);
    if (status != NNCC_OK)
      return status;
  }
  return NNCC_OK;
}

const nncc_entry *nncc_instance_entry(const nncc_instance *instance, nncc_entry_kind kind) {
  return (unsigned)kind < NNCC_ENTRY_COUNT ? instance->program->entries[kind] : NULL;
}

/* Bytes of the arena with the workers' scratch behind it; -1 when that does not fit. */
static int64_t arenaBytes(const nncc_instance *instance, const nncc_entry *entry, int64_t batch) {
  int overflow = 0;
  int64_t bytes = nncc_affine_value(entry->arena_bytes, batch, &overflow), scratch;
  if (overflow || entry->worker_bytes < 0 ||
      __builtin_mul_overflow(entry->worker_bytes, nncc_pool_size(instance->pool), &scratch) ||
      __builtin_add_overflow(bytes, scratch, &bytes))
    return -1;
  return bytes < (int64_t)sizeof(nncc_scalars) ? (int64_t)sizeof(nncc_scalars) : bytes;
}

nncc_status nncc_reserve(nncc_instance *instance, nncc_entry_kind kind, int64_t batch) {
  const nncc_entry *entry = nncc_instance_entry(instance, kind);
  if (!entry)
    return NNCC_ERROR_NO_ENTRY;
  if (batch < 1)
    return NNCC_ERROR_ARGUMENT;
  int64_t bytes = arenaBytes(instance, entry, batch);
  if (bytes < 0)
    return NNCC_ERROR_MEMORY;
  if (bytes <= instance->arena_bytes)
    return NNCC_OK;
  nncc_release(instance->arena, (size_t)instance->arena_bytes);
  instance->arena_bytes = 0;
  instance->kept_batch = 0;
  instance->arena = nncc_allocate((size_t)bytes);
  if (!instance->arena)
    return NNCC_ERROR_MEMORY;
  instance->arena_bytes = bytes;
  return NNCC_OK;
}

nncc_scalars *nncc_instance_scalars(nncc_instance *instance) { return (nncc_scalars *)instance->arena; }

/* About what one thread does in the time that it takes to wake another one and to wait for it, 2 us. */
static int isSmall(const nncc_step *step, int64_t batch) {
  enum { flops = 150000, bytes = 60000 };
  int overflow = 0;
  int64_t work = nncc_affine_value(step->flops, batch, &overflow), moved = nncc_affine_value(step->bytes, batch, &overflow);
  return !overflow && work < flops && moved < bytes;
}

void nncc_run_step(nncc_instance *instance, const nncc_step *step, const nncc_frame *frame) {
  int overflow = 0;
  int64_t units = nncc_affine_value(step->units, frame->batch, &overflow);
  if (isSmall(step, frame->batch))
    nncc_pool_run_alone(step->kernel, frame, units);
  else
    nncc_pool_run(instance->pool, step->kernel, frame, units);
}

/* Seconds, monotonic. */
static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Is the entry there, and the arena large enough for it? */
static nncc_status checkReserved(const nncc_instance *instance, const nncc_entry *entry, int64_t batch) {
  if (!entry)
    return NNCC_ERROR_NO_ENTRY;
  int64_t bytes = batch < 1 ? -1 : arenaBytes(instance, entry, batch);
  return bytes < 0 || bytes > instance->arena_bytes ? NNCC_ERROR_ARGUMENT : NNCC_OK;
}

/* Steps [first, last) of a reserved entry, timed for who asks. */
static void runSteps(nncc_instance *instance, nncc_entry_kind kind, int64_t batch, int64_t first, int64_t last, int keeps) {
  const nncc_entry *entry = nncc_instance_entry(instance, kind);
  nncc_frame frame = {instance->arena, instance->parameters, instance->gradients, instance->state, batch};
  double *seconds = instance->timed_entry == (int64_t)kind ? instance->step_seconds : NULL, start = seconds ? now() : 0;
  for (int64_t i = first; i < last; ++i) {
    if (keeps && entry->steps[i].kept)
      continue;
    nncc_run_step(instance, &entry->steps[i], &frame);
    if (seconds) {
      double end = now();
      seconds[i] += end - start;
      start = end;
    }
  }
}

nncc_status nncc_run_part(nncc_instance *instance, nncc_entry_kind kind, int64_t batch, int64_t first, int64_t last) {
  const nncc_entry *entry = nncc_instance_entry(instance, kind);
  nncc_status status = checkReserved(instance, entry, batch);
  if (status != NNCC_OK)
    return status;
  if (first < 0 || last < first || last > entry->step_count)
    return NNCC_ERROR_ARGUMENT;
  instance->kept_batch = 0;
  runSteps(instance, kind, batch, first, last, 0);
  return NNCC_OK;
}

nncc_status nncc_run(nncc_instance *instance, nncc_entry_kind kind, int64_t batch) {
  const nncc_entry *entry = nncc_instance_entry(instance, kind);
  nncc_status status = checkReserved(instance, entry, batch);
  if (status != NNCC_OK)
    return status;
  runSteps(instance, kind, batch, 0, entry->step_count, instance->kept_batch == batch && instance->kept_entry == (int64_t)kind);
  /* Another entry may have changed parameters, and has used the arena for itself. */
  instance->kept_entry = kind;
  instance->kept_batch = kind == NNCC_ENTRY_PREDICT || kind == NNCC_ENTRY_EVALUATE ? batch : 0;
  return NNCC_OK;
}

float *nncc_region_data(const nncc_instance *instance, const nncc_region *region, int64_t batch) {
  return (float *)(instance->arena + region->offset.fixed + region->offset.per_sample * batch);
}

int64_t nncc_region_elements(const nncc_region *region, int64_t batch) {
  return region->elements.fixed + region->elements.per_sample * batch;
}

void nncc_copy_in(nncc_instance *instance, const nncc_region *region, int64_t batch, const float *values) {
  memcpy(nncc_region_data(instance, region, batch), values,
         (size_t)nncc_region_elements(region, batch) * sizeof(float));
}

void nncc_copy_out(const nncc_instance *instance, const nncc_region *region, int64_t batch, float *values) {
  memcpy(values, nncc_region_data(instance, region, batch),
         (size_t)nncc_region_elements(region, batch) * sizeof(float));
}
