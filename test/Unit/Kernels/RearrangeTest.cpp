// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

struct Case {
  const char *input, *attribute, *output;
};

TEST(RearrangeKernels, Permute) {
  for (auto [input, permutation, output] :
       {Case{"?x5x7x3xf32", "3, 1, 2", "?x3x5x7xf32"}, {"?x5x7x33xf32", "2, 1, 3", "?x7x5x33xf32"},
        {"?x6x1xf32", "2, 1", "?x1x6xf32"}, {"?x2x3x4x5xf32", "4, 3, 2, 1", "?x5x4x3x2xf32"}, {"?x9xf32", "1", "?x9xf32"}})
    expectMatchesReference(
        entryText(std::string("nn.permute %arg0 {permutation = array<i64: ") + permutation + ">}", {input}, {output}));
}

TEST(RearrangeKernels, Pad) {
  for (auto [input, padding, output] :
       {Case{"?x5x7x3xf32", "1, 2, 0, 3, 0, 0", "?x8x10x3xf32"}, {"?x5x7x3xf32", "-1, -2, 0, -3, 0, 0", "?x2x4x3xf32"},
        {"?x5x33xf32", "-1, 2, 1, -20", "?x6x14xf32"}, {"?x37xf32", "3, 0", "?x40xf32"}, {"?x37xf32", "-30, -6", "?x1xf32"},
        {"?x3x3x3x2xf32", "1, 0, 0, 1, -1, 1, 0, 0", "?x4x4x3x2xf32"}})
    expectMatchesReference(
        entryText(std::string("nn.pad %arg0 {padding = array<i64: ") + padding + ">}", {input}, {output}));
}

TEST(RearrangeKernels, BroadcastAndSum) {
  for (auto [input, shape, output] :
       {Case{"?x1x1x19xf32", "5, 7, 19", "?x5x7x19xf32"}, {"?x5x7x1xf32", "5, 7, 19", "?x5x7x19xf32"},
        {"?x5x1x3x1x4xf32", "5, 2, 3, 2, 4", "?x5x2x3x2x4xf32"}, {"?x1xf32", "37", "?x37xf32"},
        {"?x1x6xf32", "3, 6", "?x3x6xf32"}, {"?x2x1x3xf32", "2, 4, 3", "?x2x4x3xf32"}}) {
    expectMatchesReference(
        entryText(std::string("nn.broadcast %arg0 {shape = array<i64: ") + shape + ">}", {input}, {output}));
    expectMatchesReference(entryText("nn.reduce_sum %arg0", {output}, {input}));
  }
}

// The gradient of a parameter, which has no batch.
TEST(ResizeKernels, AllInterpolations) {
  struct Case {
    const char *small, *large, *factors;
  };
  for (const char *interpolation : {"bilinear", "bicubic", "gaussian", "lanczos3", "lanczos5", "mitchellcubic"})
    for (const Case &each : {Case{"?x5x7x3xf32", "?x10x14x3xf32", "2, 2"}, Case{"?x1x2x1xf32", "?x3x8x1xf32", "3, 4"},
                             Case{"?x14x3x17xf32", "?x14x15x17xf32", "1, 5"}, Case{"2x4x13x5xf32", "2x12x26x5xf32", "3, 2"}}) {
      // The others differ from it in their weights only; unrolled ones are slow to compile.
      if (llvm::StringRef(interpolation) != "bilinear" && llvm::StringRef(each.factors) != "2, 2")
        continue;
      const std::string attributes =
          std::string(" %arg0 {factors = array<i64: ") + each.factors + ">, interpolation = \"" + interpolation + "\"}";
      expectMatchesReference(entryText("nn.resize" + attributes, {each.small}, {each.large}));
      expectMatchesReference(entryText("nn.resize_grad" + attributes, {each.large}, {each.small}));
    }
}

TEST(RearrangeKernels, SumOverTheBatch) {
  for (const char *output : {"1x1x19xf32", "5x7x19xf32", "5x1x1xf32", "1x7x19xf32", "1x1x1xf32"})
    expectMatchesReference(entryText("nn.reduce_sum %arg0", {"?x5x7x19xf32"}, {output}));
}

TEST(RearrangeKernels, SumToFewerAxes) {
  for (const char *output : {"19xf32", "7x19xf32", "7x1xf32", "1xf32"})
    expectMatchesReference(entryText("nn.reduce_sum %arg0", {"?x5x7x19xf32"}, {output}));
}

TEST(RearrangeKernels, WithAParameter) {
  for (const char *op : {"nn.scale_by", "nn.shift_by"})
    for (const char *parameter : {"5x7x19xf32", "1x1x19xf32", "5x1x1xf32", "1x7x1xf32", "19xf32", "7x1xf32"})
      expectMatchesReference(
          entryText(std::string(op) + " %arg0, %arg1", {"?x5x7x19xf32", parameter}, {"?x5x7x19xf32"}));
}

TEST(StandardizeKernels, RowsOfLastAxes) {
  for (const char *axes : {"1", "2", "3"}) {
    std::string attributes = std::string(" {epsilon = 0.001, axes = ") + axes + "}";
    expectMatchesReference(entryText("nn.standardize %arg0" + attributes, {"?x5x7x19xf32"}, {"?x5x7x19xf32"}));
    expectMatchesReference(entryText("nn.standardize_grad %arg0, %arg1" + attributes, {"?x5x7x19xf32", "?x5x7x19xf32"},
                                     {"?x5x7x19xf32"}));
  }
}

} // namespace
