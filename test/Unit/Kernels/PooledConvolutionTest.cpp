// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions fused with their max pool in training, and their gradients, against the reference interpreter.
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

using Extents = std::vector<int64_t>;

struct PooledCase {
  const char *branch; ///< what the case is here for
  Extents input;      ///< of a sample, channels last
  Extents kernel;     ///< spatial
  int64_t filters;
  Extents pool;
  Extents padding; ///< low, high of each axis; empty for none
  Extents strides = {};
  Extents dilations = {};
  int64_t groups = 1;
  int64_t batch = 3;

  Extents filled(const Extents &values, int64_t value, size_t each = 1) const {
    return values.empty() ? Extents(each * kernel.size(), value) : values;
  }
  Extents pooled() const {
    Extents result, pad = filled(padding, 0, 2), stride = filled(strides, 1), dilation = filled(dilations, 1);
    for (size_t i = 0; i < kernel.size(); ++i) {
      int64_t padded = input[i] + pad[2 * i] + pad[2 * i + 1];
      result.push_back(((padded - (kernel[i] - 1) * dilation[i] - 1) / stride[i] + 1) / pool[i]);
    }
    result.push_back(filters);
    return result;
  }
  Extents kernelShape() const {
    Extents result = kernel;
    result.push_back(input.back() / groups);
    result.push_back(filters);
    return result;
  }
  int64_t positions() const {
    int64_t product = 1;
    for (int64_t extent : pool)
      product *= extent;
    return product;
  }
};

std::string type(const Extents &extents, bool batched, const char *element = "f32") {
  std::string text = batched ? "?x" : "";
  for (int64_t extent : extents)
    text += std::to_string(extent) + "x";
  return text + element;
}

std::string array(const char *name, const Extents &values) {
  std::string text = std::string(name) + " = array<i64: ";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + std::to_string(values[i]);
  return text + ">";
}

std::string attributes(const PooledCase &conv, const std::string &more = "") {
  return " {" + array("strides", conv.filled(conv.strides, 1)) + ", " + array("padding", conv.filled(conv.padding, 0, 2)) +
         ", " + array("dilations", conv.filled(conv.dilations, 1)) + ", " + array("pool_size", conv.pool) +
         ", groups = " + std::to_string(conv.groups) + " : i64" + more + "}";
}

const char *argmaxElement(const PooledCase &conv) { return conv.positions() <= 256 ? "i8" : "i32"; }

void testForward(const PooledCase &conv, const char *activation, bool ties = false) {
  SCOPED_TRACE(conv.branch);
  RunOptions options;
  options.batch = conv.batch;
  options.tolerance = 1e-4;
  // Small whole numbers are exact, and often equal.
  if (ties)
    options.classes = {{0, 3}, {1, 2}, {2, 2}};
  std::string text = entryText(
      "nn.conv_max_pool_train %arg0, %arg1, %arg2" +
          attributes(conv, std::string(", activation = #nn.activation<") + activation + ">"),
      {type(conv.input, true), type(conv.kernelShape(), false), type({conv.filters}, false)},
      {type(conv.pooled(), true), type(conv.pooled(), true, argmaxElement(conv))});
  expectMatchesReference(text, options);
}

enum class Gradient { Input, Kernel };

void testGradient(Gradient which, const PooledCase &conv, double low = -1, double high = 1) {
  SCOPED_TRACE(conv.branch);
  RunOptions options;
  options.batch = conv.batch;
  options.tolerance = 1e-4;
  options.low = low;
  options.high = high;
  std::string x = type(conv.input, true), k = type(conv.kernelShape(), false), dy = type(conv.pooled(), true);
  std::string argmax = type(conv.pooled(), true, argmaxElement(conv));
  if (which == Gradient::Input) {
    options.classes = {{1, conv.positions()}};
    expectMatchesReference(
        entryText("nn.pooled_conv_grad_input %arg0, %arg1, %arg2" + attributes(conv), {dy, argmax, k}, {x}), options);
  } else {
    options.classes = {{2, conv.positions()}};
    expectMatchesReference(
        entryText("nn.pooled_conv_grad_kernel %arg0, %arg1, %arg2" + attributes(conv), {x, dy, argmax}, {k}), options);
  }
}

const PooledCase kCases[] = {
    {"two axes, last row and column behind the last window", {11, 12, 5}, {3, 2}, 20, {2, 2}, {}},
    {"window that is no square, padding", {9, 13, 16}, {3, 3}, 33, {2, 3}, {1, 1, 1, 1}},
    {"one axis", {41, 7}, {5}, 19, {2}, {}},
    {"one axis, padded, pool of 3", {40, 16}, {3}, 32, {3}, {1, 1}},
    {"three axes", {6, 7, 9, 3}, {2, 3, 2}, 6, {2, 2, 3}, {0, 0, 1, 1, 0, 0}},
    {"stride", {13, 15, 4}, {3, 3}, 8, {2, 2}, {1, 1, 0, 0}, {2, 1}},
    {"dilation", {13, 12, 3}, {3, 2}, 9, {2, 2}, {2, 2, 0, 0}, {}, {2, 3}},
    {"groups", {8, 9, 6}, {3, 3}, 10, {2, 2}, {}, {}, {}, 2},
    {"one channel, one sample", {12, 10, 1}, {3, 3}, 32, {2, 2}, {}, {}, {}, 1, 1},
    {"pointwise", {6, 8, 24}, {1, 1}, 17, {2, 2}, {}},
};

} // namespace

TEST(PooledConvolution, Forward) {
  for (const PooledCase &conv : kCases)
    testForward(conv, "relu");
}

TEST(PooledConvolution, ForwardWindowInALoop) {
  testForward({"window in a loop", {17, 19, 3}, {2, 2}, 9, {5, 6}, {0, 0, 1, 0}}, "relu");
  testForward({"window of more positions than a byte counts", {290, 2}, {3}, 5, {270}, {}}, "linear");
  testForward({"interleaved channels, window in a loop", {14, 15, 4}, {3, 3}, 1, {5, 7}, {1, 1, 1, 1}}, "relu");
}

TEST(PooledConvolution, ForwardFewColumns) {
  testForward({"interleaved channels", {12, 9, 8}, {3, 3}, 2, {2, 2}, {1, 1, 1, 1}}, "relu");
}

TEST(PooledConvolution, ForwardActivations) {
  for (const char *activation : {"linear", "sigmoid", "tanh"})
    testForward({activation, {9, 8, 3}, {3, 3}, 13, {2, 2}, {}}, activation);
}

TEST(PooledConvolution, TiesGoToTheFirst) {
  for (const char *activation : {"linear", "relu"})
    testForward({"ties in registers", {9, 8, 3}, {2, 2}, 13, {2, 2}, {}}, activation, /*ties=*/true);
  testForward({"ties in a loop", {17, 19, 2}, {2, 2}, 9, {5, 6}, {}}, "relu", /*ties=*/true);
}

TEST(PooledConvolution, InputGradient) {
  for (const PooledCase &conv : kCases)
    testGradient(Gradient::Input, conv);
}

TEST(PooledConvolution, KernelGradient) {
  for (const PooledCase &conv : kCases)
    testGradient(Gradient::Kernel, conv);
}
