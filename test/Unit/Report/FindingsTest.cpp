// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Findings.h"
#include "nncc/Runtime/Report/Samples.h"
#include "nncc/Runtime/Report/Thumbnail.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace nncc::runtime;
using namespace nncc::runtime::report;

namespace {

constexpr nncc_argument logits[] = {{"from_logits", 1, nullptr, 0, nullptr}};

/// A model with pictures of 4x4 and this loss and output.
nncc_program programOf(const char *loss, nncc_tensor output, nncc_tensor target, bool isLogits = false) {
  static constexpr nncc_tensor input{"image", 3, {4, 4, 1}, 16};
  nncc_program program{};
  program.name = "Test";
  program.input_count = 1;
  program.inputs = &input;
  program.output = output;
  program.target = target;
  program.training.present = 1;
  program.training.loss = {loss, isLogits, logits};
  return program;
}

PredictionBatch batchOf(const std::vector<float> &predictions, const std::vector<float> &targets, int64_t count) {
  static const std::vector<float> inputs(64 * 16, 0.5f);
  return {0, count, {inputs.data()}, predictions.data(), targets.data()};
}

TEST(Findings, ClassesAreCountedAndTheWorstSamplesKept) {
  nncc_program program = programOf("SparseCategoricalCrossentropy", {"", 1, {3}, 3}, {"", 0, {}, 1});
  Findings findings(program, 1);
  findings.add(batchOf({0.8f, 0.1f, 0.1f, 0.2f, 0.7f, 0.1f, 0.5f, 0.3f, 0.2f}, {0, 1, 2}, 3));
  EXPECT_EQ(findings.kind(), Findings::Kind::Classes);
  EXPECT_EQ(findings.confusion()->correct(), 2);
  EXPECT_EQ(findings.confusion()->at(2, 0), 1);
  ASSERT_EQ(findings.worst().size(), 3u);
  EXPECT_EQ(findings.worst()[0]->index, 2);
  EXPECT_NEAR(findings.worst()[0]->loss, -std::log(0.2), 1e-6);
  EXPECT_EQ(findings.random()[2]->index, 2);
  const std::string cards = sampleCards(program, findings, findings.worst(), {"cat", "<dog>", "cow"});
  EXPECT_NE(cards.find("true: cow"), std::string::npos);
  EXPECT_NE(cards.find("&lt;dog&gt;"), std::string::npos);
  EXPECT_EQ(cards.find("<dog>"), std::string::npos);
}

TEST(Findings, OneHotRowsAndLogits) {
  nncc_program program = programOf("CategoricalCrossentropy", {"", 1, {2}, 2}, {"", 1, {2}, 2}, true);
  Findings findings(program, 1);
  findings.add(batchOf({2, -1}, {0, 1}, 1));
  EXPECT_EQ(findings.confusion()->at(1, 0), 1);
  EXPECT_NEAR(findings.worst()[0]->prediction[0], 1 / (1 + std::exp(-3.0)), 1e-6);
}

TEST(Findings, BinaryThresholds) {
  nncc_program program = programOf("BinaryCrossentropy", {"", 1, {1}, 1}, {"", 1, {1}, 1});
  Findings findings(program, 1);
  findings.add(batchOf({0.9f, 0.8f, 0.7f, 0.2f}, {1, 1, 0, 0}, 4));
  EXPECT_EQ(findings.confusion()->at(0, 1), 1);
  EXPECT_DOUBLE_EQ(findings.thresholds().area(), 1.0);
  EXPECT_EQ(findings.thresholds().roc().back(), (std::pair<double, double>{1, 1}));
  EXPECT_EQ(findings.thresholds().precisionRecall().back(), (std::pair<double, double>{1, 1}));
}

TEST(ThresholdCurve, AreaOfAnUnsureClassifier) {
  ThresholdCurve curve;
  for (bool isPositive : {true, false})
    for (double probability : {0.2, 0.4, 0.6, 0.8})
      curve.add(probability, isPositive);
  EXPECT_DOUBLE_EQ(curve.area(), 0.5);
  curve.add(NAN, true);
  EXPECT_EQ(curve.positives(), 4);
}

TEST(Findings, RegressionsHaveErrorsAndPoints) {
  nncc_program program = programOf("MeanSquaredError", {"", 1, {1}, 1}, {"", 1, {1}, 1});
  Findings findings(program, 1);
  findings.add(batchOf({1, 2, 3, 6}, {1, 2, 3, 4}, 4));
  EXPECT_FALSE(findings.confusion());
  EXPECT_EQ(findings.points().size(), 4u);
  EXPECT_DOUBLE_EQ(findings.meanAbsoluteError(), 0.5);
  EXPECT_DOUBLE_EQ(findings.rootMeanSquaredError(), 1.0);
  EXPECT_DOUBLE_EQ(findings.determination(), 1 - 4.0 / 5);
  EXPECT_EQ(findings.worst()[0]->index, 3);
}

TEST(Findings, EveryPositionOfASegmentationCounts) {
  nncc_program program = programOf("BinaryCrossentropy", {"", 3, {4, 4, 1}, 16}, {"", 3, {4, 4, 1}, 16});
  Findings findings(program, 1);
  std::vector<float> prediction(16, 0.9f), target(16, 1.0f);
  target[3] = 0;
  findings.add(batchOf(prediction, target, 1));
  EXPECT_EQ(findings.positions(), 16);
  EXPECT_EQ(findings.confusion()->total(), 16);
  EXPECT_EQ(findings.confusion()->correct(), 15);
  const std::string cards = sampleCards(program, findings, findings.worst(), {});
  size_t pictures = 0;
  for (size_t at = cards.find("<img"); at != std::string::npos; at = cards.find("<img", at + 1))
    ++pictures;
  EXPECT_EQ(pictures, 3u); // input, truth, prediction
}

TEST(Findings, ManySamplesKeepTwelveEach) {
  nncc_program program = programOf("MeanSquaredError", {"", 1, {1}, 1}, {"", 1, {1}, 1});
  Findings findings(program, 7);
  for (int batch = 0; batch < 100; ++batch) {
    std::vector<float> prediction(32), target(32);
    for (int i = 0; i < 32; ++i)
      prediction[static_cast<size_t>(i)] = static_cast<float>((batch * 32 + i) * 7919 % 3200);
    PredictionBatch next = batchOf(prediction, target, 32);
    next.first = batch * 32;
    findings.add(next);
  }
  ASSERT_EQ(findings.worst().size(), 12u);
  EXPECT_EQ(findings.worst()[0]->prediction[0], 3199);
  EXPECT_EQ(findings.worst()[11]->prediction[0], 3188);
  ASSERT_EQ(findings.random().size(), 12u);
  EXPECT_GT(findings.random()[11]->index, 1000);
  EXPECT_EQ(findings.points().size(), 1200u);
}

TEST(Confusion, MatrixOrPairs) {
  Confusion few(2), many(50);
  few.add(0, 1);
  few.add(5, 0); // no such class
  EXPECT_EQ(few.total(), 1);
  EXPECT_NE(few.html({"a&b"}).find("a&amp;b taken for 1: 1"), std::string::npos);
  many.add(3, 49);
  EXPECT_EQ(many.html({}).find("matrix"), std::string::npos);
  EXPECT_NE(many.html({}).find("<td>3</td><td>49</td>"), std::string::npos);
}

TEST(Thumbnail, FollowsTheShape) {
  std::vector<float> values(4096, 0.5f);
  auto of = [&](std::vector<int64_t> extents) {
    nncc_tensor tensor{"", static_cast<int64_t>(extents.size()), {}, 1};
    std::copy(extents.begin(), extents.end(), tensor.extents);
    for (int64_t extent : extents)
      tensor.elements *= extent;
    return thumbnail(values.data(), tensor);
  };
  EXPECT_NE(of({16, 8, 3}).find("<img width=\"8\" height=\"16\""), std::string::npos);
  EXPECT_NE(of({144}).find("<img width=\"12\" height=\"12\""), std::string::npos);
  EXPECT_NE(of({100}).find("<path class=\"line\""), std::string::npos);
  EXPECT_NE(of({64, 2}).find("class=\"s1\""), std::string::npos);
  EXPECT_NE(of({8, 4, 4, 1}).find("<img width=\"14\" height=\"14\""), std::string::npos); // 3 x 3 slices, lines between them
  EXPECT_EQ(of({1}), "");
}

} // namespace
