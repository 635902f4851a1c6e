// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LevelLayout.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace llvm;

namespace nncc::analysis {

namespace {

/// Gives each item its x: in the order of keys, apart from those that share a rank, near what it is connected with.
void place(Level &level, const LayoutStyle &style) {
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
size_t crossings(const Level &level, double &length) {
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

} // namespace

bool assignRanks(Level &level) {
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

void orderItems(Level &level, const LayoutStyle &style) {
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
  for (size_t item : level.entries)
    if (isRoot[item])
      roots.push_back(item);
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
  place(level, style);
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
    place(level, style);
    double newLength = 0;
    const double cost = kCrossing * static_cast<double>(crossings(level, newLength)) + newLength;
    if (cost < best)
      best = cost, bestWidth = level.width, bestItems = level.items;
  }
  level.items = std::move(bestItems);
  level.width = bestWidth;
}

} // namespace nncc::analysis
