/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Names of the classes that a model tells apart: with the instance, and as a JSON array among the metadata of its weights. */
#define _GNU_SOURCE
#include "nncc/Runtime/Core/Instance.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

nncc_status nncc_instance_set_classes(nncc_instance *instance, const char *const *names, int64_t count) {
  size_t pointers = ((size_t)count + 1) * sizeof(char *), bytes = pointers;
  for (int64_t i = 0; i < count; ++i)
    bytes += strlen(names[i]) + 1;
  char **copies = malloc(bytes), *text = (char *)copies + pointers;
  if (!copies)
    return NNCC_ERROR_MEMORY;
  for (int64_t i = 0; i < count; ++i) {
    copies[i] = text;
    text = stpcpy(text, names[i]) + 1;
  }
  free(instance->own_classes);
  instance->own_classes = copies;
  instance->classes = (const char *const *)copies;
  instance->class_count = count;
  return NNCC_OK;
}

char *nncc_classes_to_json(const nncc_instance *instance) {
  json_t *list = json_array();
  for (int64_t i = 0; i < instance->class_count; ++i)
    json_array_append_new(list, json_string(instance->classes[i]));
  char *text = json_dumps(list, JSON_COMPACT);
  json_decref(list);
  return text;
}

nncc_status nncc_classes_from_json(nncc_instance *instance, const char *text) {
  json_t *list = json_loads(text, 0, NULL);
  size_t count = json_array_size(list);
  const char **names = calloc(count + 1, sizeof *names);
  nncc_status status = names ? NNCC_OK : NNCC_ERROR_MEMORY;
  int fine = names && count > 0;
  for (size_t i = 0; i < count && fine; ++i)
    fine = (names[i] = json_string_value(json_array_get(list, i))) != NULL;
  if (fine)
    status = nncc_instance_set_classes(instance, names, (int64_t)count);
  free(names);
  json_decref(list);
  return status;
}
