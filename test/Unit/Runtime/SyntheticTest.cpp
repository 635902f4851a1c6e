// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeProgram.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Source.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace nncc::runtime;
using namespace nncc::test;

namespace {

/// A model of which only the facts count: one input, a sparse classifier.
struct Facts {
  nncc_tensor input;
  nncc_program program;
  Facts(std::vector<int64_t> shape, int64_t classCount) : program(linearProgram()) {
    input = {"x", static_cast<int64_t>(shape.size()), {}, 1};
    for (size_t i = 0; i < shape.size(); ++i)
      input.elements *= input.extents[i] = shape[i];
    program.inputs = &input;
    program.output = {"y", 1, {classCount}, classCount};
  }
  Dataset load(const char *text, int64_t threads = 1) {
    nncc_pool *pool;
    nncc_pool_create(threads, &pool);
    try {
      Dataset data = loadDataset(program, parseSource(text, true), pool);
      nncc_pool_destroy(pool);
      return data;
    } catch (...) {
      nncc_pool_destroy(pool);
      throw;
    }
  }
};

// Inputs of other ranks get figures of their own number of axes, all of the sample's class; one that takes what was asked
// for is enough.
TEST(Synthetic, SeveralInputs) {
  Facts facts({9, 9, 2}, 4);
  nncc_tensor inputs[] = {facts.input, {"series", 2, {40, 3}, 120}, {"row", 1, {36}, 36}, {"volume", 4, {4, 4, 4, 1}, 64}};
  facts.program.inputs = inputs;
  facts.program.input_count = 4;
  Dataset data = facts.load("synthetic:shapes?n=40&noise=0", 3), alone = Facts({40, 3}, 4).load("synthetic:waves?n=40&noise=0");
  ASSERT_EQ(data.train.inputs.size(), 4u);
  EXPECT_EQ(data.train.inputs[3]->all().size(), 40u * 64u);
  EXPECT_EQ(data.train.inputs[1]->all(), alone.train.inputs[0]->all());
  EXPECT_EQ(data.train.targets, alone.train.targets);
  facts.program.inputs = inputs + 1;
  facts.program.input_count = 1;
  EXPECT_THROW(facts.load("synthetic:shapes?n=4"), Error);
}

TEST(Synthetic, FitsAnyExtentsAndClasses) {
  struct Case {
    const char *source;
    std::vector<int64_t> shape;
    int64_t classCount;
  } cases[] = {
      {"synthetic:shapes?n=9", {1, 1, 1}, 2},    {"synthetic:shapes?n=9", {5, 7, 3}, 300},  {"synthetic:shapes?n=9", {2, 40, 65}, 10},
      {"synthetic:shapes?n=9", {784}, 10},       {"synthetic:waves?n=9", {1, 1}, 2},        {"synthetic:waves?n=9", {50, 12}, 400},
      {"synthetic:waves?n=9", {13}, 3},          {"synthetic:solids?n=9", {3, 4, 5, 2}, 7}, {"synthetic:solids?n=9", {1, 1, 1, 1}, 100},
      {"synthetic:solids?n=9", {64}, 4},         {"synthetic:shapes?n=9", {3, 3, 300}, 2},
  };
  for (const Case &c : cases) {
    Facts facts(c.shape, c.classCount);
    Dataset data = facts.load(c.source);
    EXPECT_EQ(data.train.count, 9);
    ASSERT_EQ(static_cast<int64_t>(data.train.inputs[0]->all().size()), 9 * facts.input.elements) << c.source;
    for (float value : data.train.inputs[0]->all())
      ASSERT_TRUE(std::isfinite(value)) << c.source;
    for (float label : data.train.targets)
      ASSERT_TRUE(label >= 0 && label < static_cast<float>(c.classCount)) << c.source;
  }
}

TEST(Synthetic, SameSeedSameBitsForAnyThreads) {
  Facts facts({12, 10, 2}, 5);
  Dataset a = facts.load("synthetic:shapes?n=50", 1), b = facts.load("synthetic:shapes?n=50", 3), c = facts.load("synthetic:shapes?n=50&seed=8");
  EXPECT_EQ(a.train.inputs[0]->all(), b.train.inputs[0]->all());
  EXPECT_EQ(a.train.targets, b.train.targets);
  EXPECT_NE(a.train.inputs[0]->all(), c.train.inputs[0]->all());
  // A longer set starts with the shorter one.
  Dataset d = facts.load("synthetic:shapes?n=60");
  EXPECT_TRUE(std::equal(a.train.targets.begin(), a.train.targets.end(), d.train.targets.begin()));
}

TEST(Synthetic, ClassesHaveNamesWhileFormsSuffice) {
  EXPECT_EQ(Facts({12, 12, 1}, 4).load("synthetic:shapes?n=1").classNames, (std::vector<std::string>{"disc", "square", "triangle", "ring"}));
  EXPECT_EQ(Facts({64, 1}, 2).load("synthetic:waves?n=1").classNames, (std::vector<std::string>{"sine", "square"}));
  EXPECT_TRUE(Facts({12, 12, 1}, 13).load("synthetic:shapes?n=1").classNames.empty());
}

TEST(Synthetic, PicturesLieInTheUnitRangeAndClassesAreBalanced) {
  Facts facts({16, 16, 1}, 4);
  Dataset data = facts.load("synthetic:shapes?n=2000&noise=0.3");
  Floats values = data.train.inputs[0]->all();
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*least, 0);
  EXPECT_LE(*most, 1);
  for (int64_t c = 0; c < 4; ++c)
    EXPECT_NEAR(std::count(data.train.targets.begin(), data.train.targets.end(), static_cast<float>(c)), 500, 80);
}

// What makes linear models fail: the classes' means are the same, while the samples are not.
TEST(Synthetic, ClassMeansAreAlike) {
  for (auto [source, shape] : {std::pair<const char *, std::vector<int64_t>>{"synthetic:shapes?n=4000", {12, 12, 1}},
                               {"synthetic:waves?n=4000", {64, 1}}}) {
    Facts facts(shape, 2);
    Dataset data = facts.load(source);
    size_t elements = static_cast<size_t>(facts.input.elements);
    std::vector<double> means[2] = {std::vector<double>(elements), std::vector<double>(elements)};
    Floats values = data.train.inputs[0]->all();
    double counts[2] = {0, 0}, spread = 0;
    for (size_t i = 0; i < 4000; ++i) {
      int label = static_cast<int>(data.train.targets[i]);
      ++counts[label];
      for (size_t k = 0; k < elements; ++k) {
        float value = values[i * elements + k];
        means[label][k] += value;
        spread += std::fabs(value - (shape.size() == 3 ? 0.5 : 0)) / (4000.0 * static_cast<double>(elements));
      }
    }
    double difference = 0;
    for (size_t k = 0; k < elements; ++k)
      difference += std::fabs(means[0][k] / counts[0] - means[1][k] / counts[1]) / static_cast<double>(elements);
    EXPECT_LT(difference, 0.15 * spread) << source;
    EXPECT_GT(spread, 0.05) << source;
  }
}

TEST(Synthetic, RegressionTargets) {
  Facts facts({8, 8, 1}, 2);
  facts.program.training.loss.name = "MeanSquaredError";
  facts.program.target = facts.program.output = {"y", 1, {6}, 6};
  for (float value : facts.load("synthetic:shapes?n=100").train.targets)
    ASSERT_TRUE(value >= -1e-4f && value <= 1.0001f);
  // An autoencoder gets the picture without its noise.
  facts.program.target = facts.program.output = facts.input;
  Dataset data = facts.load("synthetic:shapes?n=10&noise=0");
  EXPECT_EQ(data.train.targets, data.train.inputs[0]->all());
}

TEST(Synthetic, TheWrongNumberOfAxesIsAnError) {
  Facts facts({50, 7}, 5);
  try {
    facts.load("synthetic:shapes");
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.status, exitBadInput);
    EXPECT_EQ(error.message, "'synthetic:shapes' makes pictures (height x width x channels); the input 'x' of model 'Linear' is "
                             "(None, 50, 7); try synthetic:waves");
  }
}

} // namespace
