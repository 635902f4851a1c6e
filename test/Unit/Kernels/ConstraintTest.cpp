// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"
#include "nncc/Kernels/KernelBuilder.h"
#include "nncc/Kernels/NormPlan.h"

#include "gtest/gtest.h"

using namespace nncc::kernels;
using namespace nncc::kernels::test;

namespace {

/// A variable under constraint, between two that stay.
std::string constrainText(const std::string &shape, const std::string &op, const std::string &attributes = "") {
  const std::string rest = " {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n";
  return "nn.variable @a : tensor<3xf32>" + rest + "nn.variable @w : tensor<" + shape + "xf32>" + rest +
         "nn.variable @b : tensor<5xf32>" + rest + "func.func @test() attributes {nn.entry} {\n  nn.constrain_" + op +
         " @w " + attributes + "\n  return\n}\n";
}

std::string axesText(const std::string &axes) { return "axes = array<i64" + (axes.empty() ? "" : ": " + axes) + ">"; }

struct NormCase {
  const char *shape, *axes;
};

// Columns and rows, odd extents, one element, several runs, all and no axes, sums of several chunks.
const NormCase kNorms[] = {
    {"1", "0"},           {"7", ""},         {"7", "0"},          {"37x1", "0"},       {"1x37", "0"},
    {"5x3", "0"},         {"5x3", "1"},      {"70x131", "0"},     {"131x70", "1"},     {"5x3", "0, 1"},
    {"3x3x5x18", "0"},    {"3x3x5x18", "0, 1, 2"}, {"3x3x5x18", "2"},  {"3x3x5x18", "3"},   {"3x3x5x18", "0, 1, 3"},
    {"3x2x5x3x2", "0, 2, 4"}, {"3x2x5x3x2", "1, 3"}, {"2x3x1x4", "0, 3"}, {"4x9x16x3x5", "1, 2"},
    {"3001x67", "0"},     {"2x40001", "1"},  {"2x3x33000", "0, 2"}, {"40001x3", ""},   {"700x2x70", "0"},
};

TEST(ConstraintKernels, Norms) {
  for (const NormCase &norm : kNorms) {
    SCOPED_TRACE(std::string(norm.shape) + " over " + norm.axes);
    const std::string axes = axesText(norm.axes);
    RunOptions options;
    options.low = -0.2;
    const std::string limits = "{" + axes + ", max_value = 1.5, min_value = 0.0, rate = 1.0}";
    expectMatchesReference(constrainText(norm.shape, "norm", limits), options);
    expectMatchesReference(constrainText(norm.shape, "unit_norm", "{" + axes + "}"), options);
  }
}

TEST(ConstraintKernels, NormsBetweenBounds) {
  for (const char *rate : {"0.0", "0.3", "1.0"})
    for (const char *least : {"0.0", "2.5"})
      expectMatchesReference(constrainText("9x21", "norm", "{axes = array<i64: 0>, max_value = 2.5, min_value = " +
                                                               std::string(least) + ", rate = " + rate + "}"));
}

// Norms of zeros, and those that the epsilon counts for.
TEST(ConstraintKernels, SmallNorms) {
  for (double scale : {0.0, 1e-7, 1e-30}) {
    RunOptions options;
    options.low = -scale, options.high = scale;
    const std::string limits = "{axes = array<i64: 0>, max_value = 1.0, min_value = 0.5, rate = 1.0}";
    expectMatchesReference(constrainText("6x19", "norm", limits), options);
    expectMatchesReference(constrainText("6x19", "unit_norm", "{axes = array<i64: 1>}"), options);
  }
}

TEST(ConstraintKernels, NonNegative) {
  for (const char *shape : {"1", "35", "3x3x5x18", "9001"})
    expectMatchesReference(constrainText(shape, "non_negative"));
}

TEST(ConstraintKernels, Radial) {
  for (const char *shape : {"2x2x1x1", "3x3x2x3", "3x3x16x33", "4x4x3x5", "5x5x1x64", "7x7x3x1", "2x2x70x71"})
    expectMatchesReference(constrainText(shape, "radial"));
}

// Behind the optimizer, also where a kernel's gradient updates it at once.
TEST(ConstraintKernels, BehindTheUpdate) {
  for (const char *optimizer : {"nn.sgd {momentum = 0.9, nesterov = false, weight_decay = 0.1}",
                                "nn.adam {beta_1 = 0.9, beta_2 = 0.999, epsilon = 1.0e-3, amsgrad = false}"})
    for (const char *updated : {"", "{updated} "})
      expectMatchesReference(
          "nn.variable @w : tensor<48x16xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
          "func.func @test(%x: tensor<?x48xf32>, %dy: tensor<?x16xf32>) attributes {nn.entry} {\n"
          "  %dw = nn.dense_grad_kernel %x, %dy : (tensor<?x48xf32>, tensor<?x16xf32>) -> tensor<48x16xf32>\n"
          "  nn.store_gradient @w, %dw " + std::string(updated) + ": tensor<48x16xf32>\n  " + optimizer + "\n"
          "  nn.constrain_norm @w {axes = array<i64: 0>, max_value = 2.0, min_value = 0.0, rate = 1.0}\n"
          "  nn.constrain_non_negative @w\n  return\n}\n");
}

std::string text(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes) {
  return planText(planNorms(shape, axes, /*lanes=*/8));
}

TEST(NormPlan, NeighboursAreOneRun) {
  EXPECT_EQ(text({3, 3, 5, 18}, {0, 1, 2}), "18 norms of 45 in columns, 18 at once");
  EXPECT_EQ(text({3, 3, 5, 18}, {3}), "45 norms of 18 in rows");
  NormPlan apart = planNorms({3, 4, 5, 6}, {1, 3}, 8);
  EXPECT_TRUE(apart.rows);
  EXPECT_EQ(apart.inner, 6);
  ASSERT_EQ(apart.kept.size(), 2u);
  EXPECT_EQ(apart.kept[0].distance, 120);
  EXPECT_EQ(apart.kept[1].distance, 6);
  ASSERT_EQ(apart.summed.size(), 1u);
  EXPECT_EQ(apart.summed[0].extent, 4);
  EXPECT_EQ(apart.summed[0].distance, 30);
}

TEST(NormPlan, AnAxisOfOneElementCutsNoRun) {
  EXPECT_EQ(text({4, 1, 6}, {0, 2}), "1 norm of 24 in rows");
  EXPECT_EQ(text({4, 1, 6}, {1}), "24 norms of 1 in columns, 24 at once");
  EXPECT_EQ(text({1, 1}, {0}), "1 norm of 1 in columns");
}

TEST(NormPlan, ColumnsAreCutIntoGroupsOfVectors) {
  EXPECT_EQ(text({4, 100}, {0}), "100 norms of 4 in columns, 32 at once");
  EXPECT_EQ(planNorms({4, 100}, {0}, 8).units(), 4);
}

TEST(NormPlan, LongSumsAreCutIntoChunks) {
  EXPECT_EQ(text({4000, 100}, {0}), "100 norms of 4000 in columns, 32 at once, chunks of 1000 places");
  EXPECT_EQ(planNorms({4000, 100}, {0}, 8).units(), 16);
  EXPECT_EQ(text({2, 100000}, {1}), "2 norms of 100000 in rows, chunks of 25024 elements");
  EXPECT_EQ(planNorms({2, 100000}, {1}, 8).units(), 8);
}

} // namespace
