/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * safetensors (https://github.com/huggingface/safetensors, format section of its README): 8 bytes of header length, a JSON
 * header, the tensors' bytes without gaps. Files are not trusted: every number is checked before it is used.
 */
#ifndef NNCC_RUNTIME_CORE_SAFETENSORS_H
#define NNCC_RUNTIME_CORE_SAFETENSORS_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Core/AtomicFile.h"
#include "nncc/Runtime/Core/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nncc_stored_tensor {
  const char *name;
  int64_t rank;
  int64_t extents[NNCC_MAX_RANK];
  int64_t elements;
  uint64_t begin; /* bytes from the start of the file */
  char dtype[8];  /* "F32"; other types are listed but not read */
} nncc_stored_tensor;

typedef struct nncc_metadata {
  const char *key, *value;
} nncc_metadata;

/* An open file with its checked header. */
typedef struct nncc_safetensors {
  int descriptor;       /* -1: it lies in memory */
  const uint8_t *bytes; /* then */
  char *path;           /* or how messages call it */
  char *header;         /* where names, keys and values are */
  int64_t count;
  nncc_stored_tensor *tensors; /* in the order of their bytes */
  nncc_stored_tensor **by_name; /* the same, sorted by name */
  int64_t metadata_count;
  nncc_metadata *metadata;
} nncc_safetensors;

/* NNCC_ERROR_OPEN, NNCC_ERROR_FORMAT (truncated, bad JSON, overlaps, gaps, sizes that disagree), NNCC_ERROR_MEMORY. */
nncc_status nncc_safetensors_open(const char *path, nncc_safetensors **file, nncc_message *message);
/* The same for a file in memory, which must stay there until it is closed; messages call it '(memory)'. */
nncc_status nncc_safetensors_open_memory(const void *bytes, size_t size, nncc_safetensors **file, nncc_message *message);
void nncc_safetensors_close(nncc_safetensors *file);
/* NULL where there is none of that name. */
const nncc_stored_tensor *nncc_safetensors_find(const nncc_safetensors *file, const char *name);
/* The value of a key of the metadata, or NULL. */
const char *nncc_safetensors_metadata(const nncc_safetensors *file, const char *key);
/* Reads an F32 tensor's elements into `values`. Cannot fail for a file in memory. */
nncc_status nncc_safetensors_read(nncc_safetensors *file, const nncc_stored_tensor *tensor, float *values,
                                  nncc_message *message);

/* A tensor to be written, F32. */
typedef struct nncc_saved_tensor {
  const char *name;
  int64_t rank;
  const int64_t *extents;
  int64_t elements;
  const float *values;
} nncc_saved_tensor;

/* What a file is made of. */
typedef struct nncc_saved_file {
  const nncc_saved_tensor *tensors;
  int64_t tensor_count;
  const nncc_metadata *metadata;
  int64_t metadata_count;
} nncc_saved_file;

/* Writes a whole file, tensors sorted by name, into `file`; neither finishes nor commits it. */
nncc_status nncc_safetensors_write(const nncc_saved_file *saved, nncc_file *file, nncc_message *message);
/* Writes it atomically. */
nncc_status nncc_safetensors_save(const nncc_saved_file *saved, const char *path, nncc_message *message);
/* Writes it to memory, if `capacity` is enough, else NNCC_ERROR_ARGUMENT; *size is the file's length in any case but
 * NNCC_ERROR_MEMORY. */
nncc_status nncc_safetensors_write_memory(const nncc_saved_file *saved, void *bytes, size_t capacity, size_t *size,
                                          nncc_message *message);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_SAFETENSORS_H */
