// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Planning/WinogradTiles.h"

#include "llvm/ADT/StringSwitch.h"

namespace nncc::planning {

std::optional<WinogradTiles> parseWinogradTiles(llvm::StringRef text) {
  return llvm::StringSwitch<std::optional<WinogradTiles>>(text)
      .Case("off", WinogradTiles::None)
      .Case("accurate", WinogradTiles::Accurate)
      .Case("all", WinogradTiles::All)
      .Default(std::nullopt);
}

llvm::StringRef toString(WinogradTiles tiles) {
  switch (tiles) {
  case WinogradTiles::None:
    return "off";
  case WinogradTiles::Accurate:
    return "accurate";
  case WinogradTiles::All:
    break;
  }
  return "all";
}

} // namespace nncc::planning
