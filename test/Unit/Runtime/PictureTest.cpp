// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// PNG and JPEG files of every form to bytes, scaling, and files that are not what they should be.
#include "Files.h"
#include "PictureFiles.h"
#include "nncc/Runtime/Data/Picture.h"

#include <cmath>
#include <gmock/gmock.h>
#include <png.h>

using namespace nncc::runtime;
using namespace nncc::test;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

namespace {

std::vector<uint8_t> decode(const std::string &file, int64_t channels, std::string *reason = nullptr) {
  auto bytes = reinterpret_cast<const uint8_t *>(file.data());
  nncc_picture_size size;
  char text[NNCC_PICTURE_REASON] = "";
  std::vector<uint8_t> pixels;
  if (pictureCodecs().read_size(bytes, file.size(), &size, text)) {
    pixels.resize(static_cast<size_t>(size.width * size.height * channels));
    if (!pictureCodecs().decode(bytes, file.size(), channels, pixels.data(), text))
      pixels.clear();
  }
  if (reason)
    *reason = text;
  else
    EXPECT_STREQ(text, "");
  return pixels;
}

TEST(Picture, PngToTheChannelsWanted) {
  std::string colour = pngOf(2, 1, 3, {255, 0, 0, 0, 255, 10});
  EXPECT_THAT(decode(colour, 3), ElementsAre(255, 0, 0, 0, 255, 10));
  EXPECT_THAT(decode(colour, 4), ElementsAre(255, 0, 0, 255, 0, 255, 10, 255));
  EXPECT_THAT(decode(colour, 1), ElementsAre(76, 151)); // 0.299 R + 0.587 G + 0.114 B
  std::string grey = pngOf(2, 2, 1, {1, 2, 3, 4});
  EXPECT_THAT(decode(grey, 1), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(decode(grey, 3), ElementsAre(1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4));
  EXPECT_THAT(decode(grey, 2), ElementsAre(1, 255, 2, 255, 3, 255, 4, 255));
}

TEST(Picture, PngAlphaIsDroppedOrKept) {
  std::string file = pngOf(1, 2, {PNG_COLOR_TYPE_RGB_ALPHA, 8}, {10, 20, 30, 0, 40, 50, 60, 128});
  EXPECT_THAT(decode(file, 3), ElementsAre(10, 20, 30, 40, 50, 60));
  EXPECT_THAT(decode(file, 4), ElementsAre(10, 20, 30, 0, 40, 50, 60, 128));
  EXPECT_THAT(decode(pngOf(2, 1, {PNG_COLOR_TYPE_GRAY_ALPHA, 8}, {7, 0, 9, 200}), 1), ElementsAre(7, 9));
}

TEST(Picture, PngOfFewAndManyBits) {
  EXPECT_THAT(decode(pngOf(8, 1, {PNG_COLOR_TYPE_GRAY, 1}, {0xa1}), 1), ElementsAre(255, 0, 255, 0, 0, 0, 0, 255));
  EXPECT_THAT(decode(pngOf(4, 1, {PNG_COLOR_TYPE_GRAY, 2}, {0x1b}), 1), ElementsAre(0, 85, 170, 255));
  EXPECT_THAT(decode(pngOf(2, 1, {PNG_COLOR_TYPE_GRAY, 16}, {0xff, 0xff, 0x80, 0x00}), 1), ElementsAre(255, 128));
  PngForm palette{PNG_COLOR_TYPE_PALETTE, 4, false, {0, 0, 0, 255, 0, 0, 0, 0, 255}, {255, 128}};
  EXPECT_THAT(decode(pngOf(2, 1, palette, {0x12}), 3), ElementsAre(255, 0, 0, 0, 0, 255));
  EXPECT_THAT(decode(pngOf(2, 1, palette, {0x12}), 4), ElementsAre(255, 0, 0, 128, 0, 0, 255, 255));
}

TEST(Picture, InterlacedPngIsTheSame) {
  std::vector<uint8_t> pixels = smoothPixels(13, 9, 3);
  EXPECT_THAT(decode(pngOf(13, 9, {PNG_COLOR_TYPE_RGB, 8, true}, pixels), 3), ElementsAreArray(pixels));
}

TEST(Picture, Jpeg) {
  for (bool progressive : {false, true}) {
    std::vector<uint8_t> grey = smoothPixels(12, 10, 1), colour = smoothPixels(12, 10, 3);
    std::vector<uint8_t> read = decode(jpegOf(12, 10, 1, grey, 100, progressive), 1);
    ASSERT_EQ(read.size(), grey.size());
    for (size_t i = 0; i < grey.size(); ++i)
      EXPECT_NEAR(read[i], grey[i], 3);
    std::string file = jpegOf(12, 10, 3, colour, 100, progressive);
    read = decode(file, 3);
    ASSERT_EQ(read.size(), colour.size());
    for (size_t i = 0; i < colour.size(); ++i)
      EXPECT_NEAR(read[i], colour[i], 6);
    EXPECT_EQ(decode(file, 1).size(), 120u);
    std::vector<uint8_t> alpha = decode(file, 4);
    ASSERT_EQ(alpha.size(), 480u);
    EXPECT_EQ(alpha[3], 255);
  }
}

TEST(Picture, CmykJpegBecomesRgb) {
  // Inverted: 255 is no ink. Cyan ink alone, half of black alone.
  std::vector<uint8_t> pixels;
  for (int i = 0; i < 64; ++i)
    for (uint8_t value : {0, 255, 255, 255})
      pixels.push_back(value);
  std::vector<uint8_t> read = decode(jpegOf(8, 8, 4, pixels), 3);
  ASSERT_EQ(read.size(), 192u);
  EXPECT_NEAR(read[0], 0, 3);
  EXPECT_NEAR(read[1], 255, 3);
  EXPECT_NEAR(read[2], 255, 3);
}

TEST(Picture, DamagedFilesSaySo) {
  std::string reason;
  std::vector<uint8_t> noise;
  for (uint32_t i = 0, x = 1; i < 40 * 40 * 3; ++i)
    noise.push_back(static_cast<uint8_t>((x = x * 1664525 + 1013904223) >> 24));
  for (const std::string &whole :
       {pngOf(40, 40, 3, noise), jpegOf(40, 40, 3, noise, 90), jpegOf(40, 40, 3, noise, 90, true)}) {
    ASSERT_EQ(decode(whole, 3).size(), 4800u);
    for (size_t length : {size_t{0}, size_t{2}, size_t{9}, size_t{40}, whole.size() / 2, whole.size() - 8}) {
      EXPECT_TRUE(decode(whole.substr(0, length), 3, &reason).empty()) << length;
      EXPECT_NE(reason, "");
    }
    // Every byte changed: an error or a picture, never a crash.
    for (size_t at = 0; at < whole.size(); at += at < 700 ? 1 : 61)
      for (char flip : {'\x01', '\x80', '\xff'}) {
        std::string bad = whole;
        bad[at] ^= flip;
        decode(bad, 1, &reason);
      }
  }
  decode("GIF89a...", 1, &reason);
  EXPECT_EQ(reason, "it is neither a PNG nor a JPEG");
  decode("", 1, &reason);
  EXPECT_EQ(reason, "it is empty");
}

TEST(Picture, HugeHeadersAllocateNothing) {
  std::string reason, file = pngOf(2, 2, 1, {1, 2, 3, 4});
  auto withSize = [&](uint32_t width, uint32_t height) {
    std::string header = "IHDR" + big(width) + big(height) + file.substr(24, 5);
    auto sum = static_cast<uint32_t>(
        crc32(0, reinterpret_cast<const Bytef *>(header.data()), static_cast<uInt>(header.size())));
    return file.substr(0, 12) + header + big(sum) + file.substr(33);
  };
  EXPECT_EQ(decode(withSize(2, 2), 1).size(), 4u);
  decode(withSize(60000, 60000), 1, &reason);
  EXPECT_EQ(reason, "it is 60000x60000; pictures may have 64 megapixels");
  decode(withSize(8000, 8000), 1, &reason);
  EXPECT_THAT(reason, HasSubstr("more than so short a file can hold"));
  decode(withSize(0x7fffffff, 1), 1, &reason);
  EXPECT_THAT(reason, HasSubstr("damaged"));
}

// Numbers of tf.image.resize([...], antialias=True), TensorFlow 2.15.
TEST(Picture, ResizeIsTensorFlows) {
  std::vector<uint8_t> from, to(6);
  for (uint8_t value : {0, 50, 100, 150, 200, 10, 60, 110, 160, 210, 20, 70, 120, 170, 220, 30, 80, 130, 180, 255})
    from.push_back(value);
  std::vector<float> scratch;
  resizePicture(from.data(), {4, 5, 1}, 2, 3, to.data(), scratch);
  EXPECT_THAT(to, ElementsAre(29, 107, 186, 44, 123, 208));
  std::vector<uint8_t> larger(9);
  resizePicture(from.data(), {2, 2, 1}, 3, 3, larger.data(), scratch);
  EXPECT_THAT(larger, ElementsAre(0, 25, 50, 50, 75, 100, 100, 125, 150));
}

TEST(Picture, ResizeWeightsSumToOne) {
  for (int64_t from : {1, 2, 7, 100})
    for (int64_t to : {1, 3, 64, 333})
      for (const ResizeSpan &span : resizeSpans(from, to)) {
        float sum = 0;
        for (float weight : span.weights)
          sum += weight;
        EXPECT_NEAR(sum, 1, 1e-5);
        EXPECT_GE(span.begin, 0);
        EXPECT_LE(span.begin + static_cast<int64_t>(span.weights.size()), from);
      }
}

} // namespace
