// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions fused with their max pool in training, and their gradients, against the reference interpreter.
#include "Kernels/KernelTestHarness.h"
#include "Kernels/PooledCase.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

void testForward(const PooledCase &conv, const char *activation, bool ties = false) {
  SCOPED_TRACE(conv.branch);
  RunOptions options;
  options.batch = conv.batch;
  options.tolerance = 1e-4;
  // Small whole numbers are exact, and often equal.
  if (ties)
    options.classes = {{0, 3}, {1, 2}, {2, 2}};
  std::string op = "nn.conv_max_pool_train %arg0, %arg1, %arg2" +
                   conv.attributes(std::string(", activation = #nn.activation<") + activation + ">");
  std::string text = entryText(op, {conv.inputType(), conv.kernelType(), conv.biasType()},
                               {conv.pooledType(), conv.argmaxType()});
  expectMatchesReference(text, options);
}

void testInputGradient(const PooledCase &conv) {
  SCOPED_TRACE(conv.branch);
  RunOptions options;
  options.batch = conv.batch;
  options.tolerance = 1e-4;
  options.classes = {{1, conv.shape().poolPositions()}};
  expectMatchesReference(entryText("nn.pooled_conv_grad_input %arg0, %arg1, %arg2" + conv.attributes(),
                                   {conv.pooledType(), conv.argmaxType(), conv.kernelType()}, {conv.inputType()}),
                         options);
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
    testInputGradient(conv);
}
