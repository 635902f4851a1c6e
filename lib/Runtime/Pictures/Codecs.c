/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "Codecs.h"

#include <stdio.h>
#include <string.h>

int nncc_picture_size_check(const nncc_picture_size *size, char *reason) {
  if (size->width < 1 || size->height < 1) {
    snprintf(reason, NNCC_PICTURE_REASON, "its header says that it is empty");
    return 0;
  }
  if (size->width > NNCC_PICTURE_SIDE || size->height > NNCC_PICTURE_SIDE ||
      size->width * size->height > NNCC_PICTURE_PIXELS) {
    snprintf(reason, NNCC_PICTURE_REASON, "it is %lldx%lld; pictures may have %d megapixels", (long long)size->width,
             (long long)size->height, NNCC_PICTURE_PIXELS >> 20);
    return 0;
  }
  return 1;
}

/* BT.601's luma, rounded: what JPEG keeps as its grey. */
static uint8_t luma(const uint8_t *rgb) {
  return (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

void nncc_convert_pixels(const uint8_t *pixels, int64_t count, int64_t from, int64_t channels, uint8_t *to) {
  for (int64_t i = 0; i < count; ++i, pixels += from, to += channels) {
    uint8_t rgba[4] = {pixels[0], pixels[from > 2 ? 1 : 0], pixels[from > 2 ? 2 : 0], 255};
    if (from % 2 == 0)
      rgba[3] = pixels[from - 1];
    if (channels > 2) {
      memcpy(to, rgba, (size_t)channels);
      continue;
    }
    to[0] = from > 2 ? luma(rgba) : rgba[0];
    if (channels == 2)
      to[1] = rgba[3];
  }
}

static int isPng(const uint8_t *bytes, size_t count) {
  return count >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
}
static int isJpeg(const uint8_t *bytes, size_t count) { return count >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0; }

static int unknown(size_t count, char *reason) {
  snprintf(reason, NNCC_PICTURE_REASON, count ? "it is neither a PNG nor a JPEG" : "it is empty");
  return 0;
}

static int readSize(const uint8_t *bytes, size_t count, nncc_picture_size *size, char reason[NNCC_PICTURE_REASON]) {
  if (isPng(bytes, count))
    return nncc_png_read_size(bytes, count, size, reason);
  if (isJpeg(bytes, count))
    return nncc_jpeg_read_size(bytes, count, size, reason);
  return unknown(count, reason);
}

static int decode(const uint8_t *bytes, size_t count, int64_t channels, uint8_t *pixels,
                  char reason[NNCC_PICTURE_REASON]) {
  if (isPng(bytes, count))
    return nncc_png_decode(bytes, count, channels, pixels, reason);
  if (isJpeg(bytes, count))
    return nncc_jpeg_decode(bytes, count, channels, pixels, reason);
  return unknown(count, reason);
}

static const nncc_picture_codecs codecs = {readSize, decode};
const nncc_picture_codecs *const nncc_linked_picture_codecs = &codecs;
