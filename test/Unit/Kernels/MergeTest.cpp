// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

TEST(MergeKernels, Concatenate) {
  expectMatchesReference(entryText("nn.concatenate %arg0, %arg1, %arg2 {axis = 3}",
                                   {"?x5x7x3xf32", "?x5x7x16xf32", "?x5x7x1xf32"}, {"?x5x7x20xf32"}));
  expectMatchesReference(
      entryText("nn.concatenate %arg0, %arg1 {axis = 1}", {"?x5x3xf32", "?x2x3xf32"}, {"?x7x3xf32"}));
  expectMatchesReference(
      entryText("nn.concatenate %arg0, %arg1 {axis = 1}", {"?x5000xf32", "?x3xf32"}, {"?x5003xf32"}));
}

TEST(MergeKernels, ConcatenateOneTwice) {
  expectMatchesReference("func.func @test(%x: tensor<?x3xf32>) -> tensor<?x6xf32> attributes {nn.entry} {\n"
                         "  %0 = nn.concatenate %x, %x {axis = 1} : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x6xf32>\n"
                         "  return %0 : tensor<?x6xf32>\n}\n");
}

TEST(MergeKernels, Slice) {
  expectMatchesReference(
      entryText("nn.slice %arg0 {axis = 3, offset = 4, size = 17}", {"?x5x7x22xf32"}, {"?x5x7x17xf32"}));
  expectMatchesReference(entryText("nn.slice %arg0 {axis = 1, offset = 1, size = 3}", {"?x5x7xf32"}, {"?x3x7xf32"}));
}

TEST(MergeKernels, Add) {
  expectMatchesReference(
      entryText("nn.add %arg0, %arg1, %arg2", {"?x5x7x3xf32", "?x5x7x3xf32", "?x5x7x3xf32"}, {"?x5x7x3xf32"}));
  expectMatchesReference(entryText("nn.add %arg0, %arg1", {"3x3x5000xf32", "3x3x5000xf32"}, {"3x3x5000xf32"}));
}

} // namespace
