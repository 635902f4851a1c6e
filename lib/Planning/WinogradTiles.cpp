// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Planning/WinogradTiles.h"

#include "llvm/ADT/SmallVector.h"

namespace nncc::planning {

std::optional<WinogradTiles> parseWinogradTiles(llvm::StringRef text) {
  for (WinogradTiles::Choice choice : {WinogradTiles::None, WinogradTiles::Accurate, WinogradTiles::All})
    if (text == toString(choice))
      return choice;
  WinogradTiles tiles = WinogradTiles::Fixed;
  llvm::SmallVector<llvm::StringRef, 3> extents;
  text.split(extents, 'x');
  if (extents.size() != tiles.outputs.size())
    return std::nullopt;
  for (auto [extent, output] : llvm::zip_equal(extents, tiles.outputs))
    if (extent.getAsInteger(10, output) || output < 1)
      return std::nullopt;
  return tiles;
}

std::string toString(const WinogradTiles &tiles) {
  switch (tiles.choice) {
  case WinogradTiles::None:
    return "off";
  case WinogradTiles::Accurate:
    return "accurate";
  case WinogradTiles::All:
    return "all";
  case WinogradTiles::Fixed:
    break;
  }
  std::string text;
  for (int64_t output : tiles.outputs)
    text += (text.empty() ? "" : "x") + std::to_string(output);
  return text;
}

} // namespace nncc::planning
