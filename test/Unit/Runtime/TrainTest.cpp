// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeProgram.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Report/History.h"
#include "nncc/Runtime/Train/Metrics.h"
#include "nncc/Runtime/Train/Options.h"
#include "nncc/Runtime/Report/Progress.h"
#include "Command.h" // lib/Runtime/Train

#include <cmath>
#include <gtest/gtest.h>

using namespace nncc::runtime;
using namespace nncc::test;

namespace {

// --- numbers -------------------------------------------------------------------------------------------------------------

TEST(Numbers, ShortestAsPythonsRepr) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(1.0), "1.0");
  EXPECT_EQ(shortest(-2.5), "-2.5");
  EXPECT_EQ(shortest(0.0), "0.0");
  EXPECT_EQ(shortest(-0.0), "-0.0");
  EXPECT_EQ(shortest(1e-4), "0.0001");
  EXPECT_EQ(shortest(1e-5), "1e-05");
  EXPECT_EQ(shortest(1.5e16), "1.5e+16");
  EXPECT_EQ(shortest(123456789012345.0), "123456789012345.0");
  EXPECT_EQ(shortest(static_cast<double>(0.2613636255264282f)), "0.2613636255264282");
  EXPECT_EQ(shortest(static_cast<double>(INFINITY)), "inf");
  EXPECT_EQ(shortest(static_cast<double>(NAN)), "nan");
  EXPECT_EQ(shortest(0.1f), "0.1");
  EXPECT_EQ(shortest(1.0f / 3), "0.33333334");
  EXPECT_EQ(shortest(1e-45f), "1e-45");
}

TEST(Names, Nearest) {
  const char *names[] = {"train", "evaluate", "predict", nullptr};
  EXPECT_STREQ(nearest("trian", names), "train");
  EXPECT_STREQ(nearest("evalute", names), "evaluate");
  EXPECT_EQ(nearest("frobnicate", names), nullptr);
  EXPECT_EQ(nearest("x", names), nullptr);
}

// --- options -------------------------------------------------------------------------------------------------------------

std::string parse(std::vector<std::string> arguments, RunOptions &options) {
  std::string error;
  return parseRunOptions(arguments, options, nullptr, error) ? "" : error;
}

TEST(Options, AllOfThemInBothForms) {
  RunOptions o;
  EXPECT_EQ(parse({"--data", "npz:a", "--validation-data=npz:b", "--validation-split", "0.25", "--epochs=7", "--batch-size", "full",
                   "--learning-rate=1e-3", "--seed", "9", "--weights", "w", "--save=s", "--checkpoint", "c", "--resume", "r", "--history",
                   "h.csv", "--report", "r.html", "--input=i.npy", "--output-gradient", "g", "--threads", "0", "--verbose=2", "--training",
                   "--resize", "-o", "out", "--checkpoint-steps=12", "--track"}, o), "");
  EXPECT_EQ(o.data, "npz:a");
  EXPECT_EQ(o.validationData, "npz:b");
  EXPECT_EQ(o.validationSplit, 0.25);
  EXPECT_EQ(o.epochs, 7);
  EXPECT_EQ(o.batchSize, 0);
  EXPECT_EQ(o.learningRate, 1e-3);
  EXPECT_EQ(o.seed, 9u);
  EXPECT_EQ(o.weights + o.save + o.checkpoint + o.resume + o.history + o.report, "wscrh.csvr.html");
  EXPECT_EQ(o.input + o.outputGradient + o.output, "i.npygout");
  EXPECT_EQ(o.threads, 0);
  EXPECT_EQ(o.verbose, 2);
  EXPECT_TRUE(o.training && o.resize && o.track);
  EXPECT_EQ(o.checkpointSteps, 12);
  EXPECT_EQ(o.trackFile, "");
  EXPECT_EQ(parse({"--track=t.csv"}, o), "");
  EXPECT_EQ(o.trackFile, "t.csv");
}

TEST(Options, WrongUsage) {
  RunOptions o;
  EXPECT_EQ(parse({"--epoch", "3"}, o), "unknown option '--epoch'; did you mean '--epochs'?");
  EXPECT_EQ(parse({"--frobnicate"}, o), "unknown option '--frobnicate'");
  EXPECT_EQ(parse({"--bathc-size=3"}, o), "unknown option '--bathc-size'; did you mean '--batch-size'?");
  EXPECT_EQ(parse({"--epochs"}, o), "--epochs needs a value");
  EXPECT_EQ(parse({"--save", "--epochs=3"}, o), "--save needs a value");
  EXPECT_EQ(parse({"--epochs", "0"}, o), "--epochs: expected an integer >= 1, found '0'");
  EXPECT_EQ(parse({"--epochs=1.5"}, o), "--epochs: expected an integer >= 1, found '1.5'");
  EXPECT_EQ(parse({"--epochs=99999999999999999999"}, o), "--epochs: expected an integer >= 1, found '99999999999999999999'");
  EXPECT_EQ(parse({"--batch-size=-1"}, o), "--batch-size: expected an integer >= 1 or `full`, found '-1'");
  EXPECT_EQ(parse({"--learning-rate", "0"}, o), "--learning-rate: expected a number > 0, found '0'");
  EXPECT_EQ(parse({"--learning-rate", "nan"}, o), "--learning-rate: expected a number > 0, found 'nan'");
  EXPECT_EQ(parse({"--validation-split=1"}, o), "--validation-split: expected a number >= 0 and < 1, found '1'");
  EXPECT_EQ(parse({"--verbose=3"}, o), "--verbose: expected 0, 1 or 2, found '3'");
  EXPECT_EQ(parse({"--threads=-2"}, o), "--threads: expected an integer from 0 (all cores) to 1024, found '-2'");
  EXPECT_EQ(parse({"--data="}, o), "--data: expected a name, found ''");
  EXPECT_EQ(parse({"--training=1"}, o), "--training takes no value");
  EXPECT_EQ(parse({"stray"}, o), "unexpected argument 'stray'");
  EXPECT_EQ(unknownAction("trian"), "unknown action 'trian'; did you mean 'train'?");
}

// --- progress ------------------------------------------------------------------------------------------------------------

TEST(Progress, OneLinePerEpoch) {
  Progress progress(2, 57, 100);
  Logs logs{{"loss", 0.41272}, {"accuracy", 0.8011}, {"val_loss", 1e-4}};
  EXPECT_EQ(progress.update(1, logs, 100.1), "");
  EXPECT_EQ(logsText({{"loss", -2}}, true), " - loss: -2.0000e+00"); // as Keras has it
  EXPECT_EQ(logsText({{"loss", -2}}), " - loss: -2.0000");
  EXPECT_EQ(logsText({{"loss", -NAN}}), " - loss: nan");
  EXPECT_EQ(progress.finish(logs, 102), "57/57 - 2s - loss: 0.4127 - accuracy: 0.8011 - val_loss: 1.0000e-04 - 2s/epoch - 35ms/step\n");
}

TEST(Progress, ABarOnATerminal) {
  Progress progress(1, 200, 0);
  Logs logs{{"loss", 2}};
  EXPECT_EQ(progress.update(1, logs, 1), "\r  1/200 [..............................] - ETA: 3:19 - loss: 2.0000");
  EXPECT_EQ(progress.update(2, logs, 1.01), ""); // too soon
  std::string second = progress.update(101, logs, 2);
  EXPECT_EQ(second.substr(second.find('\r')), "\r101/200 [==============>...............] - ETA: 0s - loss: 2.0000  ");
  std::string last = progress.finish(logs, 3);
  EXPECT_EQ(last.substr(last.find('\r')), "\r200/200 [==============================] - 3s 10ms/step - loss: 2.0000\n");
  EXPECT_EQ(Progress(0, 2, 0).finish(logs, 1), "");
}

TEST(Progress, Units) {
  EXPECT_EQ(timePerUnit(0, "step"), " 0s/step");
  EXPECT_EQ(timePerUnit(2.4, "epoch"), " 2s/epoch");
  EXPECT_EQ(timePerUnit(0.0123, "step"), " 12ms/step");
  EXPECT_EQ(timePerUnit(0.000456, "step"), " 456us/step");
}

TEST(History, KerasCsv) {
  History history;
  EXPECT_EQ(history.csv(), "epoch\n");
  history.add({{"loss", 1.5}, {"accuracy", 0.25}});
  history.add({{"loss", 1.0}, {"accuracy", 0.5}});
  EXPECT_EQ(history.csv(), "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.25,1.5,NA,NA\n1,0.5,1.0,NA,NA\n");
  EXPECT_EQ(history.csv(";", /*hasHeader=*/false), "0;0.25;1.5;NA;NA\n1;0.5;1.0;NA;NA\n");
  History validated;
  validated.add({{"loss", 1.5}, {"accuracy", 0.25}, {"val_loss", NAN}, {"val_accuracy", 0.5}});
  EXPECT_EQ(validated.csv(), "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.25,1.5,0.5,nan\n");
}

// --- metrics -------------------------------------------------------------------------------------------------------------

double accuracy(const nncc_program &p, std::vector<float> predictions, std::vector<float> targets, int64_t batch) {
  Metrics metrics(p);
  metrics.update(1, predictions.data(), targets.data(), batch);
  EXPECT_EQ(metrics.logs()[1].first, "accuracy");
  return metrics.logs()[1].second;
}

TEST(Metrics, KerasRuleForAccuracy) {
  nncc_program p = linearProgram();
  EXPECT_EQ(accuracy(p, {.1f, .8f, .1f, .5f, .2f, .3f}, {1, 2}, 2), 0.5); // sparse
  p.target = {"t", 1, {3}, 3};
  EXPECT_EQ(accuracy(p, {.1f, .8f, .1f, .5f, .2f, .3f}, {0, 1, 0, 1, 0, 0}, 2), 1); // categorical
  p.output = p.target = {"t", 1, {1}, 1};
  EXPECT_EQ(accuracy(p, {.2f, .5f, .6f, .9f}, {0, 0, 1, 0}, 4), 0.75); // binary: more than a half is 1
  p.output = {"y", 2, {2, 3}, 6};
  p.target = {"t", 1, {2}, 2};
  EXPECT_EQ(accuracy(p, {1, 0, 0, 0, 1, 0}, {0, 2}, 1), 0.5); // a class per position
}

TEST(Metrics, MeansWeighSamples) {
  nncc_program p = linearProgram();
  Metrics metrics(p);
  std::vector<float> y{1, 0, 0, 1, 0, 0, 1, 0, 0};
  float right[] = {0, 0, 0}, wrong[] = {1};
  metrics.update(2, y.data(), right, 3);
  metrics.update(6, y.data(), wrong, 1);
  EXPECT_EQ(metrics.logs("val_")[0], (std::pair<std::string, double>{"val_loss", 3}));
  EXPECT_EQ(metrics.logs()[1].second, 0.75);
  metrics.reset();
  EXPECT_EQ(metrics.logs()[0].second, 0);
}

TEST(Metrics, UnknownOnesAreErrors) {
  nncc_program p = linearProgram();
  nncc_call other{"Other", 0, nullptr};
  p.training.metrics = &other;
  EXPECT_THROW(Metrics{p}, Error);
  // One that compares outputs with targets finds class numbers.
  nncc_call auc{"AUC", 0, nullptr};
  p.training.metrics = &auc;
  EXPECT_THROW(Metrics{p}, Error);
}

/// The metric after two batches, of `rows` rows and of the rest.
double confusion(nncc_call call, int64_t width, std::vector<float> predictions, std::vector<float> targets, int64_t rows) {
  nncc_program p = linearProgram();
  p.output = p.target = {"t", 1, {width}, width};
  p.training.metrics = &call;
  Metrics metrics(p);
  metrics.update(1, predictions.data(), targets.data(), rows);
  metrics.update(1, predictions.data() + rows * width, targets.data() + rows * width,
                 static_cast<int64_t>(predictions.size()) / width - rows);
  return metrics.logs()[1].second;
}

// Expected from counts at each threshold, worked apart from this code in f64.
TEST(Metrics, AreaUnderTheCurve) {
  std::vector<float> predictions{.1f, .4f, .35f, .8f, .65f, .65f, .05f, .9f}, targets{0, 0, 1, 1, 0, 1, 0, 1};
  auto auc = [&](std::vector<nncc_argument> arguments) {
    return confusion({"AUC", static_cast<int64_t>(arguments.size()), arguments.data()}, 1, predictions, targets, 3);
  };
  nncc_argument precisionRecall{"curve", NAN, "PR", 0, nullptr}, minoring{"summation_method", NAN, "minoring", 0, nullptr};
  nncc_argument majoring{"summation_method", NAN, "majoring", 0, nullptr}, five{"num_thresholds", 5, nullptr, 0, nullptr};
  EXPECT_EQ(auc({}), 0.84375);
  EXPECT_EQ(auc({majoring, five}), 0.9375);
  EXPECT_NEAR(auc({precisionRecall}), 0.87048256, 1e-6);
  EXPECT_NEAR(auc({precisionRecall, minoring}), 0.5875, 1e-6);
  EXPECT_THROW(confusion({"AUC", 0, nullptr}, 1, {.5f, 1.5f}, {0, 1}, 1), Error);
  // Thresholds that are given, in any order: above them are (4, 4), (4, 2), (3, 1) and (0, 0) true and false positives.
  const double some[] = {0.6, 0.3};
  EXPECT_NEAR(auc({{"thresholds", NAN, nullptr, 2, some}}), 0.8125, 1e-7);
}

// Two labels, whose curves have the areas 2/3 and 1.
TEST(Metrics, AreaUnderTheCurvesOfLabels) {
  std::vector<float> predictions{.1f, .4f, .35f, .8f, .65f, .65f, .05f, .9f}, targets{0, 0, 1, 1, 0, 1, 0, 1};
  auto auc = [&](std::vector<nncc_argument> arguments) {
    return confusion({"AUC", static_cast<int64_t>(arguments.size()), arguments.data()}, 2, predictions, targets, 1);
  };
  const double weights[] = {3, 1}, three[] = {1, 2, 3}, first[] = {1, 0};
  nncc_argument multi{"multi_label", 1, nullptr, 0, nullptr}, labels{"num_labels", 3, nullptr, 0, nullptr};
  EXPECT_NEAR(auc({multi}), 5.0 / 6, 1e-7);
  EXPECT_NEAR(auc({multi, {"label_weights", NAN, nullptr, 2, weights}}), 0.75, 1e-7);
  // Without multi_label the weights are of the counts.
  EXPECT_NEAR(auc({{"label_weights", NAN, nullptr, 2, first}}), 2.0 / 3, 1e-7);
  EXPECT_THROW(auc({multi, labels}), Error);
  EXPECT_THROW(auc({{"num_labels", 2, nullptr, 0, nullptr}}), Error);
  EXPECT_THROW(auc({multi, {"label_weights", NAN, nullptr, 3, three}}), Error);
}

TEST(Metrics, PrecisionAndRecall) {
  std::vector<float> predictions{.1f, .5f, .4f, .3f, .3f, .2f, .2f, .1f, .7f}, targets{0, 0, 1, 0, 1, 0, 1, 0, 1};
  auto metric = [&](const char *name, std::vector<nncc_argument> arguments) {
    return confusion({name, static_cast<int64_t>(arguments.size()), arguments.data()}, 3, predictions, targets, 1);
  };
  auto number = [](const char *name, double value) { return nncc_argument{name, value, nullptr, 0, nullptr}; };
  EXPECT_EQ(metric("Precision", {}), 1); // .7 alone
  EXPECT_EQ(metric("Recall", {}), 0.25);
  // The largest are .5, the first of two .3, and .7.
  EXPECT_FLOAT_EQ(metric("Precision", {number("top_k", 1)}), 1.f / 3);
  EXPECT_EQ(metric("Recall", {number("top_k", 2)}), 1);
  EXPECT_EQ(metric("Precision", {number("top_k", 2), number("class_id", 1)}), 0.5);
  const double low[] = {.3}, high[] = {.45};
  EXPECT_EQ(metric("Recall", {number("class_id", 2), {"thresholds", NAN, nullptr, 1, low}}), 1);
  EXPECT_EQ(metric("Precision", {number("top_k", 2), {"thresholds", NAN, nullptr, 1, high}}), 0.5);
}

TEST(Metrics, SecondOnesAreNumbered) {
  nncc_program p = linearProgram();
  p.output = p.target = {"t", 1, {1}, 1};
  nncc_argument name{"name", NAN, "mine", 0, nullptr};
  nncc_call calls[] = {{"Precision", 0, nullptr}, {"Recall", 0, nullptr}, {"Precision", 0, nullptr}, {"Recall", 1, &name}};
  p.training.metrics = calls;
  p.training.metric_count = 4;
  Logs logs = Metrics(p).logs("val_");
  EXPECT_EQ(logs[1].first, "val_precision");
  EXPECT_EQ(logs[2].first, "val_recall");
  EXPECT_EQ(logs[3].first, "val_precision_1");
  EXPECT_EQ(logs[4].first, "val_mine");
}

// --- schedules -----------------------------------------------------------------------------------------------------------

double rate(const char *name, std::vector<nncc_argument> arguments, int64_t step) {
  nncc_call call{name, static_cast<int64_t>(arguments.size()), arguments.data()};
  return scheduledRate(call, 0.5, step);
}

TEST(Schedules, KerasFormulas) {
  nncc_argument initial{"initial_learning_rate", 0.1, nullptr, 0, nullptr}, steps{"decay_steps", 10, nullptr, 0, nullptr};
  nncc_argument decay{"decay_rate", 0.5, nullptr, 0, nullptr}, stairs{"staircase", 1, nullptr, 0, nullptr};
  EXPECT_EQ(scheduledRate(nncc_call{}, 0.5, 3), 0.5);
  EXPECT_NEAR(rate("ExponentialDecay", {initial, steps, decay}, 20), 0.025, 1e-12);
  EXPECT_NEAR(rate("ExponentialDecay", {initial, steps, decay, stairs}, 19), 0.05, 1e-12);
  EXPECT_NEAR(rate("InverseTimeDecay", {initial, steps, decay}, 20), 0.05, 1e-12);
  EXPECT_NEAR(rate("CosineDecay", {initial, steps}, 5), 0.05, 1e-12);
  EXPECT_NEAR(rate("CosineDecay", {initial, steps}, 50), 0, 1e-12);
  nncc_argument alpha{"alpha", 0.2, nullptr, 0, nullptr}, target{"warmup_target", 0.5, nullptr, 0, nullptr};
  nncc_argument warmup{"warmup_steps", 4, nullptr, 0, nullptr};
  EXPECT_NEAR(rate("CosineDecay", {initial, steps, alpha}, 10), 0.02, 1e-12);
  EXPECT_NEAR(rate("CosineDecay", {initial, steps, alpha, target, warmup}, 3), 0.1 + 0.4 * 3 / 4, 1e-12);
  EXPECT_NEAR(rate("CosineDecay", {initial, steps, alpha, target, warmup}, 9), 0.5 * (0.8 * 0.5 + 0.2), 1e-12);
  EXPECT_NEAR(rate("CosineDecay", {initial, steps, alpha, target, warmup}, 99), 0.5 * 0.2, 1e-12);
  EXPECT_NEAR(rate("InverseTimeDecay", {initial, steps, decay, stairs}, 19), 0.1 / 1.5, 1e-12);
  nncc_argument power{"power", 2, nullptr, 0, nullptr}, end{"end_learning_rate", 0.02, nullptr, 0, nullptr};
  nncc_argument cycle{"cycle", 1, nullptr, 0, nullptr};
  EXPECT_NEAR(rate("PolynomialDecay", {initial, steps, end, power}, 5), 0.08 / 4 + 0.02, 1e-12);
  EXPECT_NEAR(rate("PolynomialDecay", {initial, steps, end, power}, 15), 0.02, 1e-12);
  EXPECT_NEAR(rate("PolynomialDecay", {initial, steps, end, power, cycle}, 15), 0.08 / 16 + 0.02, 1e-12);
  EXPECT_NEAR(rate("PolynomialDecay", {initial, steps}, 5), (0.1 - 1e-4) * 0.5 + 1e-4, 1e-12);
  double boundaries[] = {10, 20}, values[] = {3, 2, 1};
  nncc_argument b{"boundaries", NAN, nullptr, 2, boundaries}, v{"values", NAN, nullptr, 3, values};
  EXPECT_EQ(rate("PiecewiseConstantDecay", {b, v}, 10), 3);
  EXPECT_EQ(rate("PiecewiseConstantDecay", {b, v}, 11), 2);
  EXPECT_EQ(rate("PiecewiseConstantDecay", {b, v}, 21), 1);
  EXPECT_THROW(rate("Other", {}, 0), Error);
}

} // namespace
