/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "nncc/Runtime/Core/Status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *nncc_status_string(nncc_status status) {
  static const char *const texts[] = {
#define NNCC_STATUS(name, text) text,
      NNCC_STATUSES(NNCC_STATUS)
#undef NNCC_STATUS
  };
  return (unsigned)status < NNCC_STATUS_COUNT ? texts[status] : "unknown status";
}

void nncc_message_append(nncc_message *message, const char *format, ...) {
  if (!message)
    return;
  va_list arguments;
  va_start(arguments, format);
  int needed = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (needed <= 0)
    return;
  size_t wanted = message->length + (size_t)needed + 1;
  if (wanted > message->capacity && message->is_fixed) {
    if (message->capacity - message->length < 2)
      return;
    needed = (int)(message->capacity - message->length - 1);
  } else if (wanted > message->capacity) {
    size_t capacity = wanted < 256 ? 256 : wanted * 2;
    char *text = realloc(message->text, capacity);
    if (!text)
      return;
    message->text = text;
    message->capacity = capacity;
  }
  va_start(arguments, format);
  vsnprintf(message->text + message->length, (size_t)needed + 1, format, arguments);
  va_end(arguments);
  message->length += (size_t)needed;
}

void nncc_message_free(nncc_message *message) {
  if (!message)
    return;
  free(message->text);
  *message = (nncc_message){0};
}
