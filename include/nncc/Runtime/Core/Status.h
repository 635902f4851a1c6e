/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Status codes and error text of the runtime's core. Nothing in the core prints, aborts or exits: a function that can fail
 * returns an nncc_status and, where it takes an nncc_message, appends a sentence that names what was expected and found.
 */
#ifndef NNCC_RUNTIME_CORE_STATUS_H
#define NNCC_RUNTIME_CORE_STATUS_H

#include "nncc/ABI/Library.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum nncc_status {
#define NNCC_STATUS(name, text) NNCC_##name,
  NNCC_STATUSES(NNCC_STATUS)
#undef NNCC_STATUS
  NNCC_STATUS_COUNT
} nncc_status;

/* A short description, never NULL; valid for ever. */
const char *nncc_status_string(nncc_status status);

/* Growing text. Starts as {0}; when memory runs out, what does not fit is dropped. Functions accept NULL for "no text". */
typedef struct nncc_message {
  char *text; /* NUL-terminated, or NULL while empty */
  size_t length;
  size_t capacity;
  int is_fixed; /* 1: `text` is the owner's, of `capacity` bytes; nothing is allocated, what does not fit is cut off */
} nncc_message;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void nncc_message_append(nncc_message *message, const char *format, ...);
void nncc_message_free(nncc_message *message);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_STATUS_H */
