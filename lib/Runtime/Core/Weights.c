/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "WeightsParts.h"

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

int nncc_weights_fit(const nncc_variable *variable, const nncc_stored_tensor *tensor) {
  return tensor && sameShape(variable, tensor) && strcmp(tensor->dtype, "F32") == 0;
}

static void begin(nncc_message *message, int *problems, const char *path) {
  if ((*problems)++ == 0)
    nncc_message_append(message, "the weights in '%s' do not fit the model:", path);
}

nncc_status nncc_weights_compare(const nncc_program *program, const nncc_safetensors *file, nncc_message *message) {
  int problems = 0;
  char *known = calloc((size_t)file->count + 1, 1); /* which of the file's tensors the model has */
  if (!known)
    return NNCC_ERROR_MEMORY;
  for (int64_t i = 0; i < program->variable_count; ++i) {
    const nncc_variable *v = &program->variables[i];
    const nncc_stored_tensor *t = nncc_safetensors_find(file, v->path);
    if (t)
      known[t - file->tensors] = 1;
    if (nncc_weights_fit(v, t))
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

nncc_status nncc_weights_check(const nncc_program *program, const char *path, nncc_message *message) {
  nncc_safetensors *file;
  nncc_status status = nncc_safetensors_open(path, &file, message);
  if (status == NNCC_OK)
    status = nncc_weights_compare(program, file, message);
  nncc_safetensors_close(file);
  return status;
}

/* --- loading ------------------------------------------------------------------------------------------------------------ */

/* All variables of a file that has been compared. */
static nncc_status readVariables(const nncc_program *program, nncc_safetensors *file, float *parameters, nncc_message *message) {
  nncc_status status = NNCC_OK;
  for (int64_t i = 0; i < program->variable_count && status == NNCC_OK; ++i) {
    const nncc_variable *v = &program->variables[i];
    status = nncc_safetensors_read(file, nncc_safetensors_find(file, v->path), parameters + v->offset, message);
  }
  return status;
}

nncc_status nncc_weights_read(const nncc_program *program, const char *path, float *parameters, char ***classes,
                              int64_t *class_count, nncc_message *message) {
  *classes = NULL;
  *class_count = 0;
  nncc_safetensors *file;
  nncc_status status = nncc_safetensors_open(path, &file, message);
  if (status == NNCC_OK)
    status = nncc_weights_compare(program, file, message);
  if (status == NNCC_OK) {
    memset(parameters, 0, (size_t)program->parameter_floats * sizeof(float));
    status = readVariables(program, file, parameters, message);
  }
  if (status == NNCC_OK)
    status = nncc_classes_from_json(nncc_safetensors_metadata(file, NNCC_CLASSES_KEY), classes, class_count);
  nncc_safetensors_close(file);
  return status;
}

/* Takes an open file into the instance, and closes it. */
static nncc_status load(nncc_instance *instance, nncc_safetensors *file, nncc_message *message) {
  const nncc_program *program = instance->program;
  const size_t bytes = (size_t)program->parameter_floats * sizeof(float);
  char **classes = NULL;
  int64_t count = 0;
  float *values = NULL;
  nncc_status status = nncc_weights_compare(program, file, message);
  if (status == NNCC_OK)
    status = nncc_classes_from_json(nncc_safetensors_metadata(file, NNCC_CLASSES_KEY), &classes, &count);
  /* Read beside the parameters first: a read error in the middle must not leave half of each. */
  if (status == NNCC_OK && !(values = calloc(bytes ? bytes : 1, 1)))
    status = NNCC_ERROR_MEMORY;
  if (status == NNCC_OK)
    status = readVariables(program, file, values, message);
  if (status == NNCC_OK)
    status = nncc_instance_own_parameters(instance);
  if (status == NNCC_OK) {
    memcpy(instance->parameters, values, bytes);
    nncc_instance_parameters_changed(instance);
  }
  if (status == NNCC_OK && classes)
    nncc_instance_take_classes(instance, classes, count);
  else
    free(classes);
  free(values);
  nncc_safetensors_close(file);
  return status;
}

nncc_status nncc_weights_load(nncc_instance *instance, const char *path, nncc_message *message) {
  nncc_safetensors *file;
  nncc_status status = nncc_safetensors_open(path, &file, message);
  return status == NNCC_OK ? load(instance, file, message) : status;
}

nncc_status nncc_weights_load_memory(nncc_instance *instance, const void *bytes, size_t size, nncc_message *message) {
  nncc_safetensors *file;
  nncc_status status = nncc_safetensors_open_memory(bytes, size, &file, message);
  return status == NNCC_OK ? load(instance, file, message) : status;
}

/* --- saving ------------------------------------------------------------------------------------------------------------- */

/* What an instance's file is made of, while it is written. */
typedef struct contents {
  nncc_saved_tensor *tensors;
  char *classes;
  nncc_metadata metadata;
  nncc_saved_file saved;
} contents;

static nncc_status gather(const nncc_instance *instance, contents *c) {
  const nncc_program *program = instance->program;
  *c = (contents){.tensors = calloc((size_t)program->variable_count + 1, sizeof *c->tensors)};
  c->classes = instance->class_count ? nncc_classes_to_json(instance->classes, instance->class_count) : NULL;
  if (!c->tensors || (instance->class_count && !c->classes))
    return NNCC_ERROR_MEMORY;
  for (int64_t i = 0; i < program->variable_count; ++i) {
    const nncc_variable *v = &program->variables[i];
    c->tensors[i] = (nncc_saved_tensor){v->path, v->rank, v->extents, v->elements, instance->parameters + v->offset};
  }
  c->metadata = (nncc_metadata){NNCC_CLASSES_KEY, c->classes};
  c->saved = (nncc_saved_file){c->tensors, program->variable_count, &c->metadata, c->classes ? 1 : 0};
  return NNCC_OK;
}

static nncc_status release(contents *c, nncc_status status) {
  free(c->tensors);
  free(c->classes);
  return status;
}

nncc_status nncc_weights_write(const nncc_instance *instance, nncc_file *file, nncc_message *message) {
  contents c;
  nncc_status status = gather(instance, &c);
  return release(&c, status == NNCC_OK ? nncc_safetensors_write(&c.saved, file, message) : status);
}

nncc_status nncc_weights_save(const nncc_instance *instance, const char *path, nncc_message *message) {
  contents c;
  nncc_status status = gather(instance, &c);
  return release(&c, status == NNCC_OK ? nncc_safetensors_save(&c.saved, path, message) : status);
}

nncc_status nncc_weights_write_memory(const nncc_instance *instance, void *bytes, size_t capacity, size_t *size,
                                      nncc_message *message) {
  contents c;
  nncc_status status = gather(instance, &c);
  return release(&c, status == NNCC_OK ? nncc_safetensors_write_memory(&c.saved, bytes, capacity, size, message) : status);
}
