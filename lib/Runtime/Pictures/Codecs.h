/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Internal to Pictures: one pair of functions per kind of file, with the contract of nncc_picture_codecs. */
#ifndef NNCC_LIB_RUNTIME_PICTURES_CODECS_H
#define NNCC_LIB_RUNTIME_PICTURES_CODECS_H

#include "nncc/Runtime/Data/Codecs.h"

int nncc_png_read_size(const uint8_t *bytes, size_t count, nncc_picture_size *size, char *reason);
int nncc_png_decode(const uint8_t *bytes, size_t count, int64_t channels, uint8_t *pixels, char *reason);
int nncc_jpeg_read_size(const uint8_t *bytes, size_t count, nncc_picture_size *size, char *reason);
int nncc_jpeg_decode(const uint8_t *bytes, size_t count, int64_t channels, uint8_t *pixels, char *reason);

/* 1 if a picture of this size may be decoded. */
int nncc_picture_size_check(const nncc_picture_size *size, char *reason);
/* `pixels` of RGB or RGBA, `from` channels each, to `channels` channels. May work in place where channels <= from. */
void nncc_convert_pixels(const uint8_t *pixels, int64_t count, int64_t from, int64_t channels, uint8_t *to);

#endif /* NNCC_LIB_RUNTIME_PICTURES_CODECS_H */
