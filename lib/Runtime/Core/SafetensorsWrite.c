/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "nncc/Runtime/Core/Safetensors.h"

#include "Json.h"
#include <stdlib.h>
#include <string.h>

/* Where a file's bytes go. */
typedef struct sink {
  nncc_file *file; /* NULL: to memory */
  uint8_t *bytes;
  size_t capacity, length;
} sink;

static nncc_status put(sink *to, const void *bytes, size_t count, nncc_message *message) {
  if (to->file)
    return nncc_file_write(to->file, bytes, count, message);
  if (count && to->length <= to->capacity && count <= to->capacity - to->length)
    memcpy(to->bytes + to->length, bytes, count);
  to->length += count;
  return NNCC_OK;
}

static int byName(const void *a, const void *b) {
  return strcmp((*(nncc_saved_tensor *const *)a)->name, (*(nncc_saved_tensor *const *)b)->name);
}

static void addMetadata(nncc_text *text, const nncc_saved_file *saved) {
  nncc_text_add(text, "\"__metadata__\":{");
  for (int64_t i = 0; i < saved->metadata_count; ++i) {
    nncc_text_add(text, i ? "," : "");
    nncc_text_string(text, saved->metadata[i].key);
    nncc_text_add(text, ":");
    nncc_text_string(text, saved->metadata[i].value);
  }
  nncc_text_add(text, "}");
}

/* Padded with blanks, so that the tensors start at a multiple of 8. */
static void addHeader(nncc_text *text, const nncc_saved_file *saved, const nncc_saved_tensor *const *sorted) {
  nncc_text_add(text, "{");
  if (saved->metadata_count)
    addMetadata(text, saved);
  int64_t position = 0;
  for (int64_t i = 0; i < saved->tensor_count; ++i) {
    const nncc_saved_tensor *t = sorted[i];
    nncc_text_add(text, i || saved->metadata_count ? "," : "");
    nncc_text_string(text, t->name);
    nncc_text_add(text, ":{\"dtype\":\"F32\",\"shape\":[");
    for (int64_t k = 0; k < t->rank; ++k) {
      nncc_text_add(text, k ? "," : "");
      nncc_text_number(text, t->extents[k]);
    }
    nncc_text_add(text, "],\"data_offsets\":[");
    nncc_text_number(text, position);
    nncc_text_add(text, ",");
    nncc_text_number(text, position += t->elements * (int64_t)sizeof(float));
    nncc_text_add(text, "]}");
  }
  nncc_text_add(text, "}");
  while (text->length % 8)
    nncc_text_add(text, " ");
}

/* The header, to be freed, and its length; NULL: no memory. */
static char *makeHeader(const nncc_saved_file *saved, const nncc_saved_tensor *const *sorted, size_t *length) {
  nncc_text measured = {0}, text = {0};
  addHeader(&measured, saved, sorted);
  text.capacity = *length = measured.length;
  text.bytes = malloc(measured.length);
  if (text.bytes)
    addHeader(&text, saved, sorted);
  return text.bytes;
}

static nncc_status putAll(sink *to, const char *header, size_t length, const nncc_saved_tensor *const *sorted, int64_t count,
                          nncc_message *message) {
  uint8_t raw[8];
  for (int i = 0; i < 8; ++i)
    raw[i] = (uint8_t)((uint64_t)length >> (8 * i));
  nncc_status status = put(to, raw, sizeof raw, message);
  if (status == NNCC_OK)
    status = put(to, header, length, message);
  for (int64_t i = 0; i < count && status == NNCC_OK; ++i)
    status = put(to, sorted[i]->values, (size_t)sorted[i]->elements * sizeof(float), message);
  return status;
}

static nncc_status writeTo(sink *to, const nncc_saved_file *saved, nncc_message *message) {
  const nncc_saved_tensor **sorted = malloc((size_t)(saved->tensor_count + 1) * sizeof *sorted);
  if (!sorted)
    return NNCC_ERROR_MEMORY;
  for (int64_t i = 0; i < saved->tensor_count; ++i)
    sorted[i] = &saved->tensors[i];
  qsort(sorted, (size_t)saved->tensor_count, sizeof *sorted, byName);
  size_t length;
  char *header = makeHeader(saved, sorted, &length);
  nncc_status status = header ? putAll(to, header, length, sorted, saved->tensor_count, message) : NNCC_ERROR_MEMORY;
  free(header);
  free(sorted);
  return status;
}

nncc_status nncc_safetensors_write(const nncc_saved_file *saved, nncc_file *file, nncc_message *message) {
  sink to = {.file = file};
  return writeTo(&to, saved, message);
}

nncc_status nncc_safetensors_save(const nncc_saved_file *saved, const char *path, nncc_message *message) {
  nncc_file *file;
  nncc_status status = nncc_file_create(path, &file, message);
  if (status != NNCC_OK)
    return status;
  status = nncc_safetensors_write(saved, file, message);
  if (status == NNCC_OK)
    return nncc_file_commit(file, message);
  nncc_file_abandon(file);
  return status;
}

nncc_status nncc_safetensors_write_memory(const nncc_saved_file *saved, void *bytes, size_t capacity, size_t *size,
                                          nncc_message *message) {
  sink to = {.bytes = bytes, .capacity = bytes ? capacity : 0};
  nncc_status status = writeTo(&to, saved, message);
  if (status != NNCC_OK)
    return status;
  *size = to.length;
  if (to.length <= to.capacity)
    return NNCC_OK;
  nncc_message_append(message, "the file takes %zu bytes, there is room for %zu", to.length, to.capacity);
  return NNCC_ERROR_ARGUMENT;
}
