/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reading picture files. The functions live in an archive of their own (lib/Runtime/Pictures), with libpng and
 * libjpeg behind it; a program that is linked without it says so when a picture comes.
 */
#ifndef NNCC_RUNTIME_DATA_CODECS_H
#define NNCC_RUNTIME_DATA_CODECS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  NNCC_PICTURE_SIDE = 65535,      /* the most pixels of a side */
  NNCC_PICTURE_PIXELS = 64 << 20, /* and of a whole picture */
  NNCC_PICTURE_REASON = 200       /* bytes of an error's text */
};

/* What a file's header says. */
typedef struct nncc_picture_size {
  int64_t width, height;
  int64_t channels; /* 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha; palettes count as colour */
} nncc_picture_size;

/*
 * Both kinds of file are recognised by their first bytes, not by their names. The file is in memory and is not trusted:
 * nothing is allocated before the header's size is known to be within the bounds above and backed by the file. On
 * failure 0 is returned and `reason` says why; a file that ends early or whose checksums are wrong fails.
 *
 * `channels` of the result: 1 grey (0.299 R + 0.587 G + 0.114 B, as in JPEG), 2 with alpha, 3 colour, 4 with alpha. An
 * alpha channel that is not asked for is dropped, as Keras does; one that the file lacks is opaque. 16 bits are scaled
 * to 8, CMYK becomes RGB.
 */
typedef struct nncc_picture_codecs {
  int (*read_size)(const uint8_t *bytes, size_t count, nncc_picture_size *size, char reason[NNCC_PICTURE_REASON]);
  /* `pixels`: width * height * channels of read_size's width and height, rows from the top, channels innermost. */
  int (*decode)(const uint8_t *bytes, size_t count, int64_t channels, uint8_t *pixels,
                char reason[NNCC_PICTURE_REASON]);
} nncc_picture_codecs;

/* NULL where the archive is not linked. */
extern const nncc_picture_codecs *const nncc_linked_picture_codecs __attribute__((weak));

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_DATA_CODECS_H */
