// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

struct PoolCase {
  std::vector<int64_t> input; ///< of a sample
  std::vector<int64_t> window, strides, padding;

  static std::string type(const std::vector<int64_t> &extents, const char *element = "f32") {
    std::string text = "?x";
    for (int64_t extent : extents)
      text += std::to_string(extent) + "x";
    return text + element;
  }
  static std::string array(const std::vector<int64_t> &values) {
    std::string text = "array<i64: ";
    for (size_t i = 0; i < values.size(); ++i)
      text += (i ? ", " : "") + std::to_string(values[i]);
    return text + ">";
  }
  std::vector<int64_t> output() const {
    std::vector<int64_t> result;
    for (size_t i = 0; i < window.size(); ++i)
      result.push_back((input[i] + padding[2 * i] + padding[2 * i + 1] - window[i]) / strides[i] + 1);
    result.push_back(input.back());
    return result;
  }
  int64_t positions() const {
    int64_t product = 1;
    for (int64_t extent : window)
      product *= extent;
    return product;
  }
  std::string attributes() const {
    return " {window = " + array(window) + ", strides = " + array(strides) + ", padding = " + array(padding) + "}";
  }
};

const PoolCase kCases[] = {
    // The windows tile the input, exactly or with rows, columns and planes left over.
    {{8, 6, 16}, {2, 2}, {2, 2}, {0, 0, 0, 0}},
    {{7, 9, 5}, {2, 3}, {2, 3}, {0, 0, 0, 0}},
    {{5, 7, 5, 3}, {2, 2, 2}, {2, 2, 2}, {0, 0, 0, 0, 0, 0}},
    {{21, 7}, {4}, {4}, {0, 0}},
    // One window along an axis, and what is left behind it.
    {{3, 5, 7, 3}, {2, 3, 2}, {2, 3, 2}, {0, 0, 0, 0, 0, 0}},
    {{5, 5, 3, 2}, {2, 2, 2}, {2, 2, 2}, {0, 0, 0, 0, 0, 0}},
    // They overlap, or leave gaps.
    {{9, 7, 19}, {3, 3}, {2, 2}, {0, 0, 0, 0}},
    {{9, 7, 8}, {3, 2}, {1, 1}, {0, 0, 0, 0}},
    {{9, 11, 8}, {2, 2}, {3, 4}, {0, 0, 0, 0}},
    // `same` padding on both sides and behind only.
    {{7, 7, 3}, {3, 3}, {1, 1}, {1, 1, 1, 1}},
    {{7, 5, 33}, {2, 2}, {2, 2}, {0, 1, 0, 1}},
    {{6, 5, 4, 2}, {3, 2, 3}, {2, 2, 1}, {0, 1, 0, 1, 1, 1}},
    // Moving by one along the last axis: blocks of rows, with and without an edge, strides on the axes before, planes.
    {{40, 60, 8}, {3, 2}, {1, 1}, {1, 1, 0, 1}},
    {{41, 60, 5}, {2, 3}, {1, 1}, {0, 0, 0, 0}},
    {{9, 8, 5}, {3, 3}, {2, 1}, {1, 1, 1, 1}},
    {{5, 6, 7, 3}, {2, 3, 2}, {1, 2, 1}, {1, 0, 1, 1, 0, 1}},
    {{33, 3}, {5}, {1}, {2, 2}},
    // A window of more positions than are unrolled, and one of more than a byte counts.
    {{17, 18, 4}, {5, 6}, {3, 3}, {0, 0, 0, 0}},
    {{300, 2}, {290}, {1}, {2, 3}},
    {{1, 1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}},
};

TEST(PoolingKernels, Max) {
  for (const PoolCase &pool : kCases)
    expectMatchesReference(entryText("nn.max_pool %arg0" + pool.attributes(), {PoolCase::type(pool.input)},
                                     {PoolCase::type(pool.output())}));
}

TEST(PoolingKernels, MaxInTrainingAndItsGradient) {
  for (const PoolCase &pool : kCases) {
    std::string input = PoolCase::type(pool.input), output = PoolCase::type(pool.output());
    std::string argmax = PoolCase::type(pool.output(), pool.positions() <= 256 ? "i8" : "i32");
    expectMatchesReference(entryText("nn.max_pool_train %arg0" + pool.attributes(), {input}, {output, argmax}));
    RunOptions options;
    options.classes = {{1, pool.positions()}};
    // Of one position the harness would draw numbers in [0, 1); an argmax is an integer, so it draws 0.
    expectMatchesReference(
        entryText("nn.max_pool_grad %arg0, %arg1" + pool.attributes(), {output, argmax}, {input}), options);
  }
}

TEST(PoolingKernels, TiesGoToTheFirst) {
  RunOptions options;
  options.classes = {{0, 2}};
  PoolCase pool{{7, 7, 3}, {3, 3}, {2, 2}, {1, 1, 1, 1}};
  expectMatchesReference(entryText("nn.max_pool_train %arg0" + pool.attributes(), {PoolCase::type(pool.input)},
                                   {PoolCase::type(pool.output()), PoolCase::type(pool.output(), "i8")}),
                         options);
}

TEST(PoolingKernels, Average) {
  for (const PoolCase &pool : kCases) {
    std::string input = PoolCase::type(pool.input), output = PoolCase::type(pool.output());
    expectMatchesReference(entryText("nn.average_pool %arg0" + pool.attributes(), {input}, {output}));
    expectMatchesReference(entryText("nn.average_pool_grad %arg0" + pool.attributes(), {output}, {input}));
  }
}

/// The kernel of a max pool over rows of 200 positions, or of its gradient.
KernelCode codeOf(const char *op, int64_t window, int64_t stride) {
  PoolCase pool{{200, 3}, {window}, {stride}, {0, 0}};
  std::string input = PoolCase::type(pool.input), output = PoolCase::type(pool.output());
  const bool isGradient = llvm::StringRef(op).ends_with("grad");
  return compileKernels(entryText(std::string(op) + " %arg0" + pool.attributes(), {isGradient ? output : input}, {isGradient ? input : output}),
                        hostTargets().front());
}

// One position more is more code, until the window is looped over instead.
TEST(PoolingKernels, SmallWindowsAreUnrolled) {
  auto operations = [](const char *op, int64_t window, int64_t stride) { return codeOf(op, window, stride).operations; };
  const char *max = "nn.max_pool", *gradient = "nn.average_pool_grad";
  EXPECT_LT(operations(max, 15, 15), operations(max, 16, 16));
  EXPECT_GT(operations(max, 16, 16), operations(max, 17, 17));
  EXPECT_LT(operations(max, 31, 1), operations(max, 32, 1));
  EXPECT_GT(operations(max, 32, 1), operations(max, 33, 1));
  EXPECT_LT(operations(gradient, 63, 63), operations(gradient, 64, 64));
  EXPECT_GT(operations(gradient, 64, 64), operations(gradient, 65, 65));
}

// A slab of 2 + 2 rows of 30 + 2 positions of 60 channels has 30720 bytes: half of a cache of 61440 bytes.
TEST(PoolingKernels, SlabsStayInHalfOfTheSecondCache) {
  PoolCase pool{{20, 30, 60}, {3, 3}, {1, 1}, {1, 1, 1, 1}};
  nncc::planning::TargetFacts target = hostTargets().front();
  std::string text = entryText("nn.max_pool %arg0" + pool.attributes(), {PoolCase::type(pool.input)}, {PoolCase::type(pool.output())});
  target.l2Bytes = 61440;
  EXPECT_EQ(compileKernels(text, target).plans, std::vector<std::string>{"rows of positions and channels, 10 blocks, copied"});
  target.l2Bytes = 61438;
  EXPECT_EQ(compileKernels(text, target).plans, std::vector<std::string>{""});
  // Without an edge nothing is copied.
  pool.padding = {0, 0, 0, 0};
  text = entryText("nn.max_pool %arg0" + pool.attributes(), {PoolCase::type(pool.input)}, {PoolCase::type(pool.output())});
  EXPECT_EQ(compileKernels(text, target).plans, std::vector<std::string>{"rows of positions and channels, 9 blocks"});
}

TEST(PoolingKernels, Global) {
  for (const char *input : {"?x1x1x1xf32", "?x5x7x19xf32", "?x70x3xf32", "?x3x4x5x16xf32"}) {
    std::string text = input;
    std::string output = "?x" + text.substr(text.rfind('x', text.size() - 5) + 1);
    for (const char *op : {"global_max_pool", "global_average_pool"})
      expectMatchesReference(entryText(std::string("nn.") + op + " %arg0", {input}, {output}));
    expectMatchesReference(entryText("nn.global_average_pool_grad %arg0", {output}, {input}));
  }
  expectMatchesReference(entryText("nn.global_max_pool %arg0 {keepdims = true}", {"?x3x5x6xf32"}, {"?x1x1x6xf32"}));
}

TEST(PoolingKernels, GlobalMaxGradientSharesTies) {
  RunOptions options;
  options.classes = {{0, 3}};
  expectMatchesReference(
      "func.func @test(%x: tensor<?x5x7x19xf32>, %dy: tensor<?x19xf32>) -> tensor<?x5x7x19xf32> attributes {nn.entry} {\n"
      "  %0 = nn.global_max_pool %x : (tensor<?x5x7x19xf32>) -> tensor<?x19xf32>\n"
      "  %1 = nn.global_max_pool_grad %x, %0, %dy : (tensor<?x5x7x19xf32>, tensor<?x19xf32>, tensor<?x19xf32>) -> "
      "tensor<?x5x7x19xf32>\n"
      "  return %1 : tensor<?x5x7x19xf32>\n}\n",
      options);
}

} // namespace
