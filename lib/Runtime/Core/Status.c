/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "nncc/Runtime/Core/Status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *nncc_status_string(nncc_status status) {
  switch (status) {
  case NNCC_OK: return "success";
  case NNCC_ERROR_ARGUMENT: return "invalid argument";
  case NNCC_ERROR_ABI: return "the compiled model and the runtime are of different versions";
  case NNCC_ERROR_NO_ENTRY: return "the model was compiled without this function";
  case NNCC_ERROR_CPU: return "this CPU lacks features that the model was compiled for";
  case NNCC_ERROR_MEMORY: return "out of memory";
  case NNCC_ERROR_THREADS: return "worker threads could not be started";
  case NNCC_ERROR_OPEN: return "a file is missing or unreadable";
  case NNCC_ERROR_FORMAT: return "a file is malformed";
  case NNCC_ERROR_MISMATCH: return "the weights do not fit the model";
  case NNCC_ERROR_WRITE: return "a file cannot be written";
  case NNCC_ERROR_UNSUPPORTED: return "not supported";
  case NNCC_STATUS_COUNT: break;
  }
  return "unknown status";
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
  if (wanted > message->capacity) {
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
