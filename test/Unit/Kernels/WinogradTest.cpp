// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions by Winograd's algorithm, forward and input gradient, against the reference interpreter: each tile that there
// is, with shapes that divide by nothing.
#include "Kernels/ConvCase.h"
#include "nncc/Kernels/Contraction/WinogradTransform.h"

#include "gtest/gtest.h"

#include <random>

using namespace nncc::kernels;
using namespace nncc::kernels::test;
using nncc::planning::WinogradTiles;

namespace {

using Tile = std::array<int64_t, 3>;

ConvCase unitStride(const char *branch, Extents input, Extents kernel, int64_t filters, Extents padding,
                    int64_t batch = 2) {
  Extents ones(kernel.size(), 1);
  return {branch, input, kernel, filters, ones, padding, ones, 1, batch};
}

RunOptions optionsFor(const ConvCase &conv, const Tile &tile) {
  RunOptions options;
  options.batch = conv.batch;
  // Sums of a few hundred, or a few thousand, products of numbers below 1.
  options.tolerance = conv.input.back() < 100 ? 2e-5 : 1e-4;
  options.winograd = WinogradTiles::Fixed;
  options.winograd.outputs = tile;
  return options;
}

/// Forward with bias, and the input gradient.
void testBoth(const Tile &tile, const ConvCase &conv) {
  SCOPED_TRACE(conv.branch);
  std::string x = tensor(conv.input, true), k = tensor(conv.kernelShape(), false), y = tensor(conv.output(), true);
  std::string b = tensor({conv.filters}, false), attrs = " {" + attributes(conv) + "} : (";
  expectMatchesReference("func.func @test(%x: " + x + ", %k: " + k + ", %b: " + b + ", %dy: " + y + ") -> (" + y + ", " + x +
                             ") attributes {nn.entry} {\n" + //
                             "  %y = nn.conv %x, %k, %b" + attrs + x + ", " + k + ", " + b + ") -> " + y + "\n" +
                             "  %dx = nn.conv_grad_input %dy, %k" + attrs + y + ", " + k + ") -> " + x + "\n" +
                             "  return %y, %dx : " + y + ", " + x + "\n}\n",
                         optionsFor(conv, tile));
}

/// Activation and max pool of stride = window: in inference without bias, in training with bias and argmax.
void testEpilogue(const Tile &tile, const ConvCase &conv, const char *activation, const Extents &pool) {
  SCOPED_TRACE(conv.branch);
  Extents output = conv.output();
  for (size_t i = 0; i < pool.size(); ++i)
    output[i] /= pool[i];
  std::string x = tensor(conv.input, true), k = tensor(conv.kernelShape(), false), y = tensor(output, true);
  std::string b = tensor({conv.filters}, false), places = y.substr(0, y.rfind('f')) + "i8>";
  std::string attrs = " {" + attributes(conv) + ", activation = #nn.activation<" + activation + ">" +
                      (pool.empty() ? "" : ", " + array("pool_size", pool)) + "} : (";
  expectMatchesReference("func.func @test(%x: " + x + ", %k: " + k + ") -> " + y + " attributes {nn.entry} {\n" +
                             "  %y = nn.conv %x, %k" + attrs + x + ", " + k + ") -> " + y + "\n  return %y : " + y +
                             "\n}\n",
                         optionsFor(conv, tile));
  if (pool.empty())
    return;
  expectMatchesReference("func.func @test(%x: " + x + ", %k: " + k + ", %b: " + b + ") -> (" + y + ", " + places +
                             ") attributes {nn.entry} {\n" + "  %y:2 = nn.conv_max_pool_train %x, %k, %b" + attrs + x +
                             ", " + k + ", " + b + ") -> (" + y + ", " + places + ")\n  return %y#0, %y#1 : " + y +
                             ", " + places + "\n}\n",
                         optionsFor(conv, tile));
}

/// result * ((kernel * g) . (source * d)).
std::vector<double> convolve(const WinogradTransform &transform, const std::vector<double> &d,
                             const std::vector<double> &g) {
  std::vector<double> y(transform.outputs, 0);
  for (int64_t p = 0; p < transform.positions(); ++p) {
    double source = 0, kernel = 0;
    for (int64_t j = 0; j < transform.positions(); ++j)
      source += transform.source[p][j] * d[j];
    for (int64_t t = 0; t < transform.taps; ++t)
      kernel += transform.kernel[p][t] * g[t];
    for (int64_t i = 0; i < transform.outputs; ++i)
      y[i] += transform.result[i][p] * source * kernel;
  }
  return y;
}

} // namespace

TEST(WinogradTransform, IsAConvolution) {
  std::mt19937 engine(7);
  std::uniform_real_distribution<double> draw(-1, 1);
  for (int64_t positions : winogradPositions)
    for (int64_t taps = 2; taps < positions; ++taps) {
      WinogradTransform transform = winogradTransform(positions - taps + 1, taps);
      std::vector<double> d(positions), g(taps);
      for (double &x : d)
        x = draw(engine);
      for (double &x : g)
        x = draw(engine);
      std::vector<double> y = convolve(transform, d, g);
      for (int64_t i = 0; i < transform.outputs; ++i) {
        double expected = 0;
        for (int64_t t = 0; t < taps; ++t)
          expected += d[i + t] * g[t];
        EXPECT_NEAR(y[i], expected, 1e-12) << positions << " positions, " << taps << " taps, result " << i;
      }
    }
}

TEST(WinogradTransform, SmallTileIsTheKnownOne) {
  // Lavin and Gray, section 4.1, but for signs.
  WinogradTransform transform = winogradTransform(2, 3);
  EXPECT_EQ(transform.source, (Coefficients{{-1, 0, 1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, 0, 1}}));
  EXPECT_EQ(transform.kernel, (Coefficients{{-1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}}));
  EXPECT_EQ(transform.result, (Coefficients{{1, 1, 1, 0}, {0, 1, -1, 1}}));
}

TEST(Winograd, OneAxis) {
  testBoth({1, 1, 2}, unitStride("tiles of 2", {23, 13}, {3}, 21, {1, 1}));
  testBoth({1, 1, 4}, unitStride("tiles of 4", {37, 6}, {3}, 17, {0, 0}));
  testBoth({1, 1, 2}, unitStride("five taps", {26, 9}, {5}, 8, {2, 2}));
  testBoth({1, 1, 3}, unitStride("two taps, causal", {20, 5}, {2}, 33, {1, 0}));
  testBoth({1, 1, 5}, unitStride("two taps, large tiles", {19, 8}, {2}, 4, {0, 1}));
  testBoth({1, 1, 3}, unitStride("four taps", {22, 4}, {4}, 12, {1, 2}));
}

TEST(Winograd, OneOfTwoAxes) {
  testBoth({1, 1, 4}, unitStride("rows summed tap by tap", {7, 11, 10}, {3, 3}, 19, {1, 1, 1, 1}));
  testBoth({1, 1, 2}, unitStride("rows summed, even kernel", {6, 9, 5}, {2, 3}, 16, {0, 1, 0, 0}));
  testBoth({1, 1, 4}, unitStride("kernel of one row", {5, 14, 12}, {1, 3}, 9, {0, 0, 1, 1}));
  testBoth({1, 4, 1}, unitStride("kernel of one column", {14, 5, 12}, {3, 1}, 9, {1, 1, 0, 0}));
}

TEST(Winograd, TwoAxes) {
  testBoth({1, 2, 2}, unitStride("same padding", {9, 7, 16}, {3, 3}, 32, {1, 1, 1, 1}));
  testBoth({1, 2, 2}, unitStride("valid, exact: no halo", {10, 8, 11}, {3, 3}, 24, {0, 0, 0, 0}));
  testBoth({1, 4, 4}, unitStride("large tiles", {13, 10, 7}, {3, 3}, 18, {1, 1, 1, 1}));
  testBoth({1, 2, 4}, unitStride("tiles differ", {11, 15, 8}, {3, 3}, 5, {1, 1, 1, 1}, 1));
  testBoth({1, 4, 2}, unitStride("asymmetric padding", {12, 9, 6}, {3, 3}, 20, {0, 2, 3, 1}));
  testBoth({1, 3, 2}, unitStride("taps differ", {8, 13, 9}, {2, 5}, 7, {0, 1, 2, 2}));
}

TEST(Winograd, BlocksOfASample) {
  testBoth({1, 2, 2}, unitStride("columns in blocks with a tail", {6, 8, 40}, {3, 3}, 88, {1, 1, 1, 1}, 1));
  testBoth({1, 2, 4}, unitStride("units that reach beyond the map", {45, 41, 33}, {3, 3}, 36, {1, 1, 1, 1}, 1));
  testBoth({1, 2, 2}, unitStride("parts of a row", {5, 51, 300}, {3, 3}, 8, {1, 1, 1, 1}, 1));
  testBoth({1, 1, 4}, unitStride("units along the only axis", {1500, 36}, {3}, 40, {1, 1}, 1));
}

TEST(Winograd, ThreeAxes) {
  testBoth({1, 2, 2}, unitStride("planes summed tap by tap", {5, 6, 7, 6}, {3, 3, 3}, 10, {1, 1, 1, 1, 0, 0}));
  testBoth({1, 2, 2}, unitStride("one plane of three taps", {1, 3, 2, 20}, {3, 3, 3}, 20, {1, 1, 1, 1, 1, 1}));
  testBoth({1, 1, 2}, unitStride("two axes that only a direct sum has", {1, 3, 2, 20}, {3, 3, 3}, 20, {1, 1, 1, 1, 1, 1}));
  testBoth({2, 1, 4}, unitStride("the middle axis has one tap", {6, 3, 9, 5}, {3, 1, 3}, 8, {1, 1, 0, 0, 1, 1}));
}

TEST(Winograd, ResultsFewerThanATile) {
  testBoth({1, 4, 4}, unitStride("one tile", {3, 3, 8}, {3, 3}, 16, {0, 0, 0, 0}));
  testBoth({1, 2, 2}, unitStride("kernel larger than the input", {2, 1, 8}, {3, 3}, 16, {1, 1, 1, 1}));
}

TEST(Winograd, Epilogue) {
  testEpilogue({1, 2, 2}, unitStride("relu", {9, 8, 6}, {3, 3}, 13, {0, 0, 0, 0}), "relu", {});
  testEpilogue({1, 2, 4}, unitStride("swish", {9, 8, 6}, {3, 3}, 13, {1, 1, 1, 1}), "swish", {});
  testEpilogue({1, 2, 2}, unitStride("pool of a tile", {13, 12, 9}, {3, 3}, 20, {1, 1, 1, 1}), "relu", {2, 2});
  testEpilogue({1, 2, 2}, unitStride("pool of a part", {13, 11, 9}, {3, 3}, 20, {0, 0, 0, 0}), "linear", {1, 2});
  testEpilogue({1, 4, 4}, unitStride("pools in a tile", {15, 18, 5}, {3, 3}, 12, {1, 1, 1, 1}), "tanh", {2, 2});
  testEpilogue({1, 2, 4}, unitStride("pools differ", {15, 18, 5}, {3, 3}, 33, {1, 1, 1, 1}), "relu", {2, 4});
  testEpilogue({1, 3, 3}, unitStride("pool of three", {12, 13, 5}, {2, 2}, 17, {1, 0, 0, 1}), "sigmoid", {3, 3});
  testEpilogue({1, 1, 4}, unitStride("pool over rows that are summed", {9, 13, 6}, {3, 3}, 18, {1, 1, 1, 1}), "relu", {3, 2});
  testEpilogue({1, 2, 2}, unitStride("pool over planes", {7, 8, 9, 5}, {3, 3, 3}, 16, {1, 1, 1, 1, 0, 0}), "relu",
               {2, 2, 2});
  testEpilogue({1, 1, 4}, unitStride("one axis", {31, 8}, {3}, 10, {1, 1}), "swish", {2});
}

TEST(Winograd, TransposedConvolution) {
  ConvCase conv = unitStride("bias and activation", {9, 7, 10}, {3, 3}, 18, {1, 1, 1, 1});
  expectMatchesReference(entryText("nn.conv_transpose %arg0, %arg1, %arg2 {" + array("strides", conv.strides) + ", " +
                                       array("padding", conv.padding) + ", " + array("dilations", conv.dilations) +
                                       ", activation = #nn.activation<relu>}",
                                   {"?x9x7x10xf32", "3x3x18x10xf32", "18xf32"}, {"?x9x7x18xf32"}),
                         optionsFor(conv, {1, 2, 4}));
}

// What the tiles are sorted by (WinogradTiles): errors in units of the direct sum's, of normal data.
TEST(Winograd, ErrorsAgainstTheDirectSum) {
  struct Limit {
    Tile tile;
    double largest, mean;
  };
  // As measured, with room for other numbers; the last tile is for WinogradTiles::All only.
  const Limit limits[] = {{{1, 1, 2}, 1.8, 1.2}, {{1, 1, 4}, 2.4, 2},   {{1, 2, 2}, 1.2, 1},
                          {{1, 2, 4}, 2, 1.8},   {{1, 4, 4}, 3.5, 3}};
  nncc::planning::TargetFacts target = hostTargets().back();
  for (int64_t channels : {16, 64, 512}) {
    ConvCase conv = unitStride("errors", {14, 14, channels}, {3, 3}, 32, {0, 0, 0, 0}, 1);
    std::string x = tensor(conv.input, true), k = tensor(conv.kernelShape(), false), y = tensor(conv.output(), true);
    std::string text = "func.func @test(%x: " + x + ", %k: " + k + ") -> " + y + " attributes {nn.entry} {\n" +
                       "  %y = nn.conv %x, %k {" + attributes(conv) + "} : (" + x + ", " + k + ") -> " + y +
                       "\n  return %y : " + y + "\n}\n";
    RunOptions options = optionsFor(conv, {1, 1, 1});
    options.normal = true;
    options.winograd = WinogradTiles::None;
    ResultErrors direct = measureErrors(text, target, options);
    for (const Limit &limit : limits) {
      options.winograd = WinogradTiles::Fixed;
      options.winograd.outputs = limit.tile;
      ResultErrors errors = measureErrors(text, target, options);
      std::string name = std::to_string(channels) + " channels, tiles of " + toString(options.winograd);
      RecordProperty(name, std::to_string(errors.largest / direct.largest) + ", mean " +
                               std::to_string(errors.mean / direct.mean));
      EXPECT_LT(errors.largest, limit.largest * direct.largest) << name;
      EXPECT_LT(errors.mean, limit.mean * direct.mean) << name;
      EXPECT_GT(errors.mean, 0) << name;
    }
  }
}
