// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PLANNING_WINOGRADTILES_H
#define NNCC_PLANNING_WINOGRADTILES_H

#include "llvm/ADT/StringRef.h"

#include <optional>

namespace nncc::planning {

/// Which tiles of Winograd's algorithm convolutions may use (`--winograd`): larger ones save more products and add more
/// rounding errors.
enum class WinogradTiles {
  None,
  Accurate, ///< those whose results are about as exact as the direct sum's: at most one axis of six positions
  All,      ///< also those that may double its errors
};

/// "off", "accurate" and "all".
std::optional<WinogradTiles> parseWinogradTiles(llvm::StringRef text);
llvm::StringRef toString(WinogradTiles tiles);

} // namespace nncc::planning

#endif // NNCC_PLANNING_WINOGRADTILES_H
