/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Weights of a model behind the C interface. */
#include "ModelParts.h"

#include "nncc/Runtime/Core/Weights.h"
#include <string.h>

nncc_status nncc_model_load(nncc_model *model, const char *path) {
  nncc_status status = nncc_model_begin(model);
  if (status != NNCC_OK)
    return status;
  return nncc_model_end(model, path ? nncc_weights_load(model->instance, path, model->message) : NNCC_ERROR_ARGUMENT);
}

nncc_status nncc_model_load_memory(nncc_model *model, const void *bytes, size_t size) {
  nncc_status status = nncc_model_begin(model);
  if (status != NNCC_OK)
    return status;
  return nncc_model_end(model, bytes ? nncc_weights_load_memory(model->instance, bytes, size, model->message) : NNCC_ERROR_ARGUMENT);
}

nncc_status nncc_model_save(const nncc_model *model, const char *path) {
  nncc_status status = nncc_model_begin(model);
  if (status != NNCC_OK)
    return status;
  return nncc_model_end(model, path ? nncc_weights_save(model->instance, path, model->message) : NNCC_ERROR_ARGUMENT);
}

nncc_status nncc_model_save_memory(const nncc_model *model, void *bytes, size_t capacity, size_t *size) {
  nncc_status status = nncc_model_begin(model);
  if (status != NNCC_OK)
    return status;
  return nncc_model_end(model, size ? nncc_weights_write_memory(model->instance, bytes, capacity, size, model->message)
                                    : NNCC_ERROR_ARGUMENT);
}

/* The variable of that path; without one, or with another number of elements, an error and NULL. */
static const nncc_variable *find(const nncc_model *model, const char *path, const float *values, size_t count) {
  const nncc_program *program = model->instance->program;
  if (!path || !values) {
    nncc_message_append(model->message, path ? "the values are NULL" : "the path is NULL");
    return NULL;
  }
  for (int64_t i = 0; i < program->variable_count; ++i) {
    const nncc_variable *v = &program->variables[i];
    if (strcmp(v->path, path) != 0)
      continue;
    if (count == (size_t)v->elements)
      return v;
    nncc_message_append(model->message, "the variable '%s' has %lld elements, %zu are asked for", path, (long long)v->elements, count);
    return NULL;
  }
  nncc_message_append(model->message, "the model has no variable '%.200s'", path);
  return NULL;
}

nncc_status nncc_model_get_parameter(const nncc_model *model, const char *path, float *values, size_t count) {
  nncc_status status = nncc_model_begin(model);
  const nncc_variable *v = status == NNCC_OK ? find(model, path, values, count) : NULL;
  if (!v)
    return NNCC_ERROR_ARGUMENT;
  memcpy(values, model->instance->parameters + v->offset, count * sizeof(float));
  return NNCC_OK;
}

nncc_status nncc_model_set_parameter(nncc_model *model, const char *path, const float *values, size_t count) {
  nncc_status status = nncc_model_begin(model);
  const nncc_variable *v = status == NNCC_OK ? find(model, path, values, count) : NULL;
  if (!v)
    return NNCC_ERROR_ARGUMENT;
  status = nncc_instance_own_parameters(model->instance);
  if (status == NNCC_OK) {
    memcpy(model->instance->parameters + v->offset, values, count * sizeof(float));
    nncc_instance_parameters_changed(model->instance);
  }
  return nncc_model_end(model, status);
}
