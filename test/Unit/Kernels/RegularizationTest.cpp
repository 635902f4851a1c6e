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

TEST(RegularizationKernels, DropoutWithSharedAxes) {
  for (const char *shared : {"0", "0, 3", "1", "1, 2, 3", "2, 3", "3", "0, 1, 2, 3"})
    for (const char *type : {"?x5x7x3xf32", "?x2x3x33xf32", "?x1x4x1xf32"}) {
      RunOptions options;
      options.batch = 3;
      options.step = 5;
      expectMatchesReference(entryText(std::string("nn.spatial_dropout %arg0 {rate = 0.4, shared = array<i64: ") + shared +
                                           ">, stream = 11 : i32}",
                                       {type}, {type}),
                             options);
    }
}

TEST(RegularizationKernels, GaussianNoise) {
  for (const char *type : {"?x1xf32", "?x3xf32", "?x7x5x3xf32", "?x91x91xf32"})
    for (int64_t batch : {1, 3}) {
      RunOptions options;
      options.batch = batch;
      options.step = 41;
      expectMatchesReference(entryText("nn.gaussian_noise %arg0 {stddev = 0.7, stream = 7 : i32}", {type}, {type}), options);
    }
}

TEST(RegularizationKernels, Penalties) {
  for (const char *numbers : {"l1 = 0.3, l2 = 0.0", "l1 = 0.0, l2 = 0.2", "l1 = 0.1, l2 = 0.4"})
    for (const char *type : {"?x1xf32", "?x7x5x3xf32", "?x200x97xf32", "1xf32", "3x3x5x7xf32", "200x301xf32"}) {
      const bool perSample = type[0] == '?';
      std::string attributes = std::string(" %arg0 {") + numbers + ", per_sample = " + (perSample ? "true" : "false") + "}";
      expectMatchesReference(entryText("nn.penalty" + attributes, {type}, {"f32"}));
      expectMatchesReference(entryText("nn.penalty_grad" + attributes, {type}, {type}));
    }
}

TEST(RegularizationKernels, TotalLoss) {
  expectMatchesReference(entryText("nn.total_loss %arg0, %arg1, %arg2", {"f32", "f32", "f32"}, {"f32"}));
}

} // namespace
