/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE
#include "nncc/Runtime/Core/Safetensors.h"

#include "Json.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Fills in a tensor's shape. */
static nncc_status readShape(nncc_safetensors *file, const nncc_json *json, int shape, nncc_stored_tensor *tensor,
                             nncc_message *message) {
  if (nncc_json_size(json, shape) > NNCC_MAX_RANK)
    return malformedTensor(file, tensor->name, "has more than 8 axes", message);
  tensor->rank = nncc_json_size(json, shape);
  tensor->elements = 1;
  int extent = nncc_json_first(shape);
  for (int64_t i = 0; i < tensor->rank; ++i, extent = nncc_json_next(json, extent)) {
    if (!nncc_json_count(json, extent, &tensor->extents[i]))
      return malformedTensor(file, tensor->name, "has a shape that is not made of non-negative integers", message);
    if (__builtin_mul_overflow(tensor->elements, tensor->extents[i], &tensor->elements))
      return malformedTensor(file, tensor->name, "has a shape whose size overflows", message);
  }
  return NNCC_OK;
}

/* Checks one entry of the header and fills *tensor. `data` is where the tensors' bytes start, `size` how many there are. */
static nncc_status readEntry(nncc_safetensors *file, const nncc_json *json, int key, uint64_t data, uint64_t size,
                             nncc_stored_tensor *tensor, nncc_message *message) {
  const int entry = nncc_json_value(key), dtype = nncc_json_find(json, entry, "dtype");
  const int shape = nncc_json_find(json, entry, "shape"), offsets = nncc_json_find(json, entry, "data_offsets");
  tensor->name = nncc_json_string(json, key);
  if (dtype < 0 || nncc_json_kind_of(json, dtype) != NNCC_JSON_STRING || shape < 0 ||
      nncc_json_kind_of(json, shape) != NNCC_JSON_ARRAY || offsets < 0 || nncc_json_kind_of(json, offsets) != NNCC_JSON_ARRAY ||
      nncc_json_size(json, offsets) != 2)
    return malformedTensor(file, tensor->name, "lacks dtype, shape or data_offsets", message);
  const char *type = nncc_json_string(json, dtype);
  const int64_t width = bytesOf(type);
  if (!width)
    return malformedTensor(file, tensor->name, "has an unknown dtype", message);
  stpncpy(tensor->dtype, type, sizeof tensor->dtype - 1);
  nncc_status status = readShape(file, json, shape, tensor, message);
  if (status != NNCC_OK)
    return status;
  int64_t begin, end, bytes;
  const int first = nncc_json_first(offsets);
  if (!nncc_json_count(json, first, &begin) || !nncc_json_count(json, nncc_json_next(json, first), &end) || end < begin ||
      (uint64_t)end > size)
    return malformedTensor(file, tensor->name, "has data_offsets outside the file", message);
  if (__builtin_mul_overflow(tensor->elements, width, &bytes) || bytes != end - begin)
    return malformedTensor(file, tensor->name, "has data_offsets that disagree with its shape", message);
  tensor->begin = data + (uint64_t)begin;
  return NNCC_OK;
}

static nncc_status readMetadata(nncc_safetensors *file, const nncc_json *json, int object, nncc_message *message) {
  if (nncc_json_kind_of(json, object) != NNCC_JSON_OBJECT)
    return malformed(file, "__metadata__ is not an object", message);
  const int count = nncc_json_size(json, object);
  file->metadata = calloc((size_t)count + 1, sizeof *file->metadata);
  if (!file->metadata)
    return NNCC_ERROR_MEMORY;
  for (int i = 0, key = nncc_json_first(object); i < count; ++i, key = nncc_json_next(json, key)) {
    if (nncc_json_kind_of(json, nncc_json_value(key)) != NNCC_JSON_STRING)
      return malformed(file, "__metadata__ holds a value that is not a string", message);
    file->metadata[file->metadata_count++] =
        (nncc_metadata){nncc_json_string(json, key), nncc_json_string(json, nncc_json_value(key))};
  }
  return NNCC_OK;
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

static nncc_status readHeader(nncc_safetensors *file, const nncc_json *json, uint64_t data, uint64_t size,
                              nncc_message *message) {
  if (nncc_json_kind_of(json, 0) != NNCC_JSON_OBJECT)
    return malformed(file, "the header is not a JSON object", message);
  const int entries = nncc_json_size(json, 0);
  file->tensors = calloc((size_t)entries + 1, sizeof *file->tensors);
  if (!file->tensors)
    return NNCC_ERROR_MEMORY;
  for (int i = 0, key = nncc_json_first(0); i < entries; ++i, key = nncc_json_next(json, key)) {
    const int isMetadata = strcmp(nncc_json_string(json, key), "__metadata__") == 0;
    nncc_status status = isMetadata ? readMetadata(file, json, nncc_json_value(key), message)
                                    : readEntry(file, json, key, data, size, &file->tensors[file->count], message);
    if (status != NNCC_OK)
      return status;
    file->count += !isMetadata;
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

/* --- opening and reading ------------------------------------------------------------------------------------------------ */

static nncc_status cannotRead(const nncc_safetensors *file, const char *reason, nncc_message *message) {
  nncc_message_append(message, "cannot read '%s': %s", file->path, reason);
  return NNCC_ERROR_OPEN;
}

/* Bytes [begin, begin + count) of the file. */
static nncc_status readBytes(const nncc_safetensors *file, uint64_t begin, void *bytes, size_t count, nncc_message *message) {
  if (file->descriptor < 0) {
    if (count) // else there may be no memory for it
      memcpy(bytes, file->bytes + begin, count);
    return NNCC_OK;
  }
  while (count) {
    ssize_t got = pread(file->descriptor, bytes, count < (1u << 30) ? count : 1u << 30, (off_t)begin);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return cannotRead(file, got ? strerror(errno) : "it became shorter", message);
    bytes = (char *)bytes + got;
    begin += (uint64_t)got;
    count -= (size_t)got;
  }
  return NNCC_OK;
}

/* Everything but the tensors' values, of a file of `size` bytes. */
static nncc_status readStart(nncc_safetensors *file, uint64_t size, nncc_message *message) {
  uint8_t raw[8];
  if (size < sizeof raw)
    return malformed(file, "it is shorter than the 8 bytes of header length", message);
  nncc_status status = readBytes(file, 0, raw, sizeof raw, message);
  if (status != NNCC_OK)
    return status;
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i)
    length = length << 8 | raw[i];
  if (length > size - 8 || length > maximumHeader)
    return malformed(file, "the header is longer than the file, or than 100 MB", message);
  file->header = malloc(length + 1);
  if (!file->header)
    return NNCC_ERROR_MEMORY;
  status = readBytes(file, 8, file->header, length, message);
  if (status != NNCC_OK)
    return status;
  nncc_json *json;
  const char *problem;
  status = nncc_json_parse(file->header, length, &json, &problem);
  if (status == NNCC_ERROR_FORMAT)
    return malformed(file, problem, message);
  if (status == NNCC_OK)
    status = readHeader(file, json, 8 + length, size - 8 - length, message);
  nncc_json_free(json);
  return status;
}

static nncc_status openFile(nncc_safetensors *file, uint64_t *size, nncc_message *message) {
  file->descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is refused below, not waited for */
  struct stat info;
  if (file->descriptor < 0 || fstat(file->descriptor, &info) != 0)
    return cannotRead(file, strerror(errno), message);
  if (!S_ISREG(info.st_mode))
    return cannotRead(file, S_ISDIR(info.st_mode) ? strerror(EISDIR) : "not a regular file", message);
  *size = (uint64_t)info.st_size;
  return NNCC_OK;
}

static nncc_safetensors *makeFile(const char *name) {
  nncc_safetensors *file = calloc(1, sizeof *file);
  if (!file || !(file->path = strdup(name))) {
    free(file);
    return NULL;
  }
  file->descriptor = -1;
  return file;
}

/* The file, or none and its error. */
static nncc_status give(nncc_safetensors *file, nncc_status status, nncc_safetensors **result) {
  if (status != NNCC_OK)
    nncc_safetensors_close(file);
  else
    *result = file;
  return status;
}

nncc_status nncc_safetensors_open(const char *path, nncc_safetensors **result, nncc_message *message) {
  *result = NULL;
  nncc_safetensors *file = makeFile(path);
  if (!file)
    return NNCC_ERROR_MEMORY;
  uint64_t size = 0;
  nncc_status status = openFile(file, &size, message);
  return give(file, status == NNCC_OK ? readStart(file, size, message) : status, result);
}

nncc_status nncc_safetensors_open_memory(const void *bytes, size_t size, nncc_safetensors **result, nncc_message *message) {
  *result = NULL;
  nncc_safetensors *file = makeFile("(memory)");
  if (!file)
    return NNCC_ERROR_MEMORY;
  file->bytes = bytes;
  return give(file, readStart(file, size, message), result);
}

void nncc_safetensors_close(nncc_safetensors *file) {
  if (!file)
    return;
  if (file->descriptor >= 0)
    close(file->descriptor);
  free(file->tensors);
  free(file->by_name);
  free(file->metadata);
  free(file->header);
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
  return readBytes(file, tensor->begin, values, (size_t)tensor->elements * sizeof(float), message);
}
