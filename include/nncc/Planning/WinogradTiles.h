// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PLANNING_WINOGRADTILES_H
#define NNCC_PLANNING_WINOGRADTILES_H

#include "llvm/ADT/StringRef.h"

#include <array>
#include <optional>
#include <string>

namespace nncc::planning {

/// Which tiles of Winograd's algorithm convolutions may use (`--winograd`): larger ones save more products and add more
/// rounding errors.
struct WinogradTiles {
  enum Choice {
    None,
    Accurate, ///< those whose results are about as exact as the direct sum's: at most one axis of six positions
    All,      ///< also those that may double its errors
    Fixed,    ///< `outputs` wherever it is possible, whatever it costs: for measurements and tests
  };

  WinogradTiles(Choice choice = Accurate) : choice(choice) {}

  Choice choice;
  std::array<int64_t, 3> outputs = {1, 1, 1}; ///< results of a fixed tile along depth, height and width

  bool operator==(const WinogradTiles &) const = default;
};

/// "off", "accurate", "all", or a fixed tile of three extents: "1x2x4".
std::optional<WinogradTiles> parseWinogradTiles(llvm::StringRef text);
std::string toString(const WinogradTiles &tiles);

} // namespace nncc::planning

#endif // NNCC_PLANNING_WINOGRADTILES_H
