// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/GraphLayout.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace nncc::analysis;

namespace {

bool overlap(const Rectangle &a, const Rectangle &b) {
  constexpr double rounding = 1e-6;
  return a.x + a.width > b.x + rounding && b.x + b.width > a.x + rounding && a.y + a.height > b.y + rounding &&
         b.y + b.height > a.y + rounding;
}

bool contains(const Rectangle &outer, const Rectangle &inner) {
  constexpr double rounding = 1e-6;
  return inner.x >= outer.x - rounding && inner.y >= outer.y - rounding &&
         inner.x + inner.width <= outer.x + outer.width + rounding &&
         inner.y + inner.height <= outer.y + outer.height + rounding;
}

bool isIn(const LayoutGraph &graph, size_t group, size_t outer) {
  while (group != outer && group != 0)
    group = graph.groups[group].parent;
  return group == outer;
}

/// What the header promises.
void expectSound(const LayoutGraph &graph, const Layout &layout) {
  ASSERT_EQ(layout.nodes.size(), graph.nodes.size());
  ASSERT_EQ(layout.groups.size(), graph.groups.size());
  for (size_t a = 0; a < layout.nodes.size(); ++a) {
    for (size_t b = 0; b < a; ++b)
      EXPECT_FALSE(overlap(layout.nodes[a], layout.nodes[b])) << a << " " << b;
    for (size_t g = 0; g < layout.groups.size(); ++g)
      if (isIn(graph, graph.nodes[a].group, g))
        EXPECT_TRUE(contains(layout.groups[g], layout.nodes[a])) << a << " in group " << g;
      else
        EXPECT_FALSE(overlap(layout.groups[g], layout.nodes[a])) << a << " not in group " << g;
  }
  for (size_t a = 1; a < layout.groups.size(); ++a)
    for (size_t b = 1; b < a; ++b)
      if (isIn(graph, a, b))
        EXPECT_TRUE(contains(layout.groups[b], layout.groups[a])) << a << " in " << b;
      else
        EXPECT_FALSE(overlap(layout.groups[a], layout.groups[b])) << a << " " << b;
  size_t lines = 0;
  for (size_t to = 0; to < graph.nodes.size(); ++to)
    for (size_t from : graph.nodes[to].inputs) {
      const LayoutLine &line = layout.lines[lines++];
      EXPECT_EQ(line.from, from);
      EXPECT_EQ(line.to, to);
      EXPECT_EQ(line.points.front().y, layout.nodes[from].y + layout.nodes[from].height);
      EXPECT_EQ(line.points.back().y, layout.nodes[to].y);
      EXPECT_GT(line.points.back().x, layout.nodes[to].x);
      EXPECT_LT(line.points.back().x, layout.nodes[to].x + layout.nodes[to].width);
      for (size_t i = 1; i < line.points.size(); ++i) {
        const Point p = line.points[i - 1], q = line.points[i];
        EXPECT_LE(p.y, q.y);
        const Rectangle around = {std::min(p.x, q.x), p.y, std::abs(p.x - q.x), q.y - p.y};
        for (size_t box = 0; box < layout.nodes.size(); ++box)
          EXPECT_FALSE(overlap(around, layout.nodes[box])) << from << " to " << to << " through " << box;
      }
    }
  EXPECT_EQ(lines, layout.lines.size());
}

double middle(const Rectangle &box) { return box.x + box.width / 2; }

} // namespace

// Three towers of one group each: side by side, the source and the sink in the middle.
TEST(GraphLayout, TowersStandSideBySide) {
  LayoutGraph graph;
  graph.groups = {{0, 0}, {0, 30}, {0, 30}, {0, 30}};
  graph.nodes = {{0, {}}, {1, {0}}, {1, {1}}, {2, {0}}, {2, {3}}, {3, {0}}, {3, {5}}, {0, {2, 4, 6}}};
  const Layout layout = layOut(graph, {});
  expectSound(graph, layout);
  EXPECT_EQ(layout.nodes[1].y, layout.nodes[3].y);
  EXPECT_LT(layout.nodes[1].x, layout.nodes[3].x);
  EXPECT_LT(layout.nodes[3].x, layout.nodes[5].x);
  EXPECT_NEAR(middle(layout.nodes[0]), middle(layout.nodes[3]), 1e-6);
  EXPECT_NEAR(middle(layout.nodes[7]), middle(layout.nodes[3]), 1e-6);
}

// A chain past which a line goes is straight; the line has its label.
TEST(GraphLayout, ResidualChainIsStraight) {
  LayoutGraph graph;
  graph.groups = {{0, 0}, {0, 30}};
  graph.nodes = {{0, {}, 60}, {1, {0}}, {1, {1}}, {1, {2}}, {1, {3, 0}}, {0, {4}}};
  const Layout layout = layOut(graph, {});
  expectSound(graph, layout);
  for (const Rectangle &box : layout.nodes)
    EXPECT_NEAR(middle(box), middle(layout.nodes[0]), 1e-6);
  EXPECT_TRUE(layout.lines[4].hasLabel);
  EXPECT_FALSE(layout.lines[3].hasLabel);
}

// What hangs on an input alone stands near its use, not at the top.
TEST(GraphLayout, LateInputsStandLow) {
  LayoutGraph graph;
  graph.groups = {{0, 0}};
  graph.nodes = {{0, {}}, {0, {0}}, {0, {1}}, {0, {2}}, {0, {}}, {0, {4}}, {0, {3, 5}}};
  const Layout layout = layOut(graph, {});
  expectSound(graph, layout);
  EXPECT_EQ(layout.nodes[5].y, layout.nodes[3].y);
  EXPECT_EQ(layout.nodes[4].y, layout.nodes[2].y);
}

TEST(GraphLayout, CircularGroupsAreLeftOut) {
  LayoutGraph graph;
  graph.groups = {{0, 0}, {0, 0}, {0, 0}};
  graph.nodes = {{1, {}}, {2, {0}}, {1, {1}}};
  const Layout layout = layOut(graph, {});
  EXPECT_EQ(layout.groups[1].width, 0);
  EXPECT_LT(layout.nodes[1].y, layout.nodes[2].y);
}

TEST(GraphLayout, RandomGraphs) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    LayoutGraph graph;
    graph.groups = {{0, 0}};
    // Groups are runs of nodes, nested: between them nothing goes back.
    std::vector<size_t> open = {0};
    const size_t count = 3 + random() % 30;
    for (size_t i = 0; i < count; ++i) {
      if (random() % 5 == 0 && open.size() < 5) {
        graph.groups.push_back({open.back(), static_cast<double>(random() % 400)});
        open.push_back(graph.groups.size() - 1);
      } else if (random() % 5 == 0 && open.size() > 1) {
        open.pop_back();
      }
      LayoutGraph::Node node{open.back(), {}, static_cast<double>(random() % 90)};
      for (size_t n = i == 0 ? 0 : random() % 4; n > 0; --n)
        node.inputs.push_back(random() % i);
      graph.nodes.push_back(node);
    }
    const Layout layout = layOut(graph, {});
    SCOPED_TRACE(seed);
    expectSound(graph, layout);
    const Layout again = layOut(graph, {});
    for (size_t i = 0; i < layout.nodes.size(); ++i)
      EXPECT_EQ(layout.nodes[i].x, again.nodes[i].x);
  }
}

// Time grows with the size, not with its square.
TEST(GraphLayout, LargeGraphs) {
  LayoutGraph graph;
  graph.groups = {{0, 0}};
  for (size_t i = 0; i < 50'000; ++i) {
    graph.nodes.push_back({0, {}});
    if (i > 0)
      graph.nodes.back().inputs.push_back(i - 1);
    if (i >= 25'000)
      graph.nodes.back().inputs.push_back(49'999 - i); // nested lines, as a U has them
  }
  const Layout layout = layOut(graph, {});
  EXPECT_EQ(layout.lines.size(), 49'999u + 25'000u);
}
