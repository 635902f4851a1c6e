// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

/// An enlargement of ?x`extent`x3 along its axis, or its gradient.
std::string resizeText(const char *op, const char *interpolation, int64_t extent, int64_t factor) {
  std::string small = llvm::formatv("?x{0}x3xf32", extent), large = llvm::formatv("?x{0}x3xf32", extent * factor);
  const bool isGradient = llvm::StringRef(op).ends_with("grad");
  return entryText(llvm::formatv("{0} %arg0 {{factors = array<i64: {1}>, interpolation = \"{2}\"}", op, factor, interpolation).str(),
                   {isGradient ? large : small}, {isGradient ? small : large});
}

TEST(ResizeKernels, ShortAxes) {
  for (const char *op : {"nn.resize", "nn.resize_grad"})
    for (const char *interpolation : {"bilinear", "bicubic", "lanczos3"})
      for (int64_t extent : {1, 2, 3, 9})
        expectMatchesReference(resizeText(op, interpolation, extent, 3), hostTargets().back());
}

// Only the rows near both ends have code of their own.
TEST(ResizeKernels, CodeDoesNotGrowWithTheAxis) {
  for (const char *op : {"nn.resize", "nn.resize_grad"})
    for (const char *interpolation : {"bilinear", "gaussian", "lanczos5"})
      for (int64_t factor : {2, 3}) {
        auto operations = [&](int64_t extent) {
          return compileKernels(resizeText(op, interpolation, extent, factor), hostTargets().front()).operations;
        };
        EXPECT_EQ(operations(25), operations(24)) << op << " " << interpolation;
        EXPECT_EQ(operations(40), operations(24)) << op << " " << interpolation;
      }
}

} // namespace
