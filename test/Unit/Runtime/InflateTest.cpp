// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Inflate.h"

#include "RandomBytes.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <zlib.h>

using namespace nncc::runtime;

namespace {

using Frame = Inflate::Frame;

int windowBits(Frame frame) { return frame == Frame::Gzip ? 31 : -15; }

std::string compress(const std::string &bytes, Frame frame, int level = 6, int strategy = Z_DEFAULT_STRATEGY) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, level, Z_DEFLATED, windowBits(frame), 9, strategy), Z_OK);
  std::string result(compressBound(bytes.size()) + 100, '\0');
  z.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef *>(result.data());
  z.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  result.resize(z.total_out);
  deflateEnd(&z);
  return result;
}

struct Result {
  std::string bytes, error;
  bool isWhole; ///< nothing is wrong, and nothing more comes
};

/// In pieces of `step` bytes, fed by `feed`; at most `most`.
Result inflated(const std::string &data, Frame frame, size_t most, size_t step = 1 << 16, size_t feed = 1 << 20) {
  size_t at = 0;
  auto inflate = std::make_unique<Inflate>(frame, [&](uint8_t *to, size_t count) {
    count = std::min({count, data.size() - at, feed});
    memcpy(to, data.data() + at, count);
    at += count;
    return count;
  });
  Result result{std::string(most, '\0'), "", false};
  size_t done = 0;
  while (done < most) {
    const size_t wanted = std::min(step, most - done);
    const size_t given = inflate->read(reinterpret_cast<uint8_t *>(result.bytes.data()) + done, wanted);
    done += given;
    if (given < wanted)
      break;
  }
  result.bytes.resize(done);
  uint8_t more;
  const bool isAll = inflate->read(&more, 1) == 0;
  result.error = inflate->error() ? inflate->error() : "";
  result.isWhole = isAll && !inflate->error();
  return result;
}

/// zlib's opinion.
Result inflatedByZlib(const std::string &data, Frame frame, size_t most) {
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, windowBits(frame)), Z_OK);
  Result result{std::string(most, '\0'), "", false};
  z.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(data.data()));
  z.avail_in = static_cast<uInt>(data.size());
  z.next_out = reinterpret_cast<Bytef *>(result.bytes.data());
  z.avail_out = static_cast<uInt>(most);
  result.isWhole = inflate(&z, Z_SYNC_FLUSH) == Z_STREAM_END;
  result.bytes.resize(z.total_out);
  inflateEnd(&z);
  return result;
}

TEST(Inflate, WhatZlibCompresses) {
  RandomBytes random(1);
  for (int i = 0; i < 300; ++i) {
    const std::string bytes = random.text(i % 10 ? 3000 : 300000);
    const Frame frame = i % 2 ? Frame::Gzip : Frame::None;
    for (int strategy : {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
      const std::string data = compress(bytes, frame, i % 10, strategy);
      const Result result = inflated(data, frame, bytes.size() + 10, 1 + random.below(70000), i % 3 ? 1 << 20 : 1 + random.below(20));
      ASSERT_TRUE(result.isWhole) << i << " " << strategy << ": " << result.error;
      ASSERT_EQ(result.bytes, bytes) << i << " " << strategy;
    }
  }
}

TEST(Inflate, RefusesWhatZlibRefuses) {
  RandomBytes random(2);
  for (int i = 0; i < 2000; ++i) {
    const Frame frame = i % 2 ? Frame::Gzip : Frame::None;
    const std::string bytes = random.text(2000);
    std::string data = compress(bytes, frame, 1 + i % 9, i % 5);
    if (i % 3 == 0) {
      data.resize(random.below(data.size()));
    } else {
      for (size_t flips = 1 + random.below(3); flips; --flips)
        data[random.below(i % 4 ? std::min<size_t>(data.size(), 60) : data.size())] ^= static_cast<char>(1 << random.below(8));
    }
    const size_t most = bytes.size() + 70000;
    const Result ours = inflated(data, frame, most), theirs = inflatedByZlib(data, frame, most);
    ASSERT_EQ(ours.isWhole, theirs.isWhole) << i << ": " << ours.error;
    if (theirs.isWhole) {
      ASSERT_EQ(ours.bytes, theirs.bytes) << i;
    }
  }
}

TEST(Inflate, GzipMembersInARow) {
  const std::string two = compress("one ", Frame::Gzip) + compress("and two", Frame::Gzip);
  EXPECT_EQ(inflated(two, Frame::Gzip, 100).bytes, "one and two");
  EXPECT_TRUE(inflated(two, Frame::Gzip, 100).isWhole);
  EXPECT_EQ(inflated(two + "\x1f", Frame::Gzip, 100).error, "its compressed data ends too early");
  EXPECT_EQ(inflated(two + "xyz", Frame::Gzip, 100).error, "it is not gzip data");
}

TEST(Inflate, GzipHeaderFields) {
  std::string data = compress("text", Frame::Gzip);
  data[3] = 4 + 8 + 16 + 2; // extra field, name, comment, checksum of the header, which nobody looks at
  data.insert(10, std::string("\2\0ab", 4) + std::string("name\0comment\0", 13) + "cc");
  EXPECT_EQ(inflated(data, Frame::Gzip, 100).bytes, "text");
  data[3] = static_cast<char>(0x80);
  EXPECT_EQ(inflated(data, Frame::Gzip, 100).error, "unknown header flags set");
}

TEST(Inflate, SaysWhatIsWrong) {
  std::string data = compress("a text that is compressed, a text", Frame::Gzip);
  std::string wrongSum = data, wrongLength = data;
  wrongSum[data.size() - 8] ^= 1;
  wrongLength[data.size() - 4] ^= 1;
  EXPECT_EQ(inflated(wrongSum, Frame::Gzip, 100).error, "its checksum is wrong");
  EXPECT_EQ(inflated(wrongLength, Frame::Gzip, 100).error, "its length is wrong");
  EXPECT_EQ(inflated(data.substr(0, 14), Frame::Gzip, 100).error, "its compressed data ends too early");
  EXPECT_EQ(inflated("\x07", Frame::None, 100).error, "a block is of an unknown kind");
  EXPECT_EQ(inflated("", Frame::None, 100).error, "its compressed data ends too early");
}

TEST(Crc32, AsZlib) {
  RandomBytes random(3);
  for (size_t length : {0, 1, 7, 8, 9, 1000, 100001}) {
    const std::string bytes = random.text(length);
    const auto expected = crc32(0, reinterpret_cast<const Bytef *>(bytes.data()), static_cast<uInt>(bytes.size()));
    EXPECT_EQ(crc32Of(0, bytes.data(), bytes.size()), expected);
    const size_t half = bytes.size() / 2;
    EXPECT_EQ(crc32Of(crc32Of(0, bytes.data(), half), bytes.data() + half, bytes.size() - half), expected);
  }
}

} // namespace
