// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pictures as PNG (ISO/IEC 15948), written with zlib alone: 8 bits, grey or RGB.
#ifndef NNCC_RUNTIME_REPORT_PNG_H
#define NNCC_RUNTIME_REPORT_PNG_H

#include <cstdint>
#include <string>
#include <vector>

namespace nncc::runtime::report {

/// Rows from the top, channels (1 or 3) innermost.
struct Picture {
  int64_t width = 0, height = 0, channels = 1;
  std::vector<uint8_t> pixels;

  Picture() = default;
  Picture(int64_t width, int64_t height, int64_t channels)
      : width(width), height(height), channels(channels), pixels(static_cast<size_t>(width * height * channels)) {}
  uint8_t *at(int64_t x, int64_t y) { return &pixels[static_cast<size_t>((y * width + x) * channels)]; }
};

/// The bytes of the file. Throws std::bad_alloc.
std::string encodePng(const Picture &picture);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_PNG_H
