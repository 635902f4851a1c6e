/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* JPEG by libjpeg-turbo (its libjpeg.txt): smooth upsampling, and the accurate integer transform, whose bits are the same on every
 * machine. TensorFlow takes the fast one unless asked, which differs by a few of 255. */
#include "Codecs.h"

#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>

enum { mostScans = 500 }; /* of a progressive picture: each costs a pass over all of it */

typedef struct reader {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  char *reason;
  uint8_t *row; /* one row of CMYK or of RGB to be converted, or NULL */
} reader;

static void damaged(reader *r, j_common_ptr jpeg) {
  char text[JMSG_LENGTH_MAX];
  r->errors.format_message(jpeg, text);
  snprintf(r->reason, NNCC_PICTURE_REASON, "it is damaged (libjpeg: %.150s)", text);
  longjmp(r->jump, 1);
}

static void onError(j_common_ptr jpeg) { damaged(jpeg->client_data, jpeg); }

/* libjpeg goes on with grey where a picture ends early or its codes make no sense; that is no picture to learn from. */
static void onMessage(j_common_ptr jpeg, int level) {
  reader *r = jpeg->client_data;
  int code = jpeg->err->msg_code;
  if (level < 0 && code == JWRN_JPEG_EOF) {
    snprintf(r->reason, NNCC_PICTURE_REASON, "it ends early");
    longjmp(r->jump, 1);
  }
  if (level < 0 && (code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_BOGUS_PROGRESSION ||
                    code == JWRN_MUST_RESYNC))
    damaged(r, jpeg);
}

static void onProgress(j_common_ptr jpeg) {
  reader *r = jpeg->client_data;
  if (r->jpeg.input_scan_number > mostScans) {
    snprintf(r->reason, NNCC_PICTURE_REASON, "it has more than %d scans", (int)mostScans);
    longjmp(r->jump, 1);
  }
}

/* Between setjmp and finish. */
static int readHeader(reader *r, const uint8_t *bytes, size_t count, nncc_picture_size *size) {
  jpeg_create_decompress(&r->jpeg);
  r->progress.progress_monitor = onProgress;
  r->jpeg.progress = &r->progress;
  jpeg_mem_src(&r->jpeg, bytes, (unsigned long)count);
  jpeg_read_header(&r->jpeg, TRUE);
  size->width = r->jpeg.image_width;
  size->height = r->jpeg.image_height;
  size->channels = r->jpeg.num_components == 1 ? 1 : 3;
  return nncc_picture_size_check(size, r->reason);
}

static void prepare(reader *r, char *reason) {
  r->jpeg.err = jpeg_std_error(&r->errors);
  r->errors.error_exit = onError;
  r->errors.emit_message = onMessage;
  r->jpeg.client_data = r;
  r->reason = reason;
}

static void finish(reader *r) {
  jpeg_destroy_decompress(&r->jpeg);
  free(r->row);
}

int nncc_jpeg_read_size(const uint8_t *bytes, size_t count, nncc_picture_size *size, char *reason) {
  reader r = {0};
  volatile int fine = 0;
  prepare(&r, reason);
  if (!setjmp(r.jump))
    fine = readHeader(&r, bytes, count, size);
  finish(&r);
  return fine;
}

/* Adobe's programs write CMYK inverted, and say that they wrote it. */
static void cmykToRgb(const uint8_t *from, int64_t count, int inverted, uint8_t *to) {
  for (int64_t i = 0; i < count; ++i, from += 4, to += 3)
    for (int c = 0; c < 3; ++c) {
      unsigned ink = inverted ? from[c] : 255u - from[c], key = inverted ? from[3] : 255u - from[3];
      to[c] = (uint8_t)((ink * key + 127) / 255);
    }
}

static void decodeRows(reader *r, int64_t channels, uint8_t *pixels) {
  struct jpeg_decompress_struct *jpeg = &r->jpeg;
  int components = jpeg->num_components;
  int isCmyk = components == 4, isGrey = components == 1 || (channels < 3 && jpeg->jpeg_color_space == JCS_YCbCr);
  jpeg->out_color_space = isCmyk ? JCS_CMYK : isGrey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(jpeg);
  int64_t width = jpeg->output_width, from = isCmyk ? 3 : jpeg->output_components;
  int direct = !isCmyk && from == channels;
  if (!direct && !(r->row = malloc((size_t)(width * 4)))) {
    snprintf(r->reason, NNCC_PICTURE_REASON, "there is no memory left");
    longjmp(r->jump, 1);
  }
  while (jpeg->output_scanline < jpeg->output_height) {
    uint8_t *to = pixels + (int64_t)jpeg->output_scanline * width * channels;
    JSAMPROW row = direct ? to : r->row;
    jpeg_read_scanlines(jpeg, &row, 1);
    if (isCmyk)
      cmykToRgb(r->row, width, jpeg->saw_Adobe_marker, r->row);
    if (!direct)
      nncc_convert_pixels(r->row, width, from, channels, to);
  }
  jpeg_finish_decompress(jpeg);
}

int nncc_jpeg_decode(const uint8_t *bytes, size_t count, int64_t channels, uint8_t *pixels, char *reason) {
  reader r = {0};
  nncc_picture_size size;
  volatile int fine = 0;
  prepare(&r, reason);
  if (!setjmp(r.jump) && readHeader(&r, bytes, count, &size)) {
    decodeRows(&r, channels, pixels);
    fine = 1;
  }
  finish(&r);
  return fine;
}
