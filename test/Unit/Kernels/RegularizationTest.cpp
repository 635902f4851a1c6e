// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

TEST(RegularizationKernels, Dropout) {
  // Samples of which the elements are no multiple of four share counters with their neighbours.
  for (const char *type : {"?x1xf32", "?x3xf32", "?x7x5x3xf32", "?x64xf32", "?x91x91xf32"})
    for (int64_t batch : {1, 2, 3, 5}) {
      RunOptions options;
      options.batch = batch;
      options.step = 41;
      expectMatchesReference(entryText("nn.dropout %arg0 {rate = 0.3, stream = 7 : i32}", {type}, {type}), options);
    }
}

TEST(RegularizationKernels, DropoutOfNothing) {
  expectMatchesReference(entryText("nn.dropout %arg0 {rate = 0.0, stream = -3 : i32}", {"?x37xf32"}, {"?x37xf32"}));
}

TEST(RegularizationKernels, SpatialDropout) {
  for (const char *type : {"?x5x7x3xf32", "?x4x33xf32", "?x2x2x2x1xf32", "?x3x5000xf32"})
    expectMatchesReference(entryText("nn.spatial_dropout %arg0 {rate = 0.3, stream = 7 : i32}", {type}, {type}));
}

} // namespace
