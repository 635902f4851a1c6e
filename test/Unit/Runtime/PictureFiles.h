// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Picture files for tests, written by libpng and libjpeg.
#ifndef NNCC_TEST_UNIT_RUNTIME_PICTUREFILES_H
#define NNCC_TEST_UNIT_RUNTIME_PICTUREFILES_H

#include <cstdint>
#include <string>
#include <vector>

namespace nncc::test {

/// How a PNG keeps its pixels: `type` is libpng's PNG_COLOR_TYPE_*; the bytes are those of the file's rows.
struct PngForm {
  int type, depth;
  bool interlaced = false;
  std::vector<uint8_t> palette = {}; ///< RGB
  std::vector<uint8_t> alphas = {};  ///< of the palette's entries
};
std::string pngOf(int width, int height, const PngForm &form, const std::vector<uint8_t> &rows);
/// 8 bits, grey (1) or RGB (3).
std::string pngOf(int width, int height, int channels, const std::vector<uint8_t> &pixels);

/// `components`: 1 grey, 3 RGB (kept as YCbCr), 4 CMYK as Adobe writes it, inverted.
std::string jpegOf(int width, int height, int components, const std::vector<uint8_t> &pixels, int quality = 100,
                   bool progressive = false);

/// `count` bytes that change smoothly, as JPEG likes them.
std::vector<uint8_t> smoothPixels(int width, int height, int channels, int shift = 0);

} // namespace nncc::test
#endif // NNCC_TEST_UNIT_RUNTIME_PICTUREFILES_H
