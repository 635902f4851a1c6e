// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes of tensors, what they give rise to, and how a loss that is not finite is explained.
#include "Commands.h"
#include "Divergence.h"
#include "Tracker.h"
#include "Watch.h"

#include <cmath>
#include <gmock/gmock.h>

using namespace nncc::runtime;
using namespace nncc::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

TEST(Watch, MeasuresWhatIsFinite) {
  const float values[] = {3, -4, 0, NAN, INFINITY, 0};
  TensorSize size = measure(values, 6);
  EXPECT_EQ(size.count, 6);
  EXPECT_EQ(size.zeros, 2);
  EXPECT_EQ(size.notFinite, 2);
  EXPECT_EQ(size.largest, 4);
  EXPECT_EQ(size.rms(), 2.5); // sqrt(25 / 4)
  EXPECT_TRUE(std::isnan(measure(values + 3, 2).rms()));
}

TEST(Watch, RunsThatLieApart) {
  const float values[] = {1, 0, 9, 9, 3, 0, 9, 9};
  TensorSize size = measure(values, 4, 2, 4);
  EXPECT_EQ(size.count, 4);
  EXPECT_EQ(size.largest, 3);
  EXPECT_EQ(zeroColumns(values, 4, 2, 4), 0.5);
  EXPECT_EQ(zeroColumns(values, 8, 4, 4), 0.25);
}

LayerSizes layerOf(const char *name, double gradient, double weight = 0.1, double dead = 0) {
  LayerSizes layer;
  layer.layer = name;
  layer.gradient = gradient;
  layer.weight = weight;
  layer.dead = dead;
  return layer;
}

TEST(Track, Warnings) {
  const nncc_layer layers[] = {{"d", "SpatialDropout2D", 0, {}, 0, 0}, {"r", "ReLU", 0, {}, 0, 0}};
  nncc_program program{};
  program.layers = layers;
  program.layer_count = 2;
  EXPECT_THAT(trackWarnings({layerOf("a", 0.01), layerOf("b", 1), layerOf("c", NAN, NAN, 0.49)}, program), IsEmpty());
  EXPECT_THAT(trackWarnings({layerOf("a", 0.9e-5), layerOf("b", 1)}, program),
              ElementsAre(HasSubstr("a: its gradient (9e-06) vanishes against the largest one (1)")));
  EXPECT_THAT(trackWarnings({layerOf("a", 101), layerOf("b", 99)}, program),
              ElementsAre(HasSubstr("a: its gradient (1e+02) explodes against its weights (0.1)")));
  EXPECT_THAT(trackWarnings({layerOf("a", INFINITY)}, program), ElementsAre("a: its gradient is not finite"));
  EXPECT_THAT(trackWarnings({layerOf("d", NAN, NAN, 0.9), layerOf("r", NAN, NAN, 0.5)}, program),
              ElementsAre(HasSubstr("r: 50% of its units were 0 for the whole batch")));
}

class Divergence : public Commands {};

TEST_F(Divergence, ARateThatIsTooHigh) {
  std::string data = clusters();
  nncc_call nan{"TerminateOnNaN", 0, nullptr};
  program.training.callbacks = &nan;
  program.training.callback_count = 1;
  Result r = run({"train", "--data", data, "--learning-rate=1e20", "--save", path("w")});
  EXPECT_EQ(r.status, 4);
  EXPECT_THAT(
      r.err,
      ::testing::ContainsRegex(
          "\nBatch [0-9]: Invalid loss, terminating training\nerror: training diverged: the loss is nan in epoch 1, "
          "batch [0-9] of 5 \\(step [0-9]\\), at a learning rate of 1e\\+20\n"
          "  first that is not finite: the output of layer dense \\(Dense\\) \\(step 'dense forward'\\), "
          "[0-9]+ of 24 numbers; what was computed before it goes up to 2.4\n"
          "  largest weights: dense/kernel .*, dense/bias .*\n  try: a learning rate of 0.01, the default of SGD"));
  EXPECT_EQ(list(), std::vector<std::string>{"data.npz"});
  // Without the callback it is told once, and the training goes on.
  program.training.callback_count = 0;
  r = run({"train", "--data", data, "--learning-rate=1e20"});
  EXPECT_EQ(r.status, 0);
  size_t at = r.err.find("warning: the loss is nan");
  EXPECT_NE(at, std::string::npos);
  EXPECT_EQ(r.err.find("warning: the loss is nan", at + 1), std::string::npos);
}

TEST_F(Divergence, DataAndWeights) {
  std::vector<float> x(40 * features, 0.5f), y(40, 1.0f);
  x[7] = NAN;
  std::string data =
      "npz:" + write("data.npz", zipOf({{"x.npy", npyFloats("(40, 4)", x)}, {"y.npy", npyFloats("(40,)", y)}}, true));
  Result r = run({"train", "--data", data});
  EXPECT_THAT(r.err, HasSubstr("first that is not finite: the batch's input, 1 of 32 numbers\n"));
  EXPECT_THAT(r.err, HasSubstr("try: data without NaN and infinity"));
  // Weights that the last update made: no loss shows them.
  x.assign(x.size(), 20.0f);
  write("data.npz", zipOf({{"x.npy", npyFloats("(40, 4)", x)}, {"y.npy", npyFloats("(40,)", y)}}, true));
  r = run({"train", "--data", data, "--learning-rate=3e38", "--batch-size=full", "--epochs=1"});
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.err, HasSubstr("warning: at the end of the training the weights 'dense/kernel' are not finite ("));
  // Weights that the update before made.
  data = clusters();
  r = run({"train", "--data", data, "--learning-rate=3e38"});
  EXPECT_THAT(r.err, ::testing::ContainsRegex("first that is not finite: the (output of layer|weights)"));
}

TEST_F(Divergence, TrackedSizes) {
  std::string data = clusters();
  Result r = run({"train", "--data", data, "--epochs=2", "--track=" + path("t.csv"), "--save", path("w")});
  ASSERT_EQ(r.status, 0) << r.err;
  EXPECT_THAT(r.err, HasSubstr("\nlayer activation   zeros    dead  weight rms  gradient  to input\ndense "));
  std::string csv = read("t.csv");
  EXPECT_EQ(csv.substr(0, csv.find('\n')), "epoch,layer,activation,zeros,dead,weight,gradient,input_gradient");
  EXPECT_THAT(csv, HasSubstr("\n1,dense,0."));
  // Looking changes nothing, and a checkpoint remembers.
  ASSERT_EQ(run({"train", "--data", data, "--epochs=2", "--save", path("plain")}).status, 0);
  EXPECT_EQ(read("w"), read("plain"));
  ASSERT_EQ(run({"train", "--data", data, "--epochs=1", "--track", "--checkpoint", path("c")}).status, 0);
  ASSERT_EQ(run({"train", "--data", data, "--epochs=2", "--track=" + path("u.csv"), "--resume", path("c")}).status, 0);
  EXPECT_EQ(read("u.csv"), csv);
}

} // namespace
