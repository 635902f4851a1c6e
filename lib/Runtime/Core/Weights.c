/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "nncc/Runtime/Core/Instance.h"
#include "nncc/Runtime/Core/Safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void appendShape(nncc_message *message, int64_t rank, const int64_t *extents) {
  nncc_message_append(message, "(");
  for (int64_t i = 0; i < rank; ++i)
    nncc_message_append(message, "%s%lld", i ? ", " : "", (long long)extents[i]);
  nncc_message_append(message, rank == 1 ? ",)" : ")");
}

static int sameShape(const nncc_variable *v, const nncc_stored_tensor *t) {
  if (v->rank != t->rank)
    return 0;
  for (int64_t i = 0; i < v->rank; ++i)
    if (v->extents[i] != t->extents[i])
      return 0;
  return 1;
}

static void begin(nncc_message *message, int *problems, const char *path) {
  if ((*problems)++ == 0)
    nncc_message_append(message, "the weights in '%s' do not fit the model:", path);
}

/* Appends one line per tensor that is missing, extra, or of another shape or type. */
static nncc_status compare(const nncc_program *program, const nncc_safetensors *file, nncc_message *message) {
  int problems = 0;
  char *known = calloc((size_t)file->count + 1, 1); /* which of the file's tensors the model has */
  if (!known)
    return NNCC_ERROR_MEMORY;
  for (int64_t i = 0; i < program->variable_count; ++i) {
    const nncc_variable *v = &program->variables[i];
    const nncc_stored_tensor *t = nncc_safetensors_find(file, v->path);
    if (t)
      known[t - file->tensors] = 1;
    if (t && sameShape(v, t) && strcmp(t->dtype, "F32") == 0)
      continue;
    begin(message, &problems, file->path);
    if (!t) {
      nncc_message_append(message, "\n  missing: '%s' ", v->path);
      appendShape(message, v->rank, v->extents);
    } else if (!sameShape(v, t)) {
      nncc_message_append(message, "\n  shape:   '%s' is ", v->path);
      appendShape(message, v->rank, v->extents);
      nncc_message_append(message, " in the model, ");
      appendShape(message, t->rank, t->extents);
      nncc_message_append(message, " in the file");
    } else {
      nncc_message_append(message, "\n  type:    '%s' is %s in the file, must be F32", v->path, t->dtype);
    }
  }
  const size_t ignored = nncc_safetensors_metadata(file, NNCC_CHECKPOINT_KEY) ? strlen(NNCC_CHECKPOINT_PREFIX) : 0;
  for (int64_t i = 0; i < file->count; ++i) {
    const nncc_stored_tensor *t = &file->tensors[i];
    if (known[i] || (ignored && strncmp(t->name, NNCC_CHECKPOINT_PREFIX, ignored) == 0))
      continue;
    begin(message, &problems, file->path);
    nncc_message_append(message, "\n  extra:   '%s' ", t->name);
    appendShape(message, t->rank, t->extents);
  }
  free(known);
  return problems ? NNCC_ERROR_MISMATCH : NNCC_OK;
}

static nncc_status openChecked(const nncc_program *program, const char *path, nncc_safetensors **file,
                               nncc_message *message) {
  nncc_status status = nncc_safetensors_open(path, file, message);
  if (status == NNCC_OK)
    status = compare(program, *file, message);
  return status;
}

nncc_status nncc_weights_check(const nncc_program *program, const char *path, nncc_message *message) {
  nncc_safetensors *file = NULL;
  nncc_status status = openChecked(program, path, &file, message);
  nncc_safetensors_close(file);
  return status;
}

nncc_status nncc_weights_load(nncc_instance *instance, const char *path, nncc_message *message) {
  const nncc_program *program = instance->program;
  nncc_safetensors *file = NULL;
  nncc_status status = openChecked(program, path, &file, message);
  /* Read beside the parameters first: a read error in the middle must not leave half of each. */
  size_t bytes = (size_t)program->parameter_floats * sizeof(float);
  float *values = NULL;
  if (status == NNCC_OK && !(values = calloc(bytes ? bytes : 1, 1)))
    status = NNCC_ERROR_MEMORY;
  for (int64_t i = 0; i < program->variable_count && status == NNCC_OK; ++i) {
    const nncc_variable *v = &program->variables[i];
    status = nncc_safetensors_read(file, nncc_safetensors_find(file, v->path), values + v->offset, message);
  }
  if (status == NNCC_OK)
    status = nncc_instance_own_parameters(instance);
  if (status == NNCC_OK) {
    memcpy(instance->parameters, values, bytes);
    nncc_instance_parameters_changed(instance);
  }
  const char *classes = status == NNCC_OK ? nncc_safetensors_metadata(file, "classes") : NULL;
  if (classes)
    status = nncc_classes_from_json(instance, classes);
  free(values);
  nncc_safetensors_close(file);
  return status;
}

nncc_status nncc_weights_write(const nncc_instance *instance, nncc_file *file, nncc_message *message) {
  const nncc_program *program = instance->program;
  nncc_saved_tensor *tensors = calloc((size_t)program->variable_count + 1, sizeof *tensors);
  if (!tensors)
    return NNCC_ERROR_MEMORY;
  for (int64_t i = 0; i < program->variable_count; ++i) {
    const nncc_variable *v = &program->variables[i];
    tensors[i] = (nncc_saved_tensor){v->path, v->rank, v->extents, v->elements, instance->parameters + v->offset};
  }
  char key[] = "classes";
  nncc_metadata classes = {key, instance->class_count ? nncc_classes_to_json(instance) : NULL};
  nncc_status status = nncc_safetensors_write(file, tensors, program->variable_count, &classes, classes.value ? 1 : 0, message);
  free(classes.value);
  free(tensors);
  return status;
}

nncc_status nncc_weights_save(const nncc_instance *instance, const char *path, nncc_message *message) {
  nncc_file *file;
  nncc_status status = nncc_file_create(path, &file, message);
  if (status != NNCC_OK)
    return status;
  status = nncc_weights_write(instance, file, message);
  if (status == NNCC_OK)
    return nncc_file_commit(file, message);
  nncc_file_abandon(file);
  return status;
}
