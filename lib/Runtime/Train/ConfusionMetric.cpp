// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Train/ConfusionMetric.h"

#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Sort.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nncc::runtime {

static double divideNoNan(double a, double b) { return b == 0 ? 0 : a / b; }

/// A NaN passes: the loss tells of it.
static void checkProbability(const char *metric, float p) {
  if (p < 0 || p > 1)
    fail(exitBadInput, "the metric %s takes predictions in [0, 1], found %g; the model's last activation should be sigmoid or softmax",
         metric, static_cast<double>(p));
}

namespace {

/// tp / (tp + fp) and tp / (tp + fn).
class PrecisionOrRecall : public ConfusionMetric {
public:
  PrecisionOrRecall(const nncc_call &call, int64_t width) : isPrecision(strcmp(call.name, "Precision") == 0), width(width) {
    topK = static_cast<int64_t>(nncc_call_number(&call, "top_k", 0));
    classId = static_cast<int64_t>(nncc_call_number(&call, "class_id", -1));
    // With top_k all of the k largest are positive, unless a threshold is given too.
    const nncc_argument *given = nncc_call_list(&call, "thresholds");
    threshold = given ? static_cast<float>(given->list[0]) : topK > 0 ? -1 : 0.5f;
  }

  const char *baseName() const override { return isPrecision ? "precision" : "recall"; }
  void reset() override { truePositives = others = 0; }

  void update(const float *predictions, const float *targets, int64_t count) override {
    for (int64_t row = 0; row < count; row += width)
      for (int64_t i = 0; i < width; ++i) {
        float p = predictions[row + i];
        checkProbability(isPrecision ? "Precision" : "Recall", p);
        if (classId >= 0 && i != classId)
          continue;
        bool isFound = p > threshold && (topK <= 0 || rank(predictions + row, i) < topK);
        bool isTrue = targets[row + i] != 0;
        truePositives += isFound && isTrue;
        others += isPrecision ? isFound && !isTrue : !isFound && isTrue;
      }
  }

  double result() const override { return divideNoNan(truePositives, truePositives + others); }

  void visitState(State &state) override {
    state.real("true_positives", truePositives);
    state.real("others", others);
  }

private:
  /// How many of the row are larger; of equal ones the first counts as larger (tf.math.top_k).
  int64_t rank(const float *row, int64_t at) const {
    int64_t larger = 0;
    for (int64_t i = 0; i < width; ++i)
      larger += row[i] > row[at] || (row[i] == row[at] && i < at);
    return larger;
  }

  bool isPrecision;
  int64_t width, topK, classId;
  float threshold;
  double truePositives = 0, others = 0; ///< others: false positives, or false negatives
};

/// The area under the curve through the points of thresholds; the first and the last lie a little outside of [0, 1]. A
/// prediction is counted in the bucket of the largest threshold that it is above. With `multi_label` each label has a curve of its own.
class Auc : public ConfusionMetric {
public:
  Auc(const nncc_program &program, const nncc_call &call) {
    auto isText = [&](const char *argument, const char *text) {
      const char *given = nncc_call_text(&call, argument);
      return given && strcmp(given, text) == 0;
    };
    fromLogits = nncc_call_number(&call, "from_logits", 0) != 0;
    isPrecisionRecall = isText("curve", "PR");
    summation = isText("summation_method", "minoring") ? Lower : isText("summation_method", "majoring") ? Upper : Interpolated;
    setThresholds(call);
    setLabels(program, call);
    reset();
  }

  const char *baseName() const override { return "auc"; }

  void reset() override {
    curves.assign(static_cast<size_t>(isMultiLabel ? labels : 1), Curve{});
    for (Curve &curve : curves) {
      curve.positives.assign(buckets, 0);
      curve.negatives.assign(buckets, 0);
    }
  }

  void update(const float *predictions, const float *targets, int64_t count) override {
    for (int64_t i = 0; i < count; ++i) {
      float p = predictions[i];
      if (fromLogits)
        p = 1 / (1 + std::exp(-p));
      checkProbability("AUC", p);
      const auto label = static_cast<size_t>(i % labels);
      Curve &curve = curves[isMultiLabel ? label : 0];
      (targets[i] != 0 ? curve.positives : curve.negatives)[bucketOf(p)] += isMultiLabel || weights.empty() ? 1 : weights[label];
    }
  }

  double result() const override {
    double sum = 0, all = 0;
    for (size_t i = 0; i < curves.size(); ++i) {
      const double weight = isMultiLabel && !weights.empty() ? weights[i] : 1;
      sum += weight * area(curves[i]);
      all += weight;
    }
    return divideNoNan(sum, all);
  }

  void visitState(State &state) override {
    for (size_t i = 0; i < curves.size(); ++i) {
      State::Scope scope(state, std::to_string(i));
      state.reals("positives", curves[i].positives);
      state.reals("negatives", curves[i].negatives);
    }
  }

private:
  struct Curve {
    std::vector<double> positives, negatives; ///< by bucket
  };

  /// Given ones that are at equal distances are treated as the numbers of such (is_evenly_distributed_thresholds).
  void setThresholds(const nncc_call &call) {
    const nncc_argument *given = nncc_call_list(&call, "thresholds");
    buckets = static_cast<size_t>(nncc_call_number(&call, "num_thresholds", 200));
    if (!given)
      return;
    std::vector<double> all(given->list, given->list + given->count);
    sortList(all);
    all.insert(all.begin(), 0);
    all.push_back(1);
    buckets = all.size();
    bool isEven = true;
    for (size_t i = 0; i < buckets; ++i) {
      const double even = static_cast<float>(i) / static_cast<float>(buckets - 1);
      isEven &= std::fabs(all[i] - even) <= 1e-7 + 1e-5 * even;
    }
    if (isEven)
      return;
    all.front() = -1e-7;
    all.back() = 1 + 1e-7;
    thresholds.assign(all.begin(), all.end());
  }

  void setLabels(const nncc_program &program, const nncc_call &call) {
    isMultiLabel = nncc_call_number(&call, "multi_label", 0) != 0;
    labels = program.output.rank ? program.output.extents[program.output.rank - 1] : 1;
    const double expected = nncc_call_number(&call, "num_labels", static_cast<double>(labels));
    if (isMultiLabel && program.output.rank != 1)
      fail(exitBadInput, "the metric AUC with multi_label takes an output of one axis, found %lld", static_cast<long long>(program.output.rank));
    if (!isMultiLabel && nncc_call_number(&call, "num_labels", 0) > 0)
      fail(exitBadInput, "the metric AUC takes num_labels only with multi_label");
    if (expected != static_cast<double>(labels))
      fail(exitBadInput, "the metric AUC has num_labels=%g, but the output has %lld", expected, static_cast<long long>(labels));
    const nncc_argument *given = nncc_call_list(&call, "label_weights");
    if (given && (given->count != labels || program.output.rank != 1))
      fail(exitBadInput, "the metric AUC has %lld label_weights, but the output has %lld labels", static_cast<long long>(given->count),
           static_cast<long long>(labels));
    if (given)
      weights.assign(given->list, given->list + given->count);
  }

  size_t bucketOf(float p) const {
    if (thresholds.empty()) {
      float bucket = std::ceil(p * static_cast<float>(buckets - 1)) - 1;
      return bucket > 0 ? static_cast<size_t>(bucket) : 0; // a NaN too
    }
    size_t bucket = buckets - 1;
    while (bucket > 0 && !(p > thresholds[bucket]))
      --bucket;
    return bucket;
  }

  double area(const Curve &curve) const {
    // Above each threshold: true and false positives.
    std::vector<double> tp = curve.positives, fp = curve.negatives;
    for (size_t i = tp.size() - 1; i-- > 0;) {
      tp[i] += tp[i + 1];
      fp[i] += fp[i + 1];
    }
    double allPositives = tp[0], allNegatives = fp[0], sum = 0;
    if (isPrecisionRecall && summation == Interpolated) {
      // Davis and Goadrich, "The Relationship Between Precision-Recall and ROC Curves", ICML 2006.
      for (size_t i = 0; i + 1 < tp.size(); ++i) {
        double step = tp[i] - tp[i + 1], all = tp[i] + fp[i], next = tp[i + 1] + fp[i + 1];
        double slope = divideNoNan(step, std::max(all - next, 0.0)), intercept = tp[i + 1] - slope * next;
        double ratio = all > 0 && next > 0 ? all / next : 1;
        sum += divideNoNan(slope * (step + intercept * std::log(ratio)), allPositives);
      }
      return sum;
    }
    // Along x between neighbours: ROC has the false positives' rate there and the recall above it, PR the recall and the precision.
    auto x = [&](size_t i) { return divideNoNan(isPrecisionRecall ? tp[i] : fp[i], isPrecisionRecall ? allPositives : allNegatives); };
    auto y = [&](size_t i) { return isPrecisionRecall ? divideNoNan(tp[i], tp[i] + fp[i]) : divideNoNan(tp[i], allPositives); };
    for (size_t i = 0; i + 1 < tp.size(); ++i) {
      double a = y(i), b = y(i + 1);
      double height = summation == Interpolated ? (a + b) / 2 : summation == Lower ? std::min(a, b) : std::max(a, b);
      sum += (x(i) - x(i + 1)) * height;
    }
    return sum;
  }

  enum Summation { Interpolated, Lower, Upper };
  size_t buckets;
  std::vector<float> thresholds; ///< empty: at equal distances
  bool fromLogits, isPrecisionRecall, isMultiLabel;
  Summation summation;
  int64_t labels;
  std::vector<double> weights; ///< of labels; empty: 1
  std::vector<Curve> curves;
};

} // namespace

std::unique_ptr<ConfusionMetric> ConfusionMetric::make(const nncc_program &program, const nncc_call &call) {
  bool isAuc = strcmp(call.name, "AUC") == 0;
  if (!isAuc && strcmp(call.name, "Precision") != 0 && strcmp(call.name, "Recall") != 0)
    return nullptr;
  if (program.target.elements != program.output.elements)
    fail(exitBadInput, "the metric %s takes targets of the output's shape, but they are class numbers", call.name);
  if (isAuc)
    return std::make_unique<Auc>(program, call);
  int64_t width = program.output.rank ? program.output.extents[program.output.rank - 1] : 1;
  return std::make_unique<PrecisionOrRecall>(call, width);
}

} // namespace nncc::runtime
