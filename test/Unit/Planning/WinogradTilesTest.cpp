// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Planning/WinogradTiles.h"

#include "gtest/gtest.h"

using namespace nncc::planning;

TEST(WinogradTiles, TextsAreReadAsTheyAreWritten) {
  for (const char *text : {"off", "accurate", "all", "1x2x4"}) {
    std::optional<WinogradTiles> tiles = parseWinogradTiles(text);
    ASSERT_TRUE(tiles) << text;
    EXPECT_EQ(toString(*tiles), text);
  }
  EXPECT_EQ(parseWinogradTiles("1x2x4")->outputs, (std::array<int64_t, 3>{1, 2, 4}));
}

TEST(WinogradTiles, OtherTextsAreNone) {
  for (const char *text : {"", "on", "2x4", "1x2x4x6", "1x0x2", "1x-2x2", "axbxc"})
    EXPECT_FALSE(parseWinogradTiles(text)) << text;
}
