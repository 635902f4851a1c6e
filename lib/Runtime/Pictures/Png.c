/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* PNG by libpng (http://www.libpng.org/pub/png/libpng-manual.txt). Its errors jump, hence C, and no memory held by
 * locals across a jump. */
#include "Codecs.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
  const uint8_t *bytes;
  size_t count, position;
  char *reason;
  png_structp png;
  png_infop info;
  uint8_t *converted; /* the picture in another number of channels, or NULL */
  png_bytep *rows;
} reader;

static void onError(png_structp png, png_const_charp message) {
  snprintf(png_get_error_ptr(png), NNCC_PICTURE_REASON, "it is damaged (libpng: %s)", message);
  png_longjmp(png, 1);
}

static void onWarning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void readBytes(png_structp png, png_bytep to, size_t count) {
  reader *r = png_get_io_ptr(png);
  if (count > r->count - r->position) {
    snprintf(r->reason, NNCC_PICTURE_REASON, "it ends early");
    png_longjmp(png, 1);
  }
  memcpy(to, r->bytes + r->position, count);
  r->position += count;
}

static int start(reader *r) {
  r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r->reason, onError, onWarning);
  r->info = r->png ? png_create_info_struct(r->png) : NULL;
  if (!r->info) {
    snprintf(r->reason, NNCC_PICTURE_REASON, "there is no memory left");
    return 0;
  }
  png_set_read_fn(r->png, r, readBytes);
  png_set_user_limits(r->png, NNCC_PICTURE_SIDE, NNCC_PICTURE_SIDE);
  png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
  return 1;
}

static void finish(reader *r) {
  png_destroy_read_struct(&r->png, &r->info, NULL);
  free(r->converted);
  free(r->rows);
}

static int sizeOf(reader *r, nncc_picture_size *size) {
  png_read_info(r->png, r->info);
  size->width = png_get_image_width(r->png, r->info);
  size->height = png_get_image_height(r->png, r->info);
  int type = png_get_color_type(r->png, r->info);
  int alpha = (type & PNG_COLOR_MASK_ALPHA) || png_get_valid(r->png, r->info, PNG_INFO_tRNS);
  size->channels = (type & PNG_COLOR_MASK_COLOR ? 3 : 1) + (alpha ? 1 : 0);
  if (!nncc_picture_size_check(size, r->reason))
    return 0;
  /* Deflate expands at most 1032-fold. */
  int64_t bits = size->width * size->height * png_get_bit_depth(r->png, r->info) * png_get_channels(r->png, r->info);
  if ((uint64_t)bits / 8 / 1032 > r->count) {
    snprintf(r->reason, NNCC_PICTURE_REASON,
             "it is damaged: its header says %lldx%lld, more than so short a file can hold", (long long)size->width,
             (long long)size->height);
    return 0;
  }
  return 1;
}

int nncc_png_read_size(const uint8_t *bytes, size_t count, nncc_picture_size *size, char *reason) {
  reader r = {bytes, count, 0, reason, NULL, NULL, NULL, NULL};
  volatile int fine = 0;
  if (start(&r) && !setjmp(png_jmpbuf(r.png)))
    fine = sizeOf(&r, size);
  finish(&r);
  return fine;
}

static void decodeRows(reader *r, const nncc_picture_size *size, int64_t channels, uint8_t *pixels) {
  png_set_expand(r->png); /* palettes to RGB, 1 to 4 bits to 8, a transparent colour to alpha */
  png_set_scale_16(r->png);
  png_set_interlace_handling(r->png);
  png_read_update_info(r->png, r->info);
  int64_t from = png_get_channels(r->png, r->info), pixelCount = size->width * size->height;
  uint8_t *to = pixels;
  r->rows = malloc((size_t)size->height * sizeof *r->rows);
  if (from != channels)
    to = r->converted = malloc((size_t)(pixelCount * from));
  if (!r->rows || !to)
    png_error(r->png, "no memory");
  for (int64_t y = 0; y < size->height; ++y)
    r->rows[y] = to + y * size->width * from;
  png_read_image(r->png, r->rows);
  png_read_end(r->png, NULL);
  if (from != channels)
    nncc_convert_pixels(to, pixelCount, from, channels, pixels);
}

int nncc_png_decode(const uint8_t *bytes, size_t count, int64_t channels, uint8_t *pixels, char *reason) {
  reader r = {bytes, count, 0, reason, NULL, NULL, NULL, NULL};
  nncc_picture_size size;
  volatile int fine = 0;
  if (start(&r) && !setjmp(png_jmpbuf(r.png)) && sizeOf(&r, &size)) {
    decodeRows(&r, &size, channels, pixels);
    fine = 1;
  }
  finish(&r);
  return fine;
}
