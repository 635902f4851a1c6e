// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Core/Random.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

// The known answer of Random123's own tests (kat_vectors: philox 4x32 10).
TEST(Philox, KnownAnswers) {
  uint32_t block[4];
  nncc_philox_block(0, 0, 0, block);
  EXPECT_EQ(block[0], 0x6627e8d5u);
  EXPECT_EQ(block[1], 0xe169c58du);
  EXPECT_EQ(block[2], 0xbc57ac4cu);
  EXPECT_EQ(block[3], 0x9b00dbd8u);
  nncc_philox_block(~0ull, ~0ull, ~0ull, block);
  EXPECT_EQ(block[0], 0x408f276du);
  EXPECT_EQ(block[1], 0x41c83b0eu);
  EXPECT_EQ(block[2], 0xa20bc7c6u);
  EXPECT_EQ(block[3], 0x6d5451fdu);
}

TEST(Random, NormalQuantile) {
  EXPECT_EQ(nncc_normal_quantile(0.5), 0);
  EXPECT_NEAR(nncc_normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(nncc_normal_quantile(0.001), -3.090232306167813, 1e-14);
  EXPECT_NEAR(nncc_normal_quantile(1e-20), -9.262340089798408, 1e-13);
}

TEST(Random, ManyWordsAreTheSameWords) {
  for (int before : {0, 1, 4})
    for (int count : {0, 1, 3, 31, 32, 33, 70, 1000}) {
      nncc_random one, many;
      nncc_random_start(&one, 3, 4);
      one.next = 0xfffffffffffffffc; // the counter's words carry
      many = one;
      std::vector<uint32_t> words(static_cast<size_t>(count));
      for (int i = 0; i < before; ++i)
        EXPECT_EQ(nncc_random_word(&one), nncc_random_word(&many));
      nncc_random_words(&many, words.data(), count);
      for (uint32_t word : words)
        EXPECT_EQ(word, nncc_random_word(&one));
      EXPECT_EQ(nncc_random_word(&one), nncc_random_word(&many));
    }
}

TEST(Random, BelowIsInRangeAndEven) {
  nncc_random random;
  nncc_random_start(&random, 3, 4);
  int counts[5] = {0};
  for (int i = 0; i < 50000; ++i)
    ++counts[nncc_random_below(&random, 5)];
  for (int count : counts)
    EXPECT_NEAR(count, 10000, 400);
}

struct Filled {
  std::vector<float> values;
  nncc_status status;
  std::string message;
};

Filled fill(const char *name, std::vector<int64_t> shape, std::vector<nncc_argument> arguments = {}, uint64_t seed = 1, uint64_t stream = 2) {
  nncc_variable v{};
  v.path = "layer/kernel";
  v.rank = static_cast<int64_t>(shape.size());
  v.elements = 1;
  for (size_t i = 0; i < shape.size(); ++i)
    v.elements *= v.extents[i] = shape[i];
  v.initializer = {name, static_cast<int64_t>(arguments.size()), arguments.data()};
  v.fan_out = shape.back();
  v.fan_in = v.elements / shape.back();
  v.stream = stream;
  Filled result;
  result.values.resize(static_cast<size_t>(v.elements));
  nncc_message message{};
  result.status = nncc_initialize(&v, seed, result.values.data(), nullptr, &message);
  result.message = message.text ? message.text : "";
  nncc_message_free(&message);
  return result;
}

struct Moments {
  double mean = 0, deviation = 0, least = 1e30, most = -1e30;
  explicit Moments(const std::vector<float> &values) {
    for (float v : values) {
      mean += v / static_cast<double>(values.size());
      least = std::min<double>(least, v);
      most = std::max<double>(most, v);
    }
    for (float v : values)
      deviation += (v - mean) * (v - mean) / static_cast<double>(values.size());
    deviation = std::sqrt(deviation);
  }
};

// Keras' formulas, for a kernel of fan 300 in and 100 out.
TEST(Initializers, VarianceScaling) {
  struct Case {
    const char *name;
    double variance;
    bool uniform;
  };
  for (Case c : {Case{"GlorotUniform", 1.0 / 200, true}, Case{"glorot_normal", 1.0 / 200, false}, Case{"HeUniform", 2.0 / 300, true},
                 Case{"HeNormal", 2.0 / 300, false}, Case{"LecunUniform", 1.0 / 300, true}, Case{"LecunNormal", 1.0 / 300, false}}) {
    Filled filled = fill(c.name, {300, 100});
    ASSERT_EQ(filled.status, NNCC_OK) << c.name;
    Moments m(filled.values);
    EXPECT_NEAR(m.mean, 0, 2e-3) << c.name;
    EXPECT_NEAR(m.deviation, std::sqrt(c.variance), 0.02 * std::sqrt(c.variance)) << c.name;
    double limit = c.uniform ? std::sqrt(3 * c.variance) : 2 * std::sqrt(c.variance) / 0.87962566103423978;
    EXPECT_LE(m.most, limit * 1.000001) << c.name;
    EXPECT_GE(m.least, -limit * 1.000001) << c.name;
    EXPECT_GT(m.most, 0.98 * limit) << c.name;
  }
}

TEST(Initializers, PlainOnes) {
  nncc_argument value{"value", 0.25, nullptr, 0, nullptr};
  EXPECT_EQ(fill("Zeros", {2, 2}).values, std::vector<float>(4, 0.0f));
  EXPECT_EQ(fill("Ones", {2, 2}).values, std::vector<float>(4, 1.0f));
  EXPECT_EQ(fill("Constant", {2, 2}, {value}).values, std::vector<float>(4, 0.25f));
  Moments normal(fill("RandomNormal", {300, 100}, {{"mean", 1, nullptr, 0, nullptr}, {"stddev", 2, nullptr, 0, nullptr}}).values);
  EXPECT_NEAR(normal.mean, 1, 0.04);
  EXPECT_NEAR(normal.deviation, 2, 0.04);
  Moments truncated(fill("TruncatedNormal", {300, 100}).values);
  EXPECT_NEAR(truncated.deviation, 0.05 * 0.87962566103423978, 1e-3);
  EXPECT_LE(truncated.most, 0.1 * 1.000001);
  Moments uniform(fill("RandomUniform", {300, 100}, {{"minval", 2, nullptr, 0, nullptr}, {"maxval", 3, nullptr, 0, nullptr}}).values);
  EXPECT_NEAR(uniform.mean, 2.5, 0.01);
  EXPECT_GE(uniform.least, 2);
}

TEST(Initializers, OrthogonalColumnsOrRows) {
  for (std::vector<int64_t> shape : {std::vector<int64_t>{3, 3, 2, 5}, {4, 20}}) {
    Filled filled = fill("Orthogonal", shape, {{"gain", 2, nullptr, 0, nullptr}});
    ASSERT_EQ(filled.status, NNCC_OK);
    int64_t columns = shape.back(), rows = static_cast<int64_t>(filled.values.size()) / columns;
    bool tall = rows >= columns;
    for (int64_t a = 0; a < std::min(rows, columns); ++a)
      for (int64_t b = 0; b < std::min(rows, columns); ++b) {
        double dot = 0;
        for (int64_t k = 0; k < std::max(rows, columns); ++k)
          dot += tall ? filled.values[k * columns + a] * filled.values[k * columns + b]
                      : filled.values[a * columns + k] * filled.values[b * columns + k];
        EXPECT_NEAR(dot, a == b ? 4 : 0, 1e-5);
      }
  }
  EXPECT_EQ(fill("Orthogonal", {5}).status, NNCC_ERROR_UNSUPPORTED);
}

TEST(Initializers, SeedsAndStreams) {
  std::vector<float> first = fill("GlorotUniform", {3, 4}).values;
  EXPECT_EQ(first, fill("GlorotUniform", {3, 4}).values);
  EXPECT_NE(first, fill("GlorotUniform", {3, 4}, {}, 2).values);
  EXPECT_NE(first, fill("GlorotUniform", {3, 4}, {}, 1, 3).values);
  // A seed of its own stands above the run's seed and the layer.
  nncc_argument own{"seed", 5, nullptr, 0, nullptr};
  EXPECT_EQ(fill("HeNormal", {3, 4}, {own}).values, fill("HeNormal", {3, 4}, {own}, 9, 9).values);
}

// The bits themselves: they may not change from version to version or machine to machine.
TEST(Initializers, GoldenBits) {
  std::vector<float> uniform = fill("GlorotUniform", {2, 2}).values, normal = fill("HeNormal", {2, 2}).values;
  uint64_t hash = 14695981039346656037ull;
  for (const auto &values : {uniform, normal})
    for (float value : values) {
      uint32_t bits;
      memcpy(&bits, &value, 4);
      hash = (hash ^ bits) * 1099511628211ull;
    }
  EXPECT_EQ(hash, 4315000586133105547ull);
}

TEST(Initializers, UnknownNameIsAnError) {
  Filled filled = fill("Identity", {2, 2});
  EXPECT_EQ(filled.status, NNCC_ERROR_UNSUPPORTED);
  EXPECT_EQ(filled.message, "'layer/kernel': the initializer 'Identity' is not supported");
}

} // namespace
