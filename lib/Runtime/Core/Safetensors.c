/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE
#include "nncc/Runtime/Core/Safetensors.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors are little-endian; this code copies bytes as they are"
#endif

static const uint64_t maximumHeader = 100000000; /* the reference implementation's limit */

static nncc_status malformed(nncc_safetensors *file, const char *problem, nncc_message *message) {
  nncc_message_append(message, "'%s' is not a valid safetensors file: %s", file->path, problem);
  return NNCC_ERROR_FORMAT;
}

static nncc_status malformedTensor(nncc_safetensors *file, const char *name, const char *problem, nncc_message *message) {
  nncc_message_append(message, "'%s' is not a valid safetensors file: tensor '%s' %s", file->path, name, problem);
  return NNCC_ERROR_FORMAT;
}

static int64_t bytesOf(const char *dtype) {
  static const struct {
    const char *name;
    int64_t bytes;
  } types[] = {{"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I32", 4}, {"I16", 2},
               {"I8", 1},  {"U64", 8}, {"U32", 4}, {"U16", 2},  {"U8", 1},  {"BOOL", 1}};
  for (size_t i = 0; i < sizeof types / sizeof *types; ++i)
    if (strcmp(types[i].name, dtype) == 0)
      return types[i].bytes;
  return 0;
}

/* Checks one entry of the header and fills *tensor. `data` is where the tensors' bytes start, `size` how many there are. */
static nncc_status readEntry(nncc_safetensors *file, const char *name, const json_t *entry, uint64_t data, uint64_t size,
                             nncc_stored_tensor *tensor, nncc_message *message) {
  const json_t *dtype = json_object_get(entry, "dtype"), *shape = json_object_get(entry, "shape");
  const json_t *offsets = json_object_get(entry, "data_offsets");
  if (!json_is_string(dtype) || !json_is_array(shape) || !json_is_array(offsets) || json_array_size(offsets) != 2)
    return malformedTensor(file, name, "lacks dtype, shape or data_offsets", message);
  const char *type = json_string_value(dtype);
  int64_t width = bytesOf(type);
  if (!width)
    return malformedTensor(file, name, "has an unknown dtype", message);
  snprintf(tensor->dtype, sizeof tensor->dtype, "%s", type);
  if (json_array_size(shape) > NNCC_MAX_RANK)
    return malformedTensor(file, name, "has more than 8 axes", message);
  tensor->rank = (int64_t)json_array_size(shape);
  tensor->elements = 1;
  for (int64_t i = 0; i < tensor->rank; ++i) {
    const json_t *extent = json_array_get(shape, (size_t)i);
    if (!json_is_integer(extent) || json_integer_value(extent) < 0)
      return malformedTensor(file, name, "has a shape that is not made of non-negative integers", message);
    tensor->extents[i] = json_integer_value(extent);
    if (__builtin_mul_overflow(tensor->elements, tensor->extents[i], &tensor->elements))
      return malformedTensor(file, name, "has a shape whose size overflows", message);
  }
  const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
  if (!json_is_integer(begin) || !json_is_integer(end) || json_integer_value(begin) < 0 ||
      json_integer_value(end) < json_integer_value(begin) || (uint64_t)json_integer_value(end) > size)
    return malformedTensor(file, name, "has data_offsets outside the file", message);
  int64_t bytes;
  if (__builtin_mul_overflow(tensor->elements, width, &bytes) ||
      bytes != json_integer_value(end) - json_integer_value(begin))
    return malformedTensor(file, name, "has data_offsets that disagree with its shape", message);
  tensor->begin = data + (uint64_t)json_integer_value(begin);
  tensor->name = strdup(name);
  return tensor->name ? NNCC_OK : NNCC_ERROR_MEMORY;
}

static int byPosition(const void *a, const void *b) {
  const nncc_stored_tensor *x = a, *y = b;
  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  int64_t n = x->elements - y->elements; /* empty tensors before the one whose bytes start there */
  return n ? (n < 0 ? -1 : 1) : strcmp(x->name, y->name);
}

static int compareNames(const void *a, const void *b) {
  return strcmp((*(nncc_stored_tensor *const *)a)->name, (*(nncc_stored_tensor *const *)b)->name);
}

static nncc_status readHeader(nncc_safetensors *file, const json_t *header, uint64_t data, uint64_t size,
                              nncc_message *message) {
  if (!json_is_object(header))
    return malformed(file, "the header is not a JSON object", message);
  size_t entries = json_object_size(header);
  file->tensors = calloc(entries ? entries : 1, sizeof *file->tensors);
  if (!file->tensors)
    return NNCC_ERROR_MEMORY;
  const char *name;
  json_t *entry;
  json_object_foreach((json_t *)header, name, entry) {
    if (strcmp(name, "__metadata__") == 0) {
      if (!json_is_object(entry))
        return malformed(file, "__metadata__ is not an object", message);
      file->metadata = calloc(json_object_size(entry) + 1, sizeof *file->metadata);
      if (!file->metadata)
        return NNCC_ERROR_MEMORY;
      const char *key;
      json_t *value;
      json_object_foreach(entry, key, value) {
        if (!json_is_string(value))
          return malformed(file, "__metadata__ holds a value that is not a string", message);
        nncc_metadata *m = &file->metadata[file->metadata_count++];
        m->key = strdup(key);
        m->value = strdup(json_string_value(value));
        if (!m->key || !m->value)
          return NNCC_ERROR_MEMORY;
      }
      continue;
    }
    nncc_status status = readEntry(file, name, entry, data, size, &file->tensors[file->count], message);
    if (status != NNCC_OK)
      return status;
    ++file->count;
  }
  qsort(file->tensors, (size_t)file->count, sizeof *file->tensors, byPosition);
  uint64_t position = data;
  for (int64_t i = 0; i < file->count; ++i) {
    nncc_stored_tensor *t = &file->tensors[i];
    if (t->begin != position)
      return malformedTensor(file, t->name, t->begin < position ? "overlaps another" : "follows a gap", message);
    position += (uint64_t)(t->elements * bytesOf(t->dtype));
  }
  if (position != data + size)
    return malformed(file, "bytes after the last tensor", message);
  file->by_name = malloc(((size_t)file->count + 1) * sizeof *file->by_name);
  if (!file->by_name)
    return NNCC_ERROR_MEMORY;
  for (int64_t i = 0; i < file->count; ++i)
    file->by_name[i] = &file->tensors[i];
  qsort(file->by_name, (size_t)file->count, sizeof *file->by_name, compareNames);
  return NNCC_OK;
}

static nncc_status readFile(nncc_safetensors *file, nncc_message *message) {
  file->stream = fopen(file->path, "rbe");
  struct stat info;
  if (!file->stream || fstat(fileno(file->stream), &info) != 0) {
    nncc_message_append(message, "cannot read '%s': %s", file->path, strerror(errno));
    return NNCC_ERROR_OPEN;
  }
  if (!S_ISREG(info.st_mode)) {
    nncc_message_append(message, "cannot read '%s': %s", file->path,
                        S_ISDIR(info.st_mode) ? strerror(EISDIR) : "not a regular file");
    return NNCC_ERROR_OPEN;
  }
  uint64_t size = (uint64_t)info.st_size, length = 0;
  unsigned char raw[8];
  if (size < 8 || fread(raw, 1, 8, file->stream) != 8)
    return malformed(file, "it is shorter than the 8 bytes of header length", message);
  for (int i = 7; i >= 0; --i)
    length = length << 8 | raw[i];
  if (length > size - 8 || length > maximumHeader)
    return malformed(file, "the header is longer than the file, or than 100 MB", message);
  char *text = malloc(length + 1);
  if (!text)
    return NNCC_ERROR_MEMORY;
  if (fread(text, 1, length, file->stream) != length) {
    free(text);
    return malformed(file, "it ends within the header", message);
  }
  json_error_t error;
  json_t *header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
  free(text);
  if (!header)
    return malformed(file, error.text, message);
  nncc_status status = readHeader(file, header, 8 + length, size - 8 - length, message);
  json_decref(header);
  return status;
}

nncc_status nncc_safetensors_open(const char *path, nncc_safetensors **result, nncc_message *message) {
  *result = NULL;
  nncc_safetensors *file = calloc(1, sizeof *file);
  if (!file || !(file->path = strdup(path))) {
    free(file);
    return NNCC_ERROR_MEMORY;
  }
  nncc_status status = readFile(file, message);
  if (status != NNCC_OK)
    nncc_safetensors_close(file);
  else
    *result = file;
  return status;
}

void nncc_safetensors_close(nncc_safetensors *file) {
  if (!file)
    return;
  if (file->stream)
    fclose(file->stream);
  /* An entry that failed halfway stands one behind `count` and owns no name. */
  for (int64_t i = 0; i < file->count; ++i)
    free(file->tensors[i].name);
  for (int64_t i = 0; i < file->metadata_count; ++i) {
    free(file->metadata[i].key);
    free(file->metadata[i].value);
  }
  free(file->tensors);
  free(file->by_name);
  free(file->metadata);
  free(file->path);
  free(file);
}

const nncc_stored_tensor *nncc_safetensors_find(const nncc_safetensors *file, const char *name) {
  int64_t low = 0, high = file->count;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    int order = strcmp(file->by_name[middle]->name, name);
    if (order == 0)
      return file->by_name[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

const char *nncc_safetensors_metadata(const nncc_safetensors *file, const char *key) {
  for (int64_t i = 0; i < file->metadata_count; ++i)
    if (strcmp(file->metadata[i].key, key) == 0)
      return file->metadata[i].value;
  return NULL;
}

nncc_status nncc_safetensors_read(nncc_safetensors *file, const nncc_stored_tensor *tensor, float *values,
                                  nncc_message *message) {
  size_t count = (size_t)tensor->elements;
  if (fseeko(file->stream, (off_t)tensor->begin, SEEK_SET) != 0 || fread(values, 4, count, file->stream) != count) {
    nncc_message_append(message, "cannot read '%s': %s", file->path,
                        ferror(file->stream) ? strerror(errno) : "it became shorter");
    return NNCC_ERROR_OPEN;
  }
  return NNCC_OK;
}

/* --- writing ----------------------------------------------------------------------------------------------------------- */

static int byName(const void *a, const void *b) {
  return strcmp((*(nncc_saved_tensor *const *)a)->name, (*(nncc_saved_tensor *const *)b)->name);
}

static char *makeHeader(const nncc_saved_tensor **sorted, int64_t count, const nncc_metadata *metadata,
                        int64_t metadataCount) {
  json_t *header = json_object();
  if (metadataCount) {
    json_t *object = json_object();
    for (int64_t i = 0; i < metadataCount; ++i)
      json_object_set_new(object, metadata[i].key, json_string(metadata[i].value));
    json_object_set_new(header, "__metadata__", object);
  }
  int64_t position = 0;
  for (int64_t i = 0; i < count; ++i) {
    json_t *shape = json_array();
    for (int64_t k = 0; k < sorted[i]->rank; ++k)
      json_array_append_new(shape, json_integer(sorted[i]->extents[k]));
    int64_t end = position + sorted[i]->elements * 4;
    json_object_set_new(header, sorted[i]->name,
                        json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape", shape, "data_offsets",
                                  (json_int_t)position, (json_int_t)end));
    position = end;
  }
  char *text = json_dumps(header, JSON_COMPACT);
  json_decref(header);
  return text;
}

nncc_status nncc_safetensors_write(nncc_file *file, const nncc_saved_tensor *tensors, int64_t count,
                                   const nncc_metadata *metadata, int64_t metadataCount, nncc_message *message) {
  const nncc_saved_tensor **sorted = malloc((size_t)(count + 1) * sizeof *sorted);
  if (!sorted)
    return NNCC_ERROR_MEMORY;
  for (int64_t i = 0; i < count; ++i)
    sorted[i] = &tensors[i];
  qsort(sorted, (size_t)count, sizeof *sorted, byName);
  char *header = makeHeader(sorted, count, metadata, metadataCount);
  if (!header) {
    free(sorted);
    return NNCC_ERROR_MEMORY;
  }
  /* Padded with blanks, so that the tensors start at a multiple of 8. */
  uint64_t length = strlen(header), padded = (length + 7) / 8 * 8;
  unsigned char raw[8];
  for (int i = 0; i < 8; ++i)
    raw[i] = (unsigned char)(padded >> (8 * i));
  nncc_status status = nncc_file_write(file, raw, 8, message);
  if (status == NNCC_OK)
    status = nncc_file_write(file, header, length, message);
  if (status == NNCC_OK)
    status = nncc_file_write(file, "        ", padded - length, message);
  for (int64_t i = 0; i < count && status == NNCC_OK; ++i)
    status = nncc_file_write(file, sorted[i]->values, (size_t)sorted[i]->elements * 4, message);
  free(header);
  free(sorted);
  return status;
}
