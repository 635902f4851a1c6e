/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The strings of JSON, in both directions, and the text that they are written to. */
#include "Json.h"

#include <string.h>

/* --- reading ------------------------------------------------------------------------------------------------------------ */

/* Bytes of the UTF-8 character at `s`, 0 if there is none (RFC 3629: no overlong form, no surrogate, up to U+10FFFF). */
static int characterBytes(const unsigned char *s, size_t left) {
  if (s[0] < 0x80)
    return 1;
  int bytes = s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
  if (!bytes || (size_t)bytes > left)
    return 0;
  for (int i = 1; i < bytes; ++i)
    if ((s[i] & 0xc0) != 0x80)
      return 0;
  int isWrong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
                (s[0] == 0xf4 && s[1] > 0x8f);
  return isWrong ? 0 : bytes;
}

static char *putCharacter(char *to, uint32_t c) {
  int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
  *to++ = (char)(lead[more] | c >> (6 * more));
  while (more--)
    *to++ = (char)(0x80 | (c >> (6 * more) & 0x3f));
  return to;
}

/* The four hexadecimal digits at `s`; jsmn has seen that they are there. */
static uint32_t hexadecimal(const char *s) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i)
    value = value << 4 | (uint32_t)(s[i] <= '9' ? s[i] - '0' : (s[i] | 0x20) - 'a' + 10);
  return value;
}

/* The escape behind a backslash at *from, which moves behind it. A character, or 0 if there is none. */
static uint32_t unescape(const char **from, const char *end) {
  static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
  char c = *(*from)++;
  if (c != 'u') {
    const char *letter = strchr(letters, c);
    return (uint32_t)(letter ? meanings[letter - letters] : c);
  }
  uint32_t high = hexadecimal(*from);
  *from += 4;
  if (high < 0xd800 || high > 0xdfff)
    return high;
  if (high > 0xdbff || end - *from < 6 || (*from)[0] != '\\' || (*from)[1] != 'u')
    return 0;
  uint32_t low = hexadecimal(*from + 2);
  *from += 6;
  return low < 0xdc00 || low > 0xdfff ? 0 : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

const char *nncc_json_decode(char *string, char **stringEnd) {
  const char *from = string, *end = *stringEnd;
  char *to = string;
  while (from < end) {
    int bytes = characterBytes((const unsigned char *)from, (size_t)(end - from));
    if ((unsigned char)*from < 0x20)
      return "a control character in a string";
    if (!bytes)
      return "a string that is not UTF-8";
    if (*from != '\\') {
      memmove(to, from, (size_t)bytes);
      to += bytes;
      from += bytes;
      continue;
    }
    ++from;
    uint32_t character = unescape(&from, end);
    if (!character)
      return "an escape of U+0000 or of half a surrogate pair";
    to = putCharacter(to, character);
  }
  *to = 0;
  *stringEnd = to;
  return NULL;
}

/* --- writing ------------------------------------------------------------------------------------------------------------ */

static void addBytes(nncc_text *text, const char *bytes, size_t count) {
  if (text->length < text->capacity) {
    size_t room = text->capacity - text->length;
    memcpy(text->bytes + text->length, bytes, count < room ? count : room);
  }
  text->length += count;
}

void nncc_text_add(nncc_text *text, const char *bytes) { addBytes(text, bytes, strlen(bytes)); }

void nncc_text_number(nncc_text *text, int64_t number) {
  char reversed[24], *at = reversed + sizeof reversed;
  uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
  do
    *--at = (char)('0' + left % 10);
  while (left /= 10);
  if (number < 0)
    *--at = '-';
  addBytes(text, at, (size_t)(reversed + sizeof reversed - at));
}

void nncc_text_string(nncc_text *text, const char *string) {
  static const char hex[] = "0123456789abcdef";
  nncc_text_add(text, "\"");
  for (size_t left = strlen(string); left;) {
    unsigned char c = (unsigned char)*string;
    int bytes = characterBytes((const unsigned char *)string, left);
    char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    if (!bytes)
      addBytes(text, "\\ufffd", 6);
    else if (c < 0x20)
      addBytes(text, escape, 6);
    else if (c == '"' || c == '\\')
      addBytes(text, (char[]){'\\', (char)c}, 2);
    else
      addBytes(text, string, (size_t)bytes);
    string += bytes ? bytes : 1;
    left -= bytes ? (size_t)bytes : 1;
  }
  nncc_text_add(text, "\"");
}
