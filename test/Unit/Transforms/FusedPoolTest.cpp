// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Convolutions with the max pool behind them drawn in, forward and backward: the gradients are still those of finite
// differences.

#include "Transforms/GradientCheck.h"
#include "nncc/Dialect/NN/Shape.h"
#include "gtest/gtest.h"

namespace nncc::test {
namespace {

struct FusedPool {
  const char *name;
  Extents input, kernel; // kernel without channels
  int64_t filters;
  Extents strides, padding, pool;
  const char *activation;
  bool bias, pooledRead; // whether something else reads the pooled map
};

void PrintTo(const FusedPool &pool, std::ostream *out) { *out << pool.name; }

const FusedPool kCases[] = {
    {"linear", {9, 2}, {3}, 3, {1}, {0, 0}, {2}, "linear", true, false},
    {"relu: its gradient is in the argmax", {8, 7, 2}, {3, 2}, 4, {1, 1}, {0, 0, 0, 0}, {2, 3}, "relu", true, false},
    {"tanh: its gradient stays", {7, 9, 1}, {2, 2}, 3, {2, 1}, {1, 0, 0, 1}, {2, 2}, "tanh", true, false},
    {"without bias", {9, 8, 2}, {3, 3}, 3, {1, 1}, {1, 1, 1, 1}, {3, 2}, "relu", false, false},
    {"another reader", {8, 8, 1}, {3, 3}, 2, {1, 1}, {0, 0, 0, 0}, {2, 2}, "relu", true, true},
    {"three axes", {5, 6, 5, 1}, {2, 2, 2}, 3, {1, 1, 1}, {0, 0, 0, 0, 0, 0}, {2, 2, 2}, "sigmoid", true, false},
    {"256 positions have no number left", {20, 19, 1}, {2, 2}, 2, {1, 1}, {0, 0, 0, 0}, {16, 16}, "relu", true, false},
};

class FusedPools : public testing::TestWithParam<FusedPool> {};

TEST_P(FusedPools, AgreeWithFiniteDifferences) {
  const FusedPool &c = GetParam();
  Extents kernel = c.kernel, dilations(c.kernel.size(), 1), noPadding(2 * c.kernel.size(), 0);
  kernel.push_back(c.input.back());
  kernel.push_back(c.filters);
  auto map = nn::convShape(c.input, kernel, c.strides, c.padding, dilations, 1);
  ASSERT_TRUE(bool(map)) << llvm::toString(map.takeError());
  auto pooled = nn::poolShape(*map, c.pool, c.pool, noPadding);
  ASSERT_TRUE(bool(pooled)) << llvm::toString(pooled.takeError());

  ModelText model;
  std::vector<std::string> operands{model.input("x", c.input), model.variable("conv/kernel", kernel)};
  if (c.bias)
    operands.push_back(model.variable("conv/bias", {c.filters}));
  std::string conv = model.op("conv", operands,
                              std::string("activation = #nn.activation<") + c.activation +
                                  ">, strides = " + array(c.strides) + ", padding = " + array(c.padding) +
                                  ", dilations = " + array(dilations),
                              Extents(map->begin(), map->end()));
  Extents shape(pooled->begin(), pooled->end());
  std::string y = model.op("max_pool", {conv},
                           "window = " + array(c.pool) + ", strides = " + array(c.pool) +
                               ", padding = " + array(noPadding),
                           shape);
  if (c.pooledRead)
    y = model.op("add", {y, model.op("activation", {y}, "function = #nn.activation<tanh>", shape)}, "", shape);
  for (const char *passes : {"nn-simplify", "nn-hoist-gradients,nn-fuse-max-pool,nn-simplify"}) {
    CheckResult result = checkModel(model.finish(y), 2, false, "", "nn-fuse-activation", passes);
    EXPECT_TRUE(result.passed) << passes << "\n" << result.error << result.report;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, FusedPools, testing::ValuesIn(kCases));

} // namespace
} // namespace nncc::test
