/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The memory of an instance, allocated or laid out in the caller's, and what stands in it at first. */
#include "nncc/Runtime/Core/Instance.h"

#include "nncc/Runtime/Core/Cpu.h"
#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Core/Memory.h"
#include <stdlib.h>
#include <string.h>

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

static int startsFromZero(const nncc_program *program) {
  for (int64_t slot = 0; slot < program->optimizer_slots; ++slot)
    if (program->optimizer_slot_initial[slot] != 0)
      return 0;
  return 1;
}

/* Sizes of the memory beside the arena, each a multiple of the alignment; -1: does not fit. */
typedef struct sizes {
  int64_t parameters, gradients, state;
} sizes;

static int64_t floatBytes(int64_t count) {
  int64_t bytes;
  if (count < 0 || __builtin_mul_overflow(count, (int64_t)sizeof(float), &bytes) || bytes > INT64_MAX - NNCC_ALIGNMENT)
    return -1;
  return (bytes + NNCC_ALIGNMENT - 1) / NNCC_ALIGNMENT * NNCC_ALIGNMENT;
}

static sizes sizesOf(const nncc_program *program) {
  const nncc_entry *const *entries = program->entries;
  sizes s = {floatBytes(program->parameter_floats), 0, 0};
  if (entries[NNCC_ENTRY_TRAIN_STEP] || entries[NNCC_ENTRY_GRADIENTS] || entries[NNCC_ENTRY_GRADIENTS_TRAINING])
    s.gradients = floatBytes(program->trainable_floats);
  if (entries[NNCC_ENTRY_TRAIN_STEP]) {
    int64_t floats;
    s.state = __builtin_mul_overflow(program->optimizer_slots, program->trainable_floats, &floats) ? -1 : floatBytes(floats);
  }
  return s;
}

/* The embedded weights can be the parameters themselves: nothing that was compiled writes there. */
static int readsInPlace(const nncc_program *program) {
  return program->embedded && program->embedded->storage == NNCC_STORAGE_F32 && !program->entries[NNCC_ENTRY_TRAIN_STEP];
}

/* Memory comes zeroed: who writes zeros there takes pages that are maybe never used, on one thread. */
static void startOptimizer(nncc_instance *instance) {
  if (!startsFromZero(instance->program))
    nncc_instance_reset_optimizer(instance);
}

nncc_status nncc_instance_create_on(const nncc_program *program, nncc_pool *pool, nncc_instance **result, nncc_message *message) {
  *result = NULL;
  nncc_status status = checkProgram(program, message);
  nncc_instance *instance = status == NNCC_OK ? calloc(1, sizeof *instance) : NULL;
  if (!instance) {
    nncc_pool_destroy(pool);
    return status == NNCC_OK ? NNCC_ERROR_MEMORY : status;
  }
  instance->program = program;
  instance->pool = pool;
  sizes s = sizesOf(program);
  if (s.parameters < 0 || s.gradients < 0 || s.state < 0 || !(instance->gradients = nncc_allocate((size_t)s.gradients)) ||
      !(instance->state = nncc_allocate((size_t)s.state)))
    status = NNCC_ERROR_MEMORY;
  else if (readsInPlace(program))
    instance->parameters = (float *)program->embedded->values;
  else
    status = nncc_instance_own_parameters(instance);
  if (status != NNCC_OK) {
    nncc_message_append(message, "%s", nncc_status_string(status));
    nncc_instance_destroy(instance);
    return status;
  }
  startOptimizer(instance);
  *result = instance;
  return NNCC_OK;
}

nncc_status nncc_instance_create(const nncc_program *program, int64_t threads, nncc_instance **result, nncc_message *message) {
  *result = NULL;
  nncc_status status = checkProgram(program, message); /* before any thread is started */
  nncc_pool *pool;
  if (status == NNCC_OK && (status = nncc_pool_create(threads, &pool)) != NNCC_OK)
    nncc_message_append(message, "%s", nncc_status_string(status));
  return status == NNCC_OK ? nncc_instance_create_on(program, pool, result, message) : status;
}

nncc_affine nncc_instance_bytes(const nncc_program *program) {
  const nncc_affine none = {-1, 0};
  sizes s = sizesOf(program);
  nncc_affine bytes = {sizeof(nncc_scalars), 0};
  if (!program->embedded) {
    int64_t workspace = 0;
    for (int64_t i = 0; i < program->variable_count; ++i)
      if ((workspace = nncc_initializer_workspace(&program->variables[i])) > bytes.fixed)
        bytes.fixed = workspace;
  }
  for (int kind = 0; kind < NNCC_ENTRY_COUNT; ++kind) {
    const nncc_entry *entry = program->entries[kind];
    int64_t fixed;
    if (!entry)
      continue;
    if (entry->arena_bytes.fixed < 0 || entry->arena_bytes.per_sample < 0 || entry->worker_bytes < 0 ||
        __builtin_add_overflow(entry->arena_bytes.fixed, entry->worker_bytes, &fixed))
      return none;
    bytes.fixed = fixed > bytes.fixed ? fixed : bytes.fixed;
    if (entry->arena_bytes.per_sample > bytes.per_sample)
      bytes.per_sample = entry->arena_bytes.per_sample;
  }
  if (s.parameters < 0 || s.gradients < 0 || s.state < 0 || __builtin_add_overflow(bytes.fixed, s.parameters, &bytes.fixed) ||
      __builtin_add_overflow(bytes.fixed, s.gradients, &bytes.fixed) || __builtin_add_overflow(bytes.fixed, s.state, &bytes.fixed))
    return none;
  return bytes;
}

nncc_status nncc_instance_place(const nncc_program *program, void *memory, int64_t size, nncc_instance *instance,
                                nncc_message *message) {
  nncc_status status = checkProgram(program, message);
  if (status != NNCC_OK)
    return status;
  const nncc_affine needed = nncc_instance_bytes(program);
  if (needed.fixed < 0 || size < needed.fixed || size - needed.fixed < needed.per_sample) {
    nncc_message_append(message, "%lld bytes have no room for a batch of one sample", (long long)size);
    return NNCC_ERROR_BATCH;
  }
  const sizes s = sizesOf(program);
  uint8_t *at = memory;
  instance->program = program;
  instance->is_placed = 1;
  instance->own_parameters = (float *)at;
  instance->gradients = (float *)(at + s.parameters);
  instance->state = (float *)(at + s.parameters + s.gradients);
  instance->arena = at + s.parameters + s.gradients + s.state;
  instance->arena_bytes = size - s.parameters - s.gradients - s.state;
  instance->max_batch = needed.per_sample ? (size - needed.fixed) / needed.per_sample : INT64_MAX;
  memset(at, 0, (size_t)(s.parameters + s.gradients + s.state));
  instance->parameters = readsInPlace(program) ? (float *)program->embedded->values : instance->own_parameters;
  startOptimizer(instance);
  return NNCC_OK;
}

nncc_status nncc_instance_own_parameters(nncc_instance *instance) {
  if (instance->parameters && instance->parameters == instance->own_parameters)
    return NNCC_OK;
  const size_t bytes = (size_t)sizesOf(instance->program).parameters;
  if (!instance->own_parameters && !(instance->own_parameters = nncc_allocate(bytes)))
    return NNCC_ERROR_MEMORY;
  if (instance->parameters)
    memcpy(instance->own_parameters, instance->parameters, (size_t)instance->program->parameter_floats * sizeof(float));
  instance->parameters = instance->own_parameters;
  return NNCC_OK;
}

void nncc_instance_destroy(nncc_instance *instance) {
  if (!instance)
    return;
  free(instance->own_classes);
  if (instance->is_placed)
    return;
  const sizes s = sizesOf(instance->program);
  nncc_pool_destroy(instance->pool);
  nncc_release(instance->own_parameters, (size_t)s.parameters);
  nncc_release(instance->gradients, (size_t)s.gradients);
  nncc_release(instance->state, (size_t)s.state);
  nncc_release(instance->arena, (size_t)instance->arena_bytes);
  free(instance);
}

void nncc_instance_reset_optimizer(nncc_instance *instance) {
  const nncc_program *program = instance->program;
  if (!program->entries[NNCC_ENTRY_TRAIN_STEP])
    return;
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
  nncc_status status = nncc_instance_own_parameters(instance);
  for (int64_t i = 0; i < program->variable_count && status == NNCC_OK; ++i) {
    const nncc_variable *v = &program->variables[i];
    /* Where nothing may be allocated, the arena is large enough to work in, and holds nothing yet. */
    status = nncc_initialize(v, seed, instance->parameters + v->offset, instance->is_placed ? instance->arena : NULL, message);
  }
  return status;
}
