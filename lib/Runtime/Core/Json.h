/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* JSON as the headers of weights files have it: a strict reader of untrusted text, and a writer. Internal to Core. */
#ifndef NNCC_LIB_RUNTIME_CORE_JSON_H
#define NNCC_LIB_RUNTIME_CORE_JSON_H

#include "nncc/Runtime/Core/Status.h"

#include <stdint.h>

typedef struct nncc_json nncc_json;
typedef enum nncc_json_kind { NNCC_JSON_OBJECT, NNCC_JSON_ARRAY, NNCC_JSON_STRING, NNCC_JSON_OTHER } nncc_json_kind;

/*
 * Checks all of `text` (RFC 8259: grammar, UTF-8, escapes and surrogate pairs; and no key twice in an object, no U+0000, no more
 * than 32 levels) and decodes its strings in place: they live as long as `text`. NNCC_ERROR_FORMAT: *problem says what is wrong.
 * NNCC_ERROR_MEMORY: no memory for its parts, some ten times its length at most.
 */
nncc_status nncc_json_parse(char *text, size_t length, nncc_json **json, const char **problem);
void nncc_json_free(nncc_json *json);

/* Values are numbered; 0 is the outermost one. An object's children are its keys, and a key's value is nncc_json_value. */
nncc_json_kind nncc_json_kind_of(const nncc_json *json, int value);
/* Elements of an array, keys of an object, else 0. */
int nncc_json_size(const nncc_json *json, int value);
/* The first child, and the one behind `child`; there are nncc_json_size of them. */
int nncc_json_first(int value);
int nncc_json_next(const nncc_json *json, int child);
int nncc_json_value(int key);
/* The value of an object's key, or -1. */
int nncc_json_find(const nncc_json *json, int object, const char *key);
/* A string's or a key's text. */
const char *nncc_json_string(const nncc_json *json, int value);
/* 1 and the number, if the value is an integer from 0 to INT64_MAX. */
int nncc_json_count(const nncc_json *json, int value, int64_t *number);

/*
 * Decodes a string in place, of which jsmn has seen that it has whole escapes; no character becomes longer. A NUL is put behind it, at
 * *end, which moves there. What is wrong with it, or NULL.
 */
const char *nncc_json_decode(char *string, char **end);

/* Text that is written to memory. What does not fit is counted but not written, so that a first pass can measure. */
typedef struct nncc_text {
  char *bytes;
  size_t capacity;
  size_t length;
} nncc_text;

void nncc_text_add(nncc_text *text, const char *bytes);
void nncc_text_number(nncc_text *text, int64_t number);
/* Quoted and escaped; bytes that are no UTF-8 become U+FFFD. */
void nncc_text_string(nncc_text *text, const char *string);

#endif /* NNCC_LIB_RUNTIME_CORE_JSON_H */
