// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Each group is laid out by itself, the innermost first, and is then one item of the group around it: a rectangle that spans
// some ranks. So is a node, of one rank, and a channel: the way of a line that passes ranks. Since channels fill them, a line
// only ever goes from one rank to the next, and no line needs to avoid a box.

#include "LevelLayout.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace llvm;

namespace nncc::analysis {
namespace {

struct Edge {
  size_t from, to;
  /// Its channels from top to bottom: (group, item).
  SmallVector<std::pair<size_t, size_t>, 2> channels;
};

class Engine {
public:
  Engine(const LayoutGraph &graph, const LayoutStyle &style) : graph(graph), style(style), levels(graph.groups.size()) {}

  bool run(Layout &layout);

private:
  void makeItems();
  void makeLinks();
  bool layOutLevel(size_t group);
  void addChannels(size_t group);
  /// Where an edge crosses the upper or lower border of a group, counted from the group's left edge.
  double portOf(size_t group, size_t edge, bool below, bool &isWeak) const;
  void placeRows(Layout &layout);
  void drawLines(Layout &layout);

  const LayoutGraph &graph;
  const LayoutStyle &style;
  std::vector<Level> levels;
  std::vector<Edge> edges;
  std::vector<size_t> itemOfNode, itemOfGroup;
  /// In a group, the link of an edge that crosses its border.
  std::vector<std::map<size_t, size_t>> crossing;
  // Of the whole drawing.
  std::vector<size_t> rankOfGroup, rankOfNode;
  std::vector<double> xOfGroup;
  std::vector<size_t> headers, footers; // of a group: groups that begin and end with it, itself included
  std::vector<double> rowTop, curveTop, curveBottom;
};

void Engine::makeItems() {
  itemOfNode.resize(graph.nodes.size());
  itemOfGroup.assign(graph.groups.size(), kNone);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Level &level = levels[graph.nodes[i].group];
    itemOfNode[i] = level.items.size();
    level.items.push_back({Item::Node, i, style.nodeWidth, 1});
  }
  for (size_t i = 1; i < graph.groups.size(); ++i) {
    Level &level = levels[graph.groups[i].parent];
    itemOfGroup[i] = level.items.size();
    level.items.push_back({Item::Group, i, 0, 1});
  }
}

void Engine::makeLinks() {
  crossing.resize(graph.groups.size());
  std::vector<size_t> depth(graph.groups.size(), 0);
  for (size_t i = 1; i < depth.size(); ++i)
    depth[i] = depth[graph.groups[i].parent] + 1;
  for (size_t to = 0; to < graph.nodes.size(); ++to)
    for (size_t from : graph.nodes[to].inputs) {
      const size_t edge = edges.size();
      edges.push_back({from, to, {}});
      size_t up = graph.nodes[from].group, down = graph.nodes[to].group;
      size_t upItem = itemOfNode[from], downItem = itemOfNode[to];
      auto leave = [&](size_t &group, size_t &item, Link link) {
        crossing[group][edge] = levels[group].links.size();
        levels[group].links.push_back(link);
        item = itemOfGroup[group];
        group = graph.groups[group].parent;
      };
      while (up != down)
        if (depth[up] >= depth[down])
          leave(up, upItem, {upItem, kNone, 0, 0, edge});
        else
          leave(down, downItem, {kNone, downItem, 0, 0, edge});
      levels[up].links.push_back({upItem, downItem, 0, 0, edge});
    }
}

double Engine::portOf(size_t group, size_t edge, bool below, bool &isWeak) const {
  const Level &level = levels[group];
  const Link &link = level.links[crossing[group].at(edge)];
  for (auto [inside, item] : edges[edge].channels)
    if (inside == group) {
      isWeak = true;
      return style.groupPadding + level.items[item].x + level.items[item].width / 2;
    }
  isWeak |= link.isWeak;
  const size_t item = below ? link.from : link.to;
  return style.groupPadding + level.items[item].x + (below ? link.fromX : link.toX);
}

void Engine::addChannels(size_t group) {
  Level &level = levels[group];
  for (size_t i = 0, n = level.links.size(); i < n; ++i) {
    Link &link = level.links[i];
    const size_t begin = link.from == kNone ? 0 : level.items[link.from].rank + level.items[link.from].height;
    const size_t end = link.to == kNone ? level.height : level.items[link.to].rank;
    if (begin >= end)
      continue;
    double width = style.lineGap;
    if (end - begin >= 2)
      width = std::max(width, graph.nodes[edges[link.edge].from].labelWidth + style.lineGap / 2);
    const size_t channel = level.items.size();
    level.items.push_back({Item::Channel, link.edge, width, end - begin, begin});
    edges[link.edge].channels.push_back({group, channel});
  }
  // A link through a channel is two steps: from the item above to the channel and one on to the item below; either may be missing.
  for (Link &link : level.links) {
    size_t channel = kNone;
    for (auto [inside, item] : edges[link.edge].channels)
      if (inside == group)
        channel = item;
    if (link.from == kNone)
      level.entries.push_back(channel == kNone ? link.to : channel);
    if (channel == kNone) {
      if (link.from != kNone && link.to != kNone)
        level.steps.push_back(link);
      continue;
    }
    const double middle = level.items[channel].width / 2;
    if (link.from != kNone)
      level.steps.push_back({link.from, channel, link.fromX, middle, link.edge, true});
    if (link.to != kNone)
      level.steps.push_back({channel, link.to, middle, link.toX, link.edge, true});
  }
}

bool Engine::layOutLevel(size_t group) {
  Level &level = levels[group];
  for (Item &item : level.items)
    if (item.kind == Item::Group) {
      const Level &inside = levels[item.index];
      item.width = std::max(inside.width, graph.groups[item.index].labelWidth) + 2 * style.groupPadding;
      item.height = inside.height;
    }
  auto port = [&](size_t item, Link &link, bool below) {
    return level.items[item].kind == Item::Group ? portOf(level.items[item].index, link.edge, below, link.isWeak)
                                                 : level.items[item].width / 2;
  };
  for (Link &link : level.links) {
    if (link.from != kNone)
      link.fromX = port(link.from, link, true);
    if (link.to != kNone)
      link.toX = port(link.to, link, false);
  }
  if (!assignRanks(level))
    return false;
  addChannels(group);
  if (!level.items.empty())
    orderItems(level, style);
  // A title that is wider than what it stands above: the content goes to the middle.
  const double spare = graph.groups[group].labelWidth - level.width;
  if (spare > 0)
    for (Item &item : level.items)
      item.x += spare / 2;
  level.width += std::max(spare, 0.0);
  return true;
}

/// Ranks and positions in the whole drawing, then how high each row and what is between them is.
void Engine::placeRows(Layout &layout) {
  const size_t groups = levels.size(), rows = levels[0].height;
  rankOfGroup.assign(groups, 0);
  xOfGroup.assign(groups, 0); // of the content
  rankOfNode.assign(graph.nodes.size(), 0);
  headers.assign(groups, 1);
  footers.assign(groups, 1);
  for (size_t g = 1; g < groups; ++g) {
    const size_t parent = graph.groups[g].parent;
    const Item &item = levels[parent].items[itemOfGroup[g]];
    rankOfGroup[g] = rankOfGroup[parent] + item.rank;
    xOfGroup[g] = xOfGroup[parent] + item.x + style.groupPadding;
  }
  std::vector<size_t> begins(rows + 1, 0), ends(rows + 1, 0);
  for (size_t g = groups; --g > 0;) {
    const size_t parent = graph.groups[g].parent;
    const size_t begin = rankOfGroup[g], end = begin + levels[g].height;
    begins[begin] = std::max(begins[begin], headers[g]);
    ends[end] = std::max(ends[end], footers[g]);
    if (parent != 0 && rankOfGroup[parent] == begin)
      headers[parent] = std::max(headers[parent], headers[g] + 1);
    if (parent != 0 && rankOfGroup[parent] + levels[parent].height == end)
      footers[parent] = std::max(footers[parent], footers[g] + 1);
  }
  // How far lines go sideways above each row.
  std::vector<double> sideways(rows + 1, 0);
  for (size_t g = 0; g < groups; ++g)
    for (const Link &step : levels[g].steps) {
      const Item &from = levels[g].items[step.from], &to = levels[g].items[step.to];
      double &most = sideways[rankOfGroup[g] + to.rank];
      most = std::max(most, std::abs(from.x + step.fromX - to.x - step.toX));
    }
  rowTop.resize(rows + 1);
  curveTop.resize(rows + 1);
  curveBottom.resize(rows + 1);
  double y = 0;
  for (size_t row = 0; row <= rows; ++row) {
    curveTop[row] = y + static_cast<double>(ends[row]) * style.groupPadding;
    const double bend = row == 0 || row == rows ? 0 : std::clamp(14 + sideways[row] * 0.12, 16.0, 64.0);
    curveBottom[row] = curveTop[row] + bend;
    rowTop[row] = curveBottom[row] + static_cast<double>(begins[row]) * style.groupHeader + (row == 0 ? 0 : 6);
    y = rowTop[row] + style.nodeHeight + style.labelHeight;
  }
  layout.width = levels[0].width;
  layout.height = curveBottom[rows];
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const size_t group = graph.nodes[i].group;
    const Item &item = levels[group].items[itemOfNode[i]];
    rankOfNode[i] = rankOfGroup[group] + item.rank;
    layout.nodes.push_back({xOfGroup[group] + item.x, rowTop[rankOfNode[i]], item.width, style.nodeHeight});
  }
  layout.groups.push_back({0, 0, layout.width, layout.height});
  for (size_t g = 1; g < groups; ++g) {
    const size_t last = rankOfGroup[g] + levels[g].height - 1;
    const double top = rowTop[rankOfGroup[g]] - static_cast<double>(headers[g]) * style.groupHeader;
    const double bottom =
        rowTop[last] + style.nodeHeight + style.labelHeight + static_cast<double>(footers[g]) * style.groupPadding;
    layout.groups.push_back(
        {xOfGroup[g] - style.groupPadding, top, levels[g].width + 2 * style.groupPadding, bottom - top});
  }
}

void Engine::drawLines(Layout &layout) {
  // 1. The ways, but for where they arrive.
  std::vector<SmallVector<size_t, 2>> arriving(graph.nodes.size());
  for (auto [index, edge] : enumerate(edges)) {
    LayoutLine line{edge.from, edge.to, {}, false, {0, 0}};
    const Rectangle &from = layout.nodes[edge.from];
    double x = from.x + from.width / 2;
    line.points.push_back({x, from.y + from.height});
    auto bendTo = [&](size_t row, double target) {
      line.points.push_back({x, curveTop[row]});
      line.points.push_back({target, curveBottom[row]});
      x = target;
    };
    struct Way {
      size_t first, ranks;
      double x;
    };
    SmallVector<Way> ways;
    for (auto [group, index] : edge.channels) {
      const Item &item = levels[group].items[index];
      ways.push_back({rankOfGroup[group] + item.rank, item.height, xOfGroup[group] + item.x + item.width / 2});
    }
    sort(ways, [](const Way &a, const Way &b) { return a.first < b.first; });
    for (const Way &way : ways) {
      bendTo(way.first, way.x);
      if (way.ranks >= 2 && !line.hasLabel) {
        line.hasLabel = true;
        line.label = {way.x, (curveBottom[way.first] + curveTop[way.first + way.ranks]) / 2};
      }
    }
    layout.lines.push_back(std::move(line));
    arriving[edge.to].push_back(index);
  }
  // 2. Side by side where they arrive, in the order in which they come; one that comes straight down stays so.
  for (size_t node = 0; node < graph.nodes.size(); ++node) {
    const Rectangle &box = layout.nodes[node];
    auto &indices = arriving[node];
    auto lastX = [&](size_t index) { return layout.lines[index].points.back().x; };
    stable_sort(indices, [&](size_t a, size_t b) { return lastX(a) < lastX(b); });
    const double middle = box.x + box.width / 2, room = box.width / 2 - 12;
    double origin = (static_cast<double>(indices.size()) - 1) / 2;
    for (auto [place, index] : enumerate(indices))
      if (std::abs(lastX(index) - middle) < 2)
        origin = static_cast<double>(place);
    const double reach = std::max(origin, static_cast<double>(indices.size()) - 1 - origin);
    const double apart = reach > 0 ? std::min(style.lineGap, room / reach) : 0;
    for (auto [place, index] : enumerate(indices)) {
      LayoutLine &line = layout.lines[index];
      const double x = middle + (static_cast<double>(place) - origin) * apart;
      line.points.push_back({line.points.back().x, curveTop[rankOfNode[node]]});
      line.points.push_back({x, curveBottom[rankOfNode[node]]});
      line.points.push_back({x, box.y});
    }
  }
}

bool Engine::run(Layout &layout) {
  makeItems();
  makeLinks();
  for (size_t group = levels.size(); group-- > 0;)
    if (!layOutLevel(group))
      return false;
  placeRows(layout);
  drawLines(layout);
  return true;
}

} // namespace

Layout layOut(const LayoutGraph &graph, const LayoutStyle &style) {
  Layout layout;
  if (Engine(graph, style).run(layout))
    return layout;
  LayoutGraph flat = graph;
  flat.groups.resize(1);
  for (LayoutGraph::Node &node : flat.nodes)
    node.group = 0;
  layout = Layout();
  Engine(flat, style).run(layout);
  layout.groups.resize(graph.groups.size(), {0, 0, 0, 0});
  return layout;
}

} // namespace nncc::analysis
