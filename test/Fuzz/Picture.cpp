// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A PNG or JPEG file, as the codecs see it and as a sample of another size. Checksums of PNG chunks are mended first, or no
// damage would come further than to them.
#include "DataSource.h"

#include "nncc/Runtime/Data/Picture.h"

#include <cstring>
#include <zlib.h>

using namespace nncc::fuzz;
using namespace nncc::runtime;

static uint32_t readBig(const std::string &bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

static void mendChecksums(std::string &png) {
  constexpr size_t signature = 8, frame = 12;
  for (size_t at = signature; at + frame <= png.size();) {
    const size_t length = readBig(png, at);
    if (length > png.size() - at - frame)
      return;
    const auto *chunk = reinterpret_cast<const Bytef *>(png.data() + at + 4);
    const uLong crc = crc32(0, chunk, static_cast<uInt>(length + 4));
    for (size_t i = 0; i < 4; ++i)
      png[at + 8 + length + i] = static_cast<char>(crc >> (24 - 8 * i));
    at += frame + length;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string file(textOf(data, size));
  if (file.starts_with("\x89PNG"))
    mendChecksums(file);
  const auto *bytes = reinterpret_cast<const uint8_t *>(file.data());
  const nncc_picture_codecs &codecs = pictureCodecs();
  nncc_picture_size found;
  char reason[NNCC_PICTURE_REASON] = "";
  if (!codecs.read_size(bytes, file.size(), &found, reason)) {
    expect(*reason, "a refusal without a reason");
    return 0;
  }
  expect(found.width > 0 && found.width <= NNCC_PICTURE_SIDE && found.height > 0 && found.height <= NNCC_PICTURE_SIDE &&
             found.width * found.height <= NNCC_PICTURE_PIXELS && found.channels >= 1 && found.channels <= 4,
         "a size out of bounds");
  for (int64_t channels = 1; channels <= 4; ++channels) {
    std::vector<uint8_t> pixels(static_cast<size_t>(found.width * found.height * channels));
    if (!codecs.decode(bytes, file.size(), channels, pixels.data(), reason))
      expect(*reason, "a refusal without a reason");
  }
  static const Folder folder;
  const std::string path = folder.write("a", file);
  PictureScratch scratch;
  uint8_t sample[5 * 7 * 3];
  const PictureProblem problem = readPicture(path, {5, 7, 3}, true, sample, scratch);
  expect(problem.kind == PictureProblem::None || !problem.message.empty(), "a problem without a message");
  return 0;
}
