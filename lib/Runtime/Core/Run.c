/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The arena of an instance, and the runs in it. */
#define _GNU_SOURCE
#include "nncc/Runtime/Core/Instance.h"

#include "nncc/Runtime/Core/Memory.h"
#include <string.h>
#include <time.h>

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
  if (instance->max_batch && batch > instance->max_batch)
    return NNCC_ERROR_BATCH;
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

nncc_status nncc_reserve_all(nncc_instance *instance, int64_t max_batch) {
  nncc_status status = NNCC_OK;
  for (int kind = 0; kind < NNCC_ENTRY_COUNT && status == NNCC_OK; ++kind)
    if (instance->program->entries[kind])
      status = nncc_reserve(instance, (nncc_entry_kind)kind, max_batch);
  if (status == NNCC_OK)
    instance->max_batch = max_batch;
  return status;
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
