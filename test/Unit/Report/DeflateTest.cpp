// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Deflate.h"

#include "../Runtime/RandomBytes.h"

#include <gtest/gtest.h>
#include <zlib.h>

using nncc::runtime::report::deflate;

namespace {

std::string uncompressed(const std::string &data, size_t size) {
  std::string result(size + 1, '\0');
  uLongf length = result.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef *>(result.data()), &length, reinterpret_cast<const Bytef *>(data.data()), data.size()),
            Z_OK);
  result.resize(length);
  return result;
}

TEST(Deflate, ZlibReadsIt) {
  RandomBytes random(1);
  for (int i = 0; i < 300; ++i) {
    const std::string bytes = random.text(i % 10 ? 2000 : 100000);
    ASSERT_EQ(uncompressed(deflate(bytes), bytes.size()), bytes) << i;
  }
  EXPECT_EQ(uncompressed(deflate(""), 0), "");
}

TEST(Deflate, RepetitionsAreShort) {
  // A literal and 258 bytes for each 13 bits.
  EXPECT_LT(deflate(std::string(100000, 'x')).size(), 700u);
  const std::string line = "the same line again, ";
  EXPECT_LT(deflate(line + line + line + line).size(), 2 * line.size());
}

} // namespace
