/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * jsmn splits the text into tokens; it looks neither at what stands between them nor into strings and numbers, which is done here.
 */
#include "Json.h"

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { maximumDepth = 32, isText = JSMN_STRING };

struct nncc_json {
  char *text;
  jsmntok_t *tokens; /* checked ones have in `parent` the index of the token behind all that is theirs */
  int count;
  const char *problem;
  int noMemory;
};

static int fail(nncc_json *json, const char *problem) {
  if (!json->problem)
    json->problem = problem;
  return 0;
}

/* --- the grammar -------------------------------------------------------------------------------------------------------- */

/* In place, as no string becomes longer. */
static int decode(nncc_json *json, jsmntok_t *token) {
  char *string = json->text + token->start, *end = json->text + token->end;
  const char *problem = nncc_json_decode(string, &end);
  token->end = (int)(end - json->text);
  return problem ? fail(json, problem) : 1;
}

/* Is [from, to) white space, with one `separator` in it if that is not 0? */
static int between(nncc_json *json, int from, int to, char separator) {
  for (; from < to; ++from) {
    char c = json->text[from];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
      continue;
    if (!separator || c != separator)
      return fail(json, "a misplaced character between two values");
    separator = 0;
  }
  return separator || from > to ? fail(json, "a separator is missing") : 1;
}

static const char *digits(const char *s, const char *end) {
  while (s < end && *s >= '0' && *s <= '9')
    ++s;
  return s;
}

static int isNumber(const char *s, const char *end) {
  if (s < end && *s == '-')
    ++s;
  const char *whole = s;
  s = digits(s, end);
  if (s == whole || (*whole == '0' && s > whole + 1))
    return 0;
  if (s < end && *s == '.') {
    const char *fraction = ++s;
    if ((s = digits(s, end)) == fraction)
      return 0;
  }
  if (s < end && (*s | 0x20) == 'e') {
    ++s;
    if (s < end && (*s == '+' || *s == '-'))
      ++s;
    const char *exponent = s;
    if ((s = digits(s, end)) == exponent)
      return 0;
  }
  return s == end;
}

static int isPrimitive(const char *s, const char *end) {
  static const char *const words[] = {"true", "false", "null"};
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
    if ((size_t)(end - s) == strlen(words[i]) && memcmp(s, words[i], (size_t)(end - s)) == 0)
      return 1;
  return isNumber(s, end);
}

static int compareTexts(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static int keysDiffer(nncc_json *json, int object) {
  int count = json->tokens[object].size, isSame = 0;
  const char *few[8], **keys = count <= 8 ? few : malloc((size_t)count * sizeof *keys);
  if (!keys) {
    json->noMemory = 1;
    return 0;
  }
  for (int i = 0, key = nncc_json_first(object); i < count; ++i, key = nncc_json_next(json, key))
    keys[i] = nncc_json_string(json, key);
  qsort(keys, (size_t)count, sizeof *keys, compareTexts);
  for (int i = 1; i < count; ++i)
    isSame |= strcmp(keys[i - 1], keys[i]) == 0;
  if (keys != few)
    free(keys);
  return isSame ? fail(json, "a duplicate key") : 1;
}

/* Where a token begins and ends with its quotes, before it is decoded. */
static int outerStart(const jsmntok_t *token) { return token->start - (token->type == isText); }
static int outerEnd(const jsmntok_t *token) { return token->end + (token->type == isText); }

static int check(nncc_json *json, int value);

/* The children of an array, or the keys and values of an object: their grammar, what stands between them, and each of them. */
static int checkChildren(nncc_json *json, int parent) {
  jsmntok_t *tokens = json->tokens, *token = &tokens[parent];
  const int isObject = token->type == JSMN_OBJECT;
  int position = token->start + 1, child = parent + 1;
  for (int i = 0; i < token->size; ++i) {
    if (child >= json->count)
      return fail(json, "a value is missing");
    if (!between(json, position, outerStart(&tokens[child]), i ? ',' : 0))
      return 0;
    if (isObject) {
      jsmntok_t *key = &tokens[child];
      if (key->type != isText || key->size != 1 || child + 1 >= json->count)
        return fail(json, "a key without a value, or that is no string");
      if (!between(json, outerEnd(key), outerStart(key + 1), ':') || !decode(json, key))
        return 0;
      ++child;
    }
    position = outerEnd(&tokens[child]);
    if (!check(json, child))
      return 0;
    if (isObject)
      tokens[child - 1].parent = tokens[child].parent;
    child = tokens[child].parent;
  }
  token->parent = child;
  return between(json, position, token->end - 1, 0) && (!isObject || keysDiffer(json, parent));
}

static int check(nncc_json *json, int value) {
  jsmntok_t *token = &json->tokens[value];
  if (token->type == JSMN_OBJECT || token->type == JSMN_ARRAY)
    return checkChildren(json, value);
  token->parent = value + 1;
  if (token->size)
    return fail(json, "a value behind a value");
  if (token->type == isText)
    return decode(json, token);
  return isPrimitive(json->text + token->start, json->text + token->end) ? 1 : fail(json, "a value that is no JSON");
}

/* Before jsmn sees it, whose time grows with the square of the depth. */
static int isShallow(const char *text, size_t length) {
  int depth = 0, inString = 0;
  for (size_t i = 0; i < length; ++i) {
    char c = text[i];
    if (inString && c == '\\')
      ++i;
    else if (c == '"')
      inString = !inString;
    else if (!inString && (c == '{' || c == '[') && ++depth > maximumDepth)
      return 0;
    else if (!inString && (c == '}' || c == ']'))
      --depth;
  }
  return 1;
}

static nncc_status refuse(nncc_json *json, const char *problem) {
  fail(json, problem);
  return NNCC_ERROR_FORMAT;
}

static nncc_status parse(nncc_json *json, char *text, size_t length) {
  json->text = text;
  if (length > INT_MAX - 1 || memchr(text, 0, length) || !isShallow(text, length))
    return refuse(json, "a NUL byte, or more than 32 levels");
  jsmn_parser parser;
  jsmn_init(&parser);
  int count = jsmn_parse(&parser, text, length, NULL, 0);
  if (count < 1)
    return refuse(json, count == JSMN_ERROR_PART ? "an unfinished value" : "no JSON");
  json->tokens = calloc((size_t)count, sizeof *json->tokens);
  if (!json->tokens)
    return NNCC_ERROR_MEMORY;
  jsmn_init(&parser);
  json->count = jsmn_parse(&parser, text, length, json->tokens, (unsigned)count);
  if (json->count != count)
    return refuse(json, json->count == JSMN_ERROR_PART ? "an unfinished value" : "a misplaced character");
  const int start = outerStart(&json->tokens[0]), end = outerEnd(&json->tokens[0]);
  if (between(json, 0, start, 0) && between(json, end, (int)length, 0) && check(json, 0) && json->tokens[0].parent != count)
    fail(json, "a value behind the outermost one");
  return json->noMemory ? NNCC_ERROR_MEMORY : json->problem ? NNCC_ERROR_FORMAT : NNCC_OK;
}

nncc_status nncc_json_parse(char *text, size_t length, nncc_json **result, const char **problem) {
  *result = NULL;
  nncc_json *json = calloc(1, sizeof *json);
  if (!json)
    return NNCC_ERROR_MEMORY;
  nncc_status status = parse(json, text, length);
  *problem = json->problem;
  if (status == NNCC_OK)
    *result = json;
  else
    nncc_json_free(json);
  return status;
}

void nncc_json_free(nncc_json *json) {
  if (!json)
    return;
  free(json->tokens);
  free(json);
}

/* --- looking at it ------------------------------------------------------------------------------------------------------ */

nncc_json_kind nncc_json_kind_of(const nncc_json *json, int value) {
  switch (json->tokens[value].type) {
  case JSMN_OBJECT: return NNCC_JSON_OBJECT;
  case JSMN_ARRAY: return NNCC_JSON_ARRAY;
  case JSMN_STRING: return NNCC_JSON_STRING;
  default: return NNCC_JSON_OTHER;
  }
}

int nncc_json_size(const nncc_json *json, int value) { return json->tokens[value].size; }
int nncc_json_first(int value) { return value + 1; }
int nncc_json_next(const nncc_json *json, int child) { return json->tokens[child].parent; }
int nncc_json_value(int key) { return key + 1; }
const char *nncc_json_string(const nncc_json *json, int value) { return json->text + json->tokens[value].start; }

int nncc_json_find(const nncc_json *json, int object, const char *name) {
  if (nncc_json_kind_of(json, object) != NNCC_JSON_OBJECT)
    return -1;
  for (int i = 0, key = nncc_json_first(object); i < json->tokens[object].size; ++i, key = nncc_json_next(json, key))
    if (strcmp(nncc_json_string(json, key), name) == 0)
      return nncc_json_value(key);
  return -1;
}

int nncc_json_count(const nncc_json *json, int value, int64_t *number) {
  const jsmntok_t *token = &json->tokens[value];
  const char *s = json->text + token->start, *end = json->text + token->end;
  if (token->type != JSMN_PRIMITIVE || digits(s, end) != end)
    return 0;
  *number = 0;
  for (; s < end; ++s)
    if (__builtin_mul_overflow(*number, (int64_t)10, number) || __builtin_add_overflow(*number, (int64_t)(*s - '0'), number))
      return 0;
  return 1;
}
