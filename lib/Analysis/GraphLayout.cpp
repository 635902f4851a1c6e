// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Each group is laid out by itself, the innermost first, and is then one item of the group around it: a rectangle that spans
// some ranks. So is a node, of one rank, and a channel: the way of a line that passes ranks. Since channels fill them, a line
// only ever goes from one rank to the next, and no line needs to avoid a box.

#include "nncc/Analysis/GraphLayout.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

using namespace llvm;

namespace nncc::analysis {
namespace {

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
  SmallVector<Item> items;
  SmallVector<Link> links;
  /// The same through the channels: each goes from an item to one that begins where it ends.
  SmallVector<Link> steps;
  size_t height = 1;
  double width = 0;
};

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
  bool assignRanks(Level &level);
  void addChannels(size_t group);
  void orderItems(Level &level);
  void place(Level &level);
  size_t crossings(const Level &level, double &length) const;
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

/// Longest ways from above, counting groups with their ranks; inputs and what hangs on them alone go down to their uses. False
/// where items depend on each other in a circle.
bool Engine::assignRanks(Level &level) {
  const size_t count = level.items.size();
  std::vector<SmallVector<size_t, 2>> successors(count);
  std::vector<size_t> waiting(count, 0);
  // Hanging on nothing above but perhaps a chain that leads here only: free to go down.
  std::vector<bool> isFree(count, true);
  for (const Link &link : level.links) {
    if (link.from == kNone)
      isFree[link.to] = false;
    if (link.from == kNone || link.to == kNone)
      continue;
    successors[link.from].push_back(link.to);
    ++waiting[link.to];
  }
  std::vector<size_t> order;
  for (size_t i = 0; i < count; ++i)
    if (waiting[i] == 0)
      order.push_back(i);
  for (size_t next = 0; next < order.size(); ++next) {
    const Item &item = level.items[order[next]];
    const bool leadsOn = isFree[order[next]] && successors[order[next]].size() == 1;
    for (size_t to : successors[order[next]]) {
      isFree[to] = isFree[to] && leadsOn;
      level.items[to].rank = std::max(level.items[to].rank, item.rank + item.height);
      if (--waiting[to] == 0)
        order.push_back(to);
    }
  }
  if (order.size() != count)
    return false;
  for (size_t index : reverse(order)) {
    Item &item = level.items[index];
    if (!isFree[index] || successors[index].empty())
      continue;
    size_t first = kNone;
    for (size_t to : successors[index])
      first = std::min(first, level.items[to].rank);
    item.rank = first - item.height;
  }
  level.height = 1;
  for (const Item &item : level.items)
    level.height = std::max(level.height, item.rank + item.height);
  return true;
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

/// From left to right as a walk from above meets them, whatever is used first and shortest first. For graphs that come from
/// pipelines and lists this has hardly a crossing; where there are any, the middles of neighbours are tried as order.
void Engine::orderItems(Level &level) {
  const size_t count = level.items.size();
  std::vector<SmallVector<size_t, 2>> successors(count);
  std::vector<bool> isRoot(count, true);
  for (const Link &step : level.steps) {
    successors[step.from].push_back(step.to);
    isRoot[step.to] = false;
  }
  for (auto &list : successors)
    stable_sort(list, [&](size_t a, size_t b) {
      auto rank = [&](size_t i) { return level.items[i].kind == Item::Channel ? level.items[i].height : 0; };
      return rank(a) < rank(b);
    });
  // What comes in from above, in the order of its uses; then the rest, by ranks.
  std::vector<size_t> roots;
  for (const Link &link : level.links)
    if (link.from == kNone) {
      size_t item = link.to;
      for (auto [inside, channel] : edges[link.edge].channels)
        if (&levels[inside] == &level)
          item = channel;
      if (item != kNone && isRoot[item])
        roots.push_back(item);
    }
  for (size_t i = 0; i < count; ++i)
    if (isRoot[i])
      roots.push_back(i);
  std::vector<bool> seen(count, false);
  double next = 0;
  for (size_t root : roots) {
    SmallVector<size_t> stack = {root};
    while (!stack.empty()) {
      const size_t item = stack.pop_back_val();
      if (seen[item])
        continue;
      seen[item] = true;
      level.items[item].key = next++;
      for (size_t to : reverse(successors[item]))
        stack.push_back(to);
    }
  }
  place(level);
  double length = 0;
  size_t crossed = crossings(level, length);
  constexpr double kCrossing = 60; // as bad as so much way sideways
  double best = length + kCrossing * static_cast<double>(crossed), bestWidth = level.width;
  SmallVector<Item> bestItems = level.items;
  for (int round = 0; round < 12 && crossed > 0; ++round) {
    std::vector<double> sum(count, 0), weight(count, 0);
    auto middle = [&](size_t i) { return level.items[i].x + level.items[i].width / 2; };
    for (const Link &step : level.steps) {
      const double up = round % 3 == 1 ? 0.05 : 1, down = round % 3 == 2 ? 0.05 : 1;
      sum[step.to] += down * (level.items[step.from].x + step.fromX), weight[step.to] += down;
      sum[step.from] += up * (level.items[step.to].x + step.toX), weight[step.from] += up;
    }
    for (size_t i = 0; i < count; ++i)
      level.items[i].key = weight[i] > 0 ? sum[i] / weight[i] : middle(i);
    place(level);
    double newLength = 0;
    const double cost = kCrossing * static_cast<double>(crossings(level, newLength)) + newLength;
    if (cost < best)
      best = cost, bestWidth = level.width, bestItems = level.items;
  }
  level.items = std::move(bestItems);
  level.width = bestWidth;
}

/// Gives each item its x: in the order of keys, apart from those that share a rank, near what it is connected with.
void Engine::place(Level &level) {
  auto &items = level.items;
  std::vector<size_t> order(items.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  stable_sort(order, [&](size_t a, size_t b) { return items[a].key < items[b].key; });
  // 1. Who stands directly to the left of whom: the skyline seen from the right, as ranks with the last item on them.
  std::vector<SmallVector<std::pair<size_t, double>, 2>> left(items.size()), right(items.size());
  std::map<size_t, size_t> skyline = {{0, kNone}}; // from this rank on
  for (size_t i : order) {
    const size_t begin = items[i].rank, end = begin + items[i].height;
    auto split = [&](size_t rank) {
      auto after = skyline.upper_bound(rank);
      return skyline.try_emplace(after, rank, std::prev(after)->second);
    };
    split(end);
    auto first = split(begin);
    size_t last = kNone;
    auto it = first;
    for (; it != skyline.end() && it->first < end; ++it)
      if (it->second != kNone && it->second != last) {
        last = it->second;
        const bool lines = items[last].kind == Item::Channel || items[i].kind == Item::Channel;
        const double gap = lines ? style.lineGap / 2 : style.nodeGap;
        left[i].push_back({last, gap});
        right[last].push_back({i, gap});
      }
    skyline.erase(first, it);
    skyline[begin] = i;
  }
  // 2. As far to the left as it goes.
  for (size_t i : order) {
    items[i].x = 0;
    for (auto [other, gap] : left[i])
      items[i].x = std::max(items[i].x, items[other].x + items[other].width + gap);
  }
  // 3. To the mean of what is above, then of what is below, several times; boxes pull, lines only where there are none.
  std::vector<SmallVector<size_t, 2>> above(items.size()), below(items.size());
  for (size_t s = 0; s < level.steps.size(); ++s) {
    above[level.steps[s].to].push_back(s);
    below[level.steps[s].from].push_back(s);
  }
  std::vector<size_t> byRank = order;
  stable_sort(byRank, [&](size_t a, size_t b) { return items[a].rank < items[b].rank; });
  std::vector<size_t> byRankBack = order;
  std::reverse(byRankBack.begin(), byRankBack.end());
  stable_sort(byRankBack, [&](size_t a, size_t b) { return items[a].rank < items[b].rank; });
  auto move = [&](size_t i, bool up, bool down) {
    double sum[2] = {0, 0}, count[2] = {0, 0}; // of the others, of the weak
    auto add = [&](const Link &step, double wanted) { sum[step.isWeak] += wanted, ++count[step.isWeak]; };
    if (up)
      for (size_t s : above[i])
        add(level.steps[s], items[level.steps[s].from].x + level.steps[s].fromX - level.steps[s].toX);
    if (down)
      for (size_t s : below[i])
        add(level.steps[s], items[level.steps[s].to].x + level.steps[s].toX - level.steps[s].fromX);
    const bool onlyWeak = count[false] == 0;
    if (count[onlyWeak] == 0)
      return;
    double x = sum[onlyWeak] / count[onlyWeak];
    for (auto [other, gap] : right[i])
      x = std::min(x, items[other].x - gap - items[i].width);
    for (auto [other, gap] : left[i])
      x = std::max(x, items[other].x + items[other].width + gap);
    items[i].x = x;
  };
  const int rounds = items.size() > 20000 ? 2 : 8;
  for (int round = 0; round < rounds; ++round) {
    const std::vector<size_t> &down = round % 2 == 0 ? byRankBack : byRank, &up = round % 2 == 0 ? byRankBack : byRank;
    for (size_t i : down)
      move(i, true, false);
    for (size_t i : reverse(up))
      move(i, false, true);
  }
  for (size_t i : byRank)
    move(i, true, false);
  for (size_t i : reverse(byRank))
    if (above[i].empty())
      move(i, false, true);
  // 4. From 0 on.
  double least = std::numeric_limits<double>::max(), most = 0;
  for (const Item &item : items)
    least = std::min(least, item.x);
  for (Item &item : items) {
    item.x -= least;
    most = std::max(most, item.x + item.width);
  }
  level.width = most;
}

/// Steps between the same two ranks that cross, and the way that all steps go sideways.
size_t Engine::crossings(const Level &level, double &length) const {
  std::map<size_t, std::vector<std::pair<double, double>>> gaps;
  for (const Link &step : level.steps) {
    const double from = level.items[step.from].x + step.fromX, to = level.items[step.to].x + step.toX;
    gaps[level.items[step.to].rank].push_back({from, to});
    length += std::abs(from - to);
  }
  size_t count = 0;
  for (auto &[rank, lines] : gaps) {
    if (lines.size() > 400)
      continue; // nobody sees through these
    for (size_t a = 0; a < lines.size(); ++a)
      for (size_t b = 0; b < a; ++b)
        count += (lines[a].first - lines[b].first) * (lines[a].second - lines[b].second) < 0;
  }
  return count;
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
    orderItems(level);
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
