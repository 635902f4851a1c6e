// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The gradients of convolutions against finite differences, over odd shapes.

#include "Transforms/GradientCheck.h"
#include "nncc/Dialect/NN/Shape.h"
#include "gtest/gtest.h"

namespace nncc::test {
namespace {

struct ConvCase {
  const char *name;
  Extents input, kernel; // kernel without channels
  int64_t filters;
  Extents strides, padding, dilations;
  int64_t groups, batch;
  const char *activation;
  bool bias;
};

void PrintTo(const ConvCase &conv, std::ostream *out) { *out << conv.name; }

const ConvCase kCases[] = {
    {"one axis", {7, 2}, {3}, 3, {1}, {0, 0}, {1}, 1, 1, "linear", true},
    {"causal", {6, 1}, {3}, 2, {1}, {4, 0}, {2}, 1, 2, "tanh", true},
    {"two axes", {5, 4, 3}, {3, 2}, 4, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, 3, "linear", false},
    {"same, odd element behind", {5, 6, 1}, {2, 3}, 5, {1, 1}, {0, 1, 1, 1}, {1, 1}, 1, 2, "sigmoid", true},
    {"strides that leave a rest", {8, 7, 2}, {3, 2}, 3, {2, 3}, {0, 0, 0, 0}, {1, 1}, 1, 2, "relu", true},
    {"stride larger than the window", {7, 7, 1}, {1, 2}, 2, {3, 3}, {0, 0, 0, 0}, {1, 1}, 1, 2, "linear", true},
    {"dilations", {9, 8, 2}, {3, 2}, 2, {1, 1}, {0, 0, 0, 0}, {2, 3}, 1, 2, "tanh", true},
    {"dilation, stride and padding", {9, 9, 1}, {3, 3}, 2, {2, 1}, {2, 1, 0, 3}, {2, 2}, 1, 1, "linear", true},
    {"groups", {4, 5, 6}, {2, 2}, 4, {1, 1}, {0, 0, 0, 0}, {1, 1}, 2, 2, "relu", true},
    {"depthwise", {5, 5, 3}, {3, 3}, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, 3, 2, "linear", true},
    {"one by one", {3, 3, 5}, {1, 1}, 7, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, 3, "sigmoid", true},
    {"whole input", {4, 3, 2}, {4, 3}, 3, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, 2, "linear", true},
    {"three axes", {4, 5, 3, 2}, {2, 3, 2}, 3, {1, 2, 1}, {0, 1, 1, 1, 0, 0}, {1, 1, 1}, 1, 2, "tanh", true},
};

class ConvolutionRules : public testing::TestWithParam<ConvCase> {};

TEST_P(ConvolutionRules, AgreeWithFiniteDifferences) {
  const ConvCase &c = GetParam();
  Extents kernel = c.kernel;
  kernel.push_back(c.input.back() / c.groups);
  kernel.push_back(c.filters);
  auto shape = nn::convShape(c.input, kernel, c.strides, c.padding, c.dilations, c.groups);
  ASSERT_TRUE(bool(shape)) << llvm::toString(shape.takeError());

  ModelText model;
  std::vector<std::string> operands{model.input("x", c.input), model.variable("conv/kernel", kernel)};
  if (c.bias)
    operands.push_back(model.variable("conv/bias", {c.filters}));
  std::string y = model.op("conv", operands,
                           std::string("activation = #nn.activation<") + c.activation +
                               ">, strides = " + array(c.strides) + ", padding = " + array(c.padding) +
                               ", dilations = " + array(c.dilations) + ", groups = " + std::to_string(c.groups),
                           Extents(shape->begin(), shape->end()));
  CheckResult result = checkModel(model.finish(y), c.batch);
  EXPECT_TRUE(result.passed) << result.error << result.report;
}

INSTANTIATE_TEST_SUITE_P(Cases, ConvolutionRules, testing::ValuesIn(kCases));

/// A linear convolution and one of one tap behind it, with biases and without: composed, the gradients of all four
/// weights are those of the model as it stands.
TEST(ComposedConvolutions, AgreeWithFiniteDifferences) {
  for (bool firstBias : {true, false})
    for (bool secondBias : {true, false})
      for (unsigned rank : {1u, 2u, 3u}) {
        Extents input(rank, 6), kernel(rank, 2), one(rank, 1), output(rank, 6), ones(rank, 1), same, none(2 * rank, 0);
        for (unsigned i = 0; i < rank; ++i)
          same.insert(same.end(), {0, 1});
        input.push_back(1);
        kernel.insert(kernel.end(), {1, 9});
        one.insert(one.end(), {9, 2});
        Extents wide = output;
        wide.push_back(9);
        output.push_back(2);
        auto attributes = [&](const Extents &padding, const char *activation) {
          return std::string("activation = #nn.activation<") + activation + ">, strides = " + array(ones) +
                 ", padding = " + array(padding) + ", dilations = " + array(ones);
        };
        ModelText model;
        std::vector<std::string> operands{model.input("x", input), model.variable("wide/kernel", kernel)};
        if (firstBias)
          operands.push_back(model.variable("wide/bias", {9}));
        operands = {model.op("conv", operands, attributes(same, "linear"), wide), model.variable("narrow/kernel", one)};
        if (secondBias)
          operands.push_back(model.variable("narrow/bias", {2}));
        std::string y = model.op("conv", operands, attributes(none, "tanh"), output);
        CheckResult result =
            checkModel(model.finish(y), 2, /*training=*/false, /*brokenRule=*/"", "nn-compose-convolutions");
        EXPECT_TRUE(result.passed) << result.error << result.report;
      }
}

struct TransposedCase {
  const char *name;
  Extents input, kernel; // kernel without channels
  int64_t filters;
  Extents strides, padding, dilations;
  const char *activation;
  bool bias;
};

void PrintTo(const TransposedCase &conv, std::ostream *out) { *out << conv.name; }

const TransposedCase kTransposed[] = {
    {"one axis", {5, 2}, {3}, 3, {2}, {0, 1}, {1}, "tanh", true},
    {"outputs without an input", {4, 3}, {2}, 2, {4}, {0, -2}, {1}, "linear", true},
    {"two axes", {3, 4, 2}, {3, 2}, 5, {2, 3}, {1, 0, 0, -1}, {1, 1}, "linear", false},
    {"dilations", {4, 3, 2}, {2, 3}, 3, {1, 1}, {1, 0, 2, 2}, {2, 2}, "sigmoid", true},
    {"one by one", {3, 3, 5}, {1, 1}, 2, {1, 1}, {0, 0, 0, 0}, {1, 1}, "linear", true},
    {"three axes", {2, 3, 2, 3}, {2, 1, 3}, 2, {2, 1, 2}, {0, 0, 0, 0, 1, 0}, {1, 1, 1}, "relu", true},
};

class TransposedRules : public testing::TestWithParam<TransposedCase> {};

TEST_P(TransposedRules, AgreeWithFiniteDifferences) {
  const TransposedCase &c = GetParam();
  Extents kernel = c.kernel;
  kernel.push_back(c.filters);
  kernel.push_back(c.input.back());
  auto shape = nn::convTransposeShape(c.input, kernel, c.strides, c.padding, c.dilations);
  ASSERT_TRUE(bool(shape)) << llvm::toString(shape.takeError());

  ModelText model;
  std::vector<std::string> operands{model.input("x", c.input), model.variable("up/kernel", kernel)};
  if (c.bias)
    operands.push_back(model.variable("up/bias", {c.filters}));
  std::string y = model.op("conv_transpose", operands,
                           std::string("activation = #nn.activation<") + c.activation + ">, strides = " +
                               array(c.strides) + ", padding = " + array(c.padding) + ", dilations = " +
                               array(c.dilations),
                           Extents(shape->begin(), shape->end()));
  CheckResult result = checkModel(model.finish(y), 2);
  EXPECT_TRUE(result.passed) << result.error << result.report;
}

INSTANTIATE_TEST_SUITE_P(Cases, TransposedRules, testing::ValuesIn(kTransposed));

TEST(LocalConvolutionRules, AgreeWithFiniteDifferences) {
  for (int64_t implementation : {1, 2, 3}) {
    SCOPED_TRACE(implementation);
    Extents input{5, 4, 2}, window{2, 3}, strides{2, 1};
    auto kernel = nn::localKernelShape(input, window, strides, 3, implementation);
    ASSERT_TRUE(bool(kernel));
    ModelText model;
    std::vector<std::string> operands{model.input("x", input),
                                      model.variable("local/kernel", Extents(kernel->begin(), kernel->end()))};
    std::string y = model.op("local_conv", operands,
                             "strides = " + array(strides) + ", window = " + array(window) +
                                 ", implementation = " + std::to_string(implementation),
                             {2, 2, 3});
    CheckResult result = checkModel(model.finish(y), 2);
    EXPECT_TRUE(result.passed) << result.error << result.report;
  }
}

} // namespace
} // namespace nncc::test
