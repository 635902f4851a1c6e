// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_ANALYSIS_LEVELLAYOUT_H
#define NNCC_LIB_ANALYSIS_LEVELLAYOUT_H

#include "nncc/Analysis/GraphLayout.h"

#include <cstdint>
#include <limits>

/// One level of a nested drawing: items in ranks from top to bottom and in an order from left to right.
namespace nncc::analysis {

constexpr size_t kNone = std::numeric_limits<size_t>::max();

struct Item {
  enum Kind : uint8_t { Node, Group, Channel } kind;
  size_t index;     // of the node, group or edge
  double width;
  size_t height;    // ranks
  size_t rank = 0;  // the first, counted from the group's first
  double x = 0;     // left edge, counted from the group's content
  double key = 0;   // order from left to right among items that share a rank
};

/// A part of an edge in one group. Without `from` it comes in from above, without `to` it leaves below.
struct Link {
  size_t from = kNone, to = kNone; // items
  double fromX = 0, toX = 0;       // where it meets them, counted from their left edges
  size_t edge = 0;
  bool isWeak = false;             // one end is a channel, perhaps in a group: it bends rather than that boxes move
};

struct Level {
  llvm::SmallVector<Item> items;
  llvm::SmallVector<Link> links;
  /// The same through the channels: each goes from an item to one that begins where it ends.
  llvm::SmallVector<Link> steps;
  /// Where lines come in from above: the items that they meet first.
  llvm::SmallVector<size_t> entries;
  size_t height = 1;
  double width = 0;
};

/// Gives each item its rank and the level its height, by the links: the longest ways from above, counting groups with their
/// ranks; inputs and what hangs on them alone go down to their uses. False where items depend on each other in a circle.
bool assignRanks(Level &level);

/// Gives each item its x and the level its width, by the steps: from left to right as a walk from above meets them, whatever is
/// used first and shortest first. For graphs that come from pipelines and lists this has hardly a crossing; where there are
/// any, the middles of neighbours are tried as order.
void orderItems(Level &level, const LayoutStyle &style);

} // namespace nncc::analysis

#endif // NNCC_LIB_ANALYSIS_LEVELLAYOUT_H
