/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Names of the classes that a model tells apart: with the instance, and as a JSON array among the metadata of its weights. */
#define _GNU_SOURCE
#include "WeightsParts.h"

#include "Json.h"
#include <stdlib.h>
#include <string.h>

/* A copy of the names: the pointers and behind them the texts, one block. */
static char **copyNames(const char *const *names, int64_t count) {
  size_t pointers = ((size_t)count + 1) * sizeof(char *), bytes = pointers;
  for (int64_t i = 0; i < count; ++i)
    bytes += strlen(names[i]) + 1;
  char **copies = malloc(bytes);
  if (!copies)
    return NULL;
  char *text = (char *)copies + pointers;
  for (int64_t i = 0; i < count; ++i) {
    copies[i] = text;
    text = stpcpy(text, names[i]) + 1;
  }
  return copies;
}

void nncc_instance_take_classes(nncc_instance *instance, char **names, int64_t count) {
  free(instance->own_classes);
  instance->own_classes = names;
  instance->classes = (const char *const *)names;
  instance->class_count = count;
}

nncc_status nncc_instance_set_classes(nncc_instance *instance, const char *const *names, int64_t count) {
  char **copies = copyNames(names, count);
  if (!copies)
    return NNCC_ERROR_MEMORY;
  nncc_instance_take_classes(instance, copies, count);
  return NNCC_OK;
}

static void addNames(nncc_text *text, const char *const *names, int64_t count) {
  nncc_text_add(text, "[");
  for (int64_t i = 0; i < count; ++i) {
    nncc_text_add(text, i ? "," : "");
    nncc_text_string(text, names[i]);
  }
  nncc_text_add(text, "]");
}

char *nncc_classes_to_json(const char *const *names, int64_t count) {
  nncc_text measured = {0}, text = {0};
  addNames(&measured, names, count);
  text.capacity = measured.length;
  text.bytes = malloc(measured.length + 1);
  if (!text.bytes)
    return NULL;
  addNames(&text, names, count);
  text.bytes[text.length] = 0;
  return text.bytes;
}

/* The array's strings, or NULL: it is none, or has none, or (*status) there is no memory. */
static char **namesOf(const nncc_json *json, nncc_status *status) {
  const int count = nncc_json_kind_of(json, 0) == NNCC_JSON_ARRAY ? nncc_json_size(json, 0) : 0;
  const char **names = malloc((size_t)(count + 1) * sizeof *names);
  int isFine = names && count > 0;
  for (int i = 0, child = nncc_json_first(0); i < count && isFine; ++i, child = nncc_json_next(json, child)) {
    isFine = nncc_json_kind_of(json, child) == NNCC_JSON_STRING;
    names[i] = nncc_json_string(json, child);
  }
  char **copies = isFine ? copyNames(names, count) : NULL;
  if (!names || (isFine && !copies))
    *status = NNCC_ERROR_MEMORY;
  free(names);
  return copies;
}

nncc_status nncc_classes_from_json(const char *text, char ***names, int64_t *count) {
  *names = NULL;
  *count = 0;
  if (!text)
    return NNCC_OK;
  char *decoded = strdup(text);
  if (!decoded)
    return NNCC_ERROR_MEMORY;
  nncc_json *json;
  const char *problem;
  nncc_status status = nncc_json_parse(decoded, strlen(decoded), &json, &problem);
  if (status == NNCC_OK && (*names = namesOf(json, &status)))
    *count = nncc_json_size(json, 0);
  nncc_json_free(json);
  free(decoded);
  return status == NNCC_ERROR_FORMAT ? NNCC_OK : status;
}
