/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The life of a model behind the C interface, and its error text. */
#include "ModelParts.h"

#include "nncc/Runtime/Core/Initializers.h"
#include <stdlib.h>
#include <string.h>

/* --- errors ----------------------------------------------------------------------------------------------------------- */

nncc_status nncc_model_begin(const nncc_model *model) {
  if (!model)
    return NNCC_ERROR_ARGUMENT;
  model->message->length = 0;
  model->message->text[0] = 0;
  return NNCC_OK;
}

nncc_status nncc_model_end(const nncc_model *model, nncc_status status) {
  if (status != NNCC_OK && model->message->length == 0)
    nncc_message_append(model->message, "%s", nncc_status_string(status));
  return status;
}

const char *nncc_model_last_error(const nncc_model *model) { return model ? model->message->text : ""; }

/* --- life ------------------------------------------------------------------------------------------------------------- */

static void setUp(nncc_model *model, const nncc_program *program, uint64_t seed) {
  const nncc_training *training = &program->training;
  model->storage = (nncc_message){model->text, 0, sizeof model->text, 1};
  model->message = &model->storage;
  model->seed = seed ? seed : training->present ? training->seed : 0;
  model->learning_rate = training->present ? nncc_call_number(&training->optimizer, "learning_rate", 0.001) : 0;
}

static nncc_status makePool(const nncc_options *options, nncc_pool **pool) {
  int64_t threads = options->threads > INT32_MAX ? INT32_MAX : (int64_t)options->threads;
  return options->parallel_for ? nncc_pool_borrow(threads, options->parallel_for, options->parallel_for_context, pool)
                               : nncc_pool_create(threads, pool);
}

/* Instance, memory and weights of a model that is zero but for what setUp has set. */
static nncc_status fill(nncc_model *model, const nncc_program *program, const nncc_options *options) {
  nncc_pool *pool;
  nncc_status status = makePool(options, &pool);
  if (status == NNCC_OK)
    status = nncc_instance_create_on(program, pool, &model->instance, NULL);
  if (status == NNCC_OK && options->max_batch)
    status = options->max_batch > INT64_MAX ? NNCC_ERROR_MEMORY : nncc_reserve_all(model->instance, (int64_t)options->max_batch);
  return status == NNCC_OK ? nncc_instance_start(model->instance, model->seed, NULL) : status;
}

nncc_status nncc_model_create(const nncc_programs *programs, nncc_model **result, const nncc_options *options) {
  static const nncc_options defaults;
  if (!result)
    return NNCC_ERROR_ARGUMENT;
  *result = NULL;
  const nncc_program *program;
  nncc_status status = nncc_select_program(programs, &program, NULL);
  if (status != NNCC_OK)
    return status;
  nncc_model *model = calloc(1, sizeof *model);
  if (!model)
    return NNCC_ERROR_MEMORY;
  if (!options)
    options = &defaults;
  setUp(model, program, options->seed);
  status = fill(model, program, options);
  if (status == NNCC_OK)
    *result = model;
  else
    nncc_model_destroy(model);
  return status;
}

/* A model in the caller's memory. */
typedef struct placed {
  nncc_model model;
  nncc_instance instance;
} placed;

enum { placedBytes = (sizeof(placed) + NNCC_ALIGNMENT - 1) / NNCC_ALIGNMENT * NNCC_ALIGNMENT };
_Static_assert(placedBytes + NNCC_ALIGNMENT - 1 <= NNCC_MODEL_BYTES, "the generated headers promise that a model takes no more");

nncc_status nncc_model_init(const nncc_programs *programs, nncc_model **result, void *arena, size_t arena_bytes) {
  if (!result)
    return NNCC_ERROR_ARGUMENT;
  *result = NULL;
  if (!arena)
    return NNCC_ERROR_ARGUMENT;
  const nncc_program *program;
  nncc_status status = nncc_select_program(programs, &program, NULL);
  if (status != NNCC_OK)
    return status;
  const size_t skipped = -(uintptr_t)arena % NNCC_ALIGNMENT, used = skipped + placedBytes;
  if (arena_bytes < used)
    return NNCC_ERROR_BATCH;
  const size_t left = arena_bytes - used;
  uint8_t *base = (uint8_t *)arena + skipped;
  placed *p = memset(base, 0, placedBytes);
  setUp(&p->model, program, 0);
  p->model.instance = &p->instance;
  status = nncc_instance_place(program, base + placedBytes, left > INT64_MAX ? INT64_MAX : (int64_t)left, &p->instance, NULL);
  if (status == NNCC_OK)
    status = nncc_instance_start(&p->instance, p->model.seed, NULL);
  if (status == NNCC_OK)
    *result = &p->model;
  return status;
}

void nncc_model_destroy(nncc_model *model) {
  if (!model)
    return;
  const int isPlaced = model->instance && model->instance->is_placed;
  nncc_instance_destroy(model->instance);
  if (!isPlaced)
    free(model);
}

size_t nncc_model_arena_bytes(const nncc_programs *programs, size_t batch) {
  nncc_affine most = {0, 0};
  for (int64_t i = 0; programs && i < programs->count; ++i) {
    nncc_affine bytes = nncc_instance_bytes(programs->programs[i]);
    if (bytes.fixed < 0)
      return SIZE_MAX;
    most.fixed = bytes.fixed > most.fixed ? bytes.fixed : most.fixed;
    most.per_sample = bytes.per_sample > most.per_sample ? bytes.per_sample : most.per_sample;
  }
  size_t bytes;
  if (__builtin_mul_overflow((size_t)most.per_sample, batch, &bytes) || __builtin_add_overflow(bytes, (size_t)most.fixed, &bytes) ||
      __builtin_add_overflow(bytes, (size_t)NNCC_MODEL_BYTES, &bytes))
    return SIZE_MAX;
  return bytes;
}
