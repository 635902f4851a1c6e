// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every metric with every argument against Keras' definitions (keras/metrics), written out in f64 over all samples of an epoch, which
// come in batches of several sizes; then a second epoch.
#include "Pipeline/TrainedDense.h"
#include "nncc/Runtime/Train/Metrics.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <functional>

using namespace nncc::test;

namespace {

/// All predictions and targets of an epoch, and the outputs of a row.
struct Epoch {
  Numbers p, t;
  size_t width;

  size_t rows() const { return p.size() / width; }
  double at(size_t row, size_t output) const { return p[row * width + output]; }
  /// The class that the targets of a row name.
  size_t truth(size_t row) const {
    if (t.size() < p.size())
      return t[row];
    return std::max_element(&t[row * width], &t[row * width] + width) - &t[row * width];
  }
  /// How many outputs of the row come before this one when they are sorted, the largest first.
  size_t rank(size_t row, size_t output) const {
    size_t before = 0;
    for (size_t i = 0; i < width; ++i)
      before += at(row, i) > at(row, output) || (at(row, i) == at(row, output) && i < output);
    return before;
  }
};
using Metric = std::function<double(const Epoch &)>;

struct Case {
  std::string text, name, loss;
  Metric metric;
  int64_t outputs = 3, positions = 1;
  bool ofLogits = false; ///< predictions are any numbers
};

double binaryAccuracy(const Epoch &e) {
  double right = 0;
  for (size_t i = 0; i < e.p.size(); ++i)
    right += (e.p[i] > 0.5) == (e.t[i] == 1);
  return right / e.p.size();
}

double classAccuracy(const Epoch &e) {
  double right = 0;
  for (size_t row = 0; row < e.rows(); ++row)
    right += e.rank(row, e.truth(row)) == 0;
  return right / e.rows();
}

/// The share of rows of whose outputs fewer than k are above the true class'.
Metric topK(int k) {
  return [=](const Epoch &e) {
    double right = 0;
    for (size_t row = 0; row < e.rows(); ++row) {
      int larger = 0;
      for (size_t i = 0; i < e.width; ++i)
        larger += e.at(row, i) > e.at(row, e.truth(row));
      right += larger < k;
    }
    return right / e.rows();
  };
}

Metric meanOfErrors(double power) {
  return [=](const Epoch &e) {
    double sum = 0;
    for (size_t i = 0; i < e.p.size(); ++i)
      sum += std::pow(std::abs(e.p[i] - e.t[i]), power);
    return sum / e.p.size();
  };
}

/// Weighted counts of a threshold; `label` alone where it is one.
struct Counts {
  double truePositive = 0, falsePositive = 0, falseNegative = 0, trueNegative = 0;

  Counts(const Epoch &e, const std::function<bool(size_t row, size_t output)> &isFound, int label = -1, const Numbers &weights = {}) {
    for (size_t row = 0; row < e.rows(); ++row)
      for (size_t i = 0; i < e.width; ++i) {
        double weight = weights.empty() ? 1 : weights[i];
        if (label >= 0 && i != size_t(label))
          continue;
        bool isTrue = e.t[row * e.width + i] == 1;
        (isFound(row, i) ? (isTrue ? truePositive : falsePositive) : (isTrue ? falseNegative : trueNegative)) += weight;
      }
  }
  double recall() const { return truePositive == 0 ? 0 : truePositive / (truePositive + falseNegative); }
  double precision() const { return truePositive == 0 ? 0 : truePositive / (truePositive + falsePositive); }
  double fallout() const { return falsePositive == 0 ? 0 : falsePositive / (falsePositive + trueNegative); }
};

Metric precisionOrRecall(bool isPrecision, double threshold, size_t k = 100, int label = -1) {
  return [=](const Epoch &e) {
    Counts counts(e, [&](size_t row, size_t i) { return e.at(row, i) > float(threshold) && e.rank(row, i) < k; }, label);
    return isPrecision ? counts.precision() : counts.recall();
  };
}
Metric precision(double threshold, size_t k = 100, int label = -1) { return precisionOrRecall(true, threshold, k, label); }
Metric recall(double threshold, size_t k = 100, int label = -1) { return precisionOrRecall(false, threshold, k, label); }

enum Sum { Interpolated, Lower, Upper };
enum Curve { Roc, PrecisionRecall };

double areaOf(const Epoch &e, Curve curve, Sum sum, const Numbers &thresholds, int label, const Numbers &weights) {
  double area = 0;
  for (size_t i = 0; i + 1 < thresholds.size(); ++i) {
    auto counts = [&](double threshold) {
      return Counts(e, [&](size_t row, size_t output) { return e.at(row, output) > float(threshold); }, label, weights);
    };
    Counts a = counts(thresholds[i]), b = counts(thresholds[i + 1]);
    if (curve == PrecisionRecall && sum == Interpolated) {
      // Between two points true and all positives grow evenly: the integral of precision over recall, as a sum.
      constexpr int kParts = 2000;
      for (int part = 0; part < kParts; ++part) {
        double f = (part + 0.5) / kParts, tp = b.truePositive + f * (a.truePositive - b.truePositive);
        double fp = b.falsePositive + f * (a.falsePositive - b.falsePositive);
        if (tp > 0)
          area += tp / (tp + fp) * (a.truePositive - b.truePositive) / (a.truePositive + a.falseNegative) / kParts;
      }
      continue;
    }
    double x = curve == Roc ? a.fallout() - b.fallout() : a.recall() - b.recall();
    double ya = curve == Roc ? a.recall() : a.precision(), yb = curve == Roc ? b.recall() : b.precision();
    area += x * (sum == Interpolated ? (ya + yb) / 2 : sum == Lower ? std::min(ya, yb) : std::max(ya, yb));
  }
  return area;
}

/// The thresholds of `count` at equal distances, or the inner ones given, with one below and one above all.
Numbers evenly(int count) {
  Numbers thresholds;
  for (int i = 0; i < count; ++i)
    thresholds.push_back(i == 0 ? -1e-7 : i == count - 1 ? 1 + 1e-7 : double(i) / (count - 1));
  return thresholds;
}

Metric auc(Curve curve, Sum sum, const Numbers &thresholds, const Numbers &weights = {}) {
  return [=](const Epoch &e) { return areaOf(e, curve, sum, thresholds, -1, weights); };
}

Metric aucOfLabels(const Numbers &weights) {
  return [=](const Epoch &e) {
    double area = 0, all = 0;
    for (size_t label = 0; label < e.width; ++label) {
      area += weights[label] * areaOf(e, Roc, Interpolated, evenly(200), label, {});
      all += weights[label];
    }
    return area / all;
  };
}

Metric ofSigmoid(const Metric &metric) {
  return [=](Epoch e) {
    for (double &p : e.p)
      p = 1 / (1 + std::exp(-p));
    return metric(e);
  };
}

const char *const kBinary = "BinaryCrossentropy", *const kRows = "CategoricalCrossentropy", *const kClasses = "SparseCategoricalCrossentropy",
                  *const kNumbers = "MeanSquaredError";

const std::vector<Case> kCases = {
    {"Accuracy", "accuracy", kBinary, binaryAccuracy, 1},
    {"Accuracy(name=\"acc\")", "acc", kBinary, binaryAccuracy, 1, 4},
    {"Accuracy", "accuracy", kRows, classAccuracy},
    {"Accuracy", "accuracy", kRows, classAccuracy, 3, 4},
    {"Accuracy", "accuracy", kClasses, classAccuracy},
    {"Accuracy", "accuracy", kClasses, classAccuracy, 5, 4},
    {"TopKCategoricalAccuracy(k=2)", "top_k_categorical_accuracy", kRows, topK(2), 5},
    {"TopKCategoricalAccuracy(k=3, name=\"top\")", "top", kClasses, topK(3), 5, 4},
    {"TopKCategoricalAccuracy", "top_k_categorical_accuracy", kRows, topK(5), 7},
    {"MeanAbsoluteError", "mean_absolute_error", kNumbers, meanOfErrors(1)},
    {"MeanAbsoluteError(name=\"mae\")", "mae", kBinary, meanOfErrors(1), 3, 4},
    {"MeanSquaredError", "mean_squared_error", kNumbers, meanOfErrors(2)},
    {"MeanSquaredError(name=\"mse\")", "mse", kRows, meanOfErrors(2), 3, 4},
    {"Precision", "precision", kBinary, precision(0.5), 1},
    {"Precision(thresholds=0.3, name=\"p\")", "p", kBinary, precision(0.3), 3, 4},
    {"Precision(top_k=2)", "precision", kRows, precision(-1, 2), 5},
    {"Precision(class_id=1)", "precision", kRows, precision(0.5, 100, 1)},
    {"Precision(thresholds=0.6, top_k=2, class_id=2)", "precision", kRows, precision(0.6, 2, 2), 4},
    {"Recall", "recall", kBinary, recall(0.5), 1},
    {"Recall(thresholds=[0.3], name=\"r\")", "r", kBinary, recall(0.3), 3, 4},
    {"Recall(top_k=2)", "recall", kRows, recall(-1, 2), 5},
    {"Recall(class_id=1)", "recall", kRows, recall(0.5, 100, 1)},
    {"Recall(thresholds=0.6, top_k=2, class_id=2)", "recall", kRows, recall(0.6, 2, 2), 4},
    {"AUC", "auc", kBinary, auc(Roc, Interpolated, evenly(200)), 1},
    {"AUC(num_thresholds=7, summation_method=minoring)", "auc", kBinary, auc(Roc, Lower, evenly(7)), 1},
    {"AUC(num_thresholds=7, summation_method=majoring)", "auc", kBinary, auc(Roc, Upper, evenly(7)), 3, 4},
    {"AUC(curve=PR, name=\"a\")", "a", kBinary, auc(PrecisionRecall, Interpolated, evenly(200)), 1},
    {"AUC(num_thresholds=7, curve=PR, summation_method=minoring)", "auc", kBinary, auc(PrecisionRecall, Lower, evenly(7))},
    {"AUC(num_thresholds=7, curve=PR, summation_method=majoring)", "auc", kRows, auc(PrecisionRecall, Upper, evenly(7))},
    {"AUC(thresholds=[0.7, 0.2, 0.3])", "auc", kBinary, auc(Roc, Interpolated, {-1e-7, 0.2, 0.3, 0.7, 1 + 1e-7})},
    {"AUC(thresholds=[0.25, 0.5, 0.75])", "auc", kBinary, auc(Roc, Interpolated, evenly(5))},
    {"AUC(multi_label=true)", "auc", kBinary, aucOfLabels({1, 1, 1})},
    {"AUC(multi_label=true, num_labels=3, label_weights=[1, 3, 0.5])", "auc", kBinary, aucOfLabels({1, 3, 0.5})},
    {"AUC(label_weights=[1, 3, 0.5])", "auc", kBinary, auc(Roc, Interpolated, evenly(200), {1, 3, 0.5})},
    {"AUC(from_logits=true)", "auc", kBinary, ofSigmoid(auc(Roc, Interpolated, evenly(200))), 3, 1, true},
};

Epoch makeEpoch(const Case &c, int64_t samples, double phase) {
  Epoch e{waves(samples * c.positions * c.outputs, phase), {}, size_t(c.outputs)};
  if (c.loss != kNumbers && !c.ofLogits)
    for (double &p : e.p)
      p = std::round((p + 1) * 50) / 100 + 0.001; // some are equal, none is a threshold
  for (double &p : e.p)
    p = std::min(float(p), 1.0f);
  Numbers draws = waves(e.p.size(), phase + 20);
  for (size_t row = 0; row < e.rows(); ++row) {
    size_t truth = size_t((draws[row] + 1) / 2.0001 * c.outputs);
    if (c.loss == kClasses)
      e.t.push_back(truth);
    else
      for (size_t i = 0; i < e.width; ++i)
        e.t.push_back(c.loss == kRows ? i == truth : c.loss == kBinary ? draws[row * e.width + i] > 0.2 : draws[row * e.width + i]);
  }
  return e;
}

void check(const Case &c) {
  SCOPED_TRACE(c.text + " with " + c.loss);
  DenseShape shape{.positions = c.positions, .outputs = c.outputs};
  Facts facts(shape.text("optimizer=SGD loss=" + c.loss + " metrics=[" + c.text + "]"));
  nncc::runtime::Metrics metrics(facts.program());
  for (int epoch = 0; epoch < 2; ++epoch) {
    const int64_t batches[] = {3, 1, 4, 4, 2};
    Epoch all = makeEpoch(c, 14, epoch);
    std::vector<float> p(all.p.begin(), all.p.end()), t(all.t.begin(), all.t.end());
    metrics.reset();
    double losses = 0;
    int64_t done = 0;
    for (int64_t batch : batches) {
      metrics.update(done, &p[done * p.size() / 14], &t[done * t.size() / 14], batch);
      losses += double(done) * batch;
      done += batch;
    }
    nncc::runtime::Logs logs = metrics.logs();
    ASSERT_EQ(logs.size(), 2u);
    EXPECT_FLOAT_EQ(logs[0].second, losses / 14);
    EXPECT_EQ(logs[1].first, c.name);
    EXPECT_NEAR(logs[1].second, c.metric(all), 1e-6);
  }
}

TEST(MetricNumbers, EveryMetric) {
  for (const Case &c : kCases)
    check(c);
}

TEST(MetricNumbers, NoneIsForgotten) {
  std::vector<std::string> texts;
  for (const Case &c : kCases)
    texts.push_back(c.text);
  expectAllNamed(nncc::frontend::ClassFamily::Metric, texts);
}

} // namespace
