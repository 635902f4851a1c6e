// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

struct Case {
  int groups, heads, queries, keys, depth;
};
// One of everything, odd extents, vectors that do not divide anything, more keys than queries and the other way round.
constexpr Case kCases[] = {{1, 1, 1, 1, 1},   {2, 3, 5, 7, 4},   {1, 2, 17, 9, 16}, {1, 4, 33, 33, 8},
                           {3, 1, 2, 70, 37}, {1, 5, 50, 3, 19}, {4, 2, 6, 6, 64}};

std::string type(std::initializer_list<int> extents) {
  std::string text = "?";
  for (int extent : extents)
    text += "x" + std::to_string(extent);
  return text + "xf32";
}

TEST(AttentionKernels, Scores) {
  for (const Case &c : kCases)
    for (const char *causal : {"", ", causal"})
      expectMatchesReference(entryText("nn.attention_scores %arg0, %arg1 {heads = " + std::to_string(c.heads) +
                                           ", scale = 0.3" + causal + "}",
                                       {type({c.groups, c.queries, c.heads * c.depth}), type({c.groups, c.keys, c.heads * c.depth})},
                                       {type({c.groups, c.heads, c.queries, c.keys})}));
}

TEST(AttentionKernels, Mix) {
  for (const Case &c : kCases)
    for (bool transposed : {false, true})
      for (const char *scale : {"1.0", "0.3"})
        expectMatchesReference(
            entryText("nn.attention_mix %arg0, %arg1 {scale = " + std::string(scale) + (transposed ? ", transposed}" : "}"),
                      {type({c.groups, c.heads, c.queries, c.keys}),
                       type({c.groups, transposed ? c.queries : c.keys, c.heads * c.depth})},
                      {type({c.groups, transposed ? c.keys : c.queries, c.heads * c.depth})}));
}

TEST(EmbeddingKernels, RowsAndTheirSums) {
  struct {
    const char *indices, *rows, *table;
    int64_t count;
  } cases[] = {{"?xf32", "?x1xf32", "1x1xf32", 1},
               {"?x9xf32", "?x9x5xf32", "7x5xf32", 7},
               {"?x3x4xf32", "?x3x4x37xf32", "40x37xf32", 40},
               {"?x50xf32", "?x50x64xf32", "3x64xf32", 3}};
  for (const auto &c : cases) {
    RunOptions options;
    options.classes = {{0, c.count}};
    if (c.count > 1) {
      expectMatchesReference(entryText("nn.embedding %arg0, %arg1", {c.indices, c.table}, {c.rows}), options);
      expectMatchesReference(entryText("nn.embedding_grad %arg0, %arg1", {c.indices, c.rows}, {c.table}), options);
    }
  }
  // Numbers in (-1, 1) are cut to 0.
  expectMatchesReference(entryText("nn.embedding %arg0, %arg1", {"?xf32", "1x1xf32"}, {"?x1xf32"}));
  expectMatchesReference(entryText("nn.embedding_grad %arg0, %arg1", {"?xf32", "?x1xf32"}, {"1x1xf32"}));
}

} // namespace
