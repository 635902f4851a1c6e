// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_ANALYSIS_GRAPHLAYOUT_H
#define NNCC_ANALYSIS_GRAPHLAYOUT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <vector>

/// Where the boxes and lines of a drawn graph go: a layered drawing from top to bottom (after Sugiyama, Tagawa and Toda 1981)
/// with nested groups. Knows nothing of models, text or colours.
namespace nncc::analysis {

/// What is to be drawn. Nodes have one size; their order is topological (inputs come before).
struct LayoutGraph {
  struct Node {
    size_t group = 0;                 ///< index into `groups`; 0 is the whole drawing
    llvm::SmallVector<size_t> inputs; ///< nodes
    double labelWidth = 0;            ///< of the label that is repeated on long lines from this node
  };
  struct Group {
    size_t parent = 0;     ///< below its own index
    double labelWidth = 0; ///< the group is at least as wide
  };
  std::vector<Node> nodes;
  std::vector<Group> groups; ///< the first is the whole drawing
};

/// Lengths of a drawing; what they stand for is up to whoever prints it.
struct LayoutStyle {
  double nodeWidth = 150, nodeHeight = 54;
  double nodeGap = 26;      ///< beside a node
  double labelHeight = 30;  ///< under a node, for the label of its lines
  double groupPadding = 12; ///< left, right and below
  double groupHeader = 28;  ///< above
  double lineGap = 18;      ///< between lines side by side
};

struct Point {
  double x, y;
};
struct Rectangle {
  double x, y, width, height;
};

/// Lines run down; between two points of different x they bend, leaving and arriving vertically.
struct LayoutLine {
  size_t from, to;
  llvm::SmallVector<Point, 4> points;
  bool hasLabel = false; ///< long: the label is repeated at `label`
  Point label = {0, 0};
};

struct Layout {
  double width = 0, height = 0;
  std::vector<Rectangle> nodes;
  std::vector<Rectangle> groups; ///< the first is the whole drawing
  std::vector<LayoutLine> lines; ///< by their end, in the order of its inputs
};

/// The drawing of a graph; its upper left corner is (0, 0). A pure function: the same graph gives the same drawing.
/// No two boxes overlap but groups and what is in them; lines cross no box but those of groups that they enter or leave.
/// Groups that depend on each other in a circle are drawn as if there were none (their rectangles are empty).
Layout layOut(const LayoutGraph &graph, const LayoutStyle &style);

} // namespace nncc::analysis

#endif // NNCC_ANALYSIS_GRAPHLAYOUT_H
