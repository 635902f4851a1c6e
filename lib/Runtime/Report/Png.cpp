// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Png.h"

#include "nncc/Runtime/Data/Inflate.h"
#include "nncc/Runtime/Report/Deflate.h"

namespace nncc::runtime::report {

static std::string bigEndian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

static std::string chunk(const std::string &type, const std::string &data) {
  std::string body = type + data;
  return bigEndian(static_cast<uint32_t>(data.size())) + body + bigEndian(crc32Of(0, body.data(), body.size()));
}

std::string encodePng(const Picture &picture) {
  const auto stride = static_cast<size_t>(picture.width * picture.channels),
             channels = static_cast<size_t>(picture.channels);
  // Each row is told as differences to its left neighbour (filter 1), which suits smooth pictures and costs flat ones
  // nothing.
  std::string rows;
  for (size_t y = 0; y < static_cast<size_t>(picture.height); ++y) {
    rows += '\1';
    for (size_t x = 0; x < stride; ++x) {
      const uint8_t *pixel = &picture.pixels[y * stride + x];
      rows += static_cast<char>(x < channels ? *pixel : *pixel - pixel[-picture.channels]);
    }
  }
  std::string header = bigEndian(static_cast<uint32_t>(picture.width)) +
                       bigEndian(static_cast<uint32_t>(picture.height)) + '\x08' +
                       (picture.channels == 3 ? '\2' : '\0') + std::string(3, '\0');
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", deflate(rows)) + chunk("IEND", "");
}

} // namespace nncc::runtime::report
