// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Curves.h"

#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Report/Html.h"
#include <algorithm>
#include <cmath>

namespace nncc::runtime::report {

std::vector<std::string> metricNames(const std::vector<EpochRecord> &epochs) {
  std::vector<std::string> names;
  if (!epochs.empty())
    for (const auto &[name, value] : epochs[0].logs)
      if (name.rfind("val_", 0) != 0 && name != "lr")
        names.push_back(name);
  // A history file has them sorted.
  if (auto loss = std::find(names.begin(), names.end(), "loss"); loss != names.end())
    std::rotate(names.begin(), loss, loss + 1);
  return names;
}

double valueOf(const EpochRecord &epoch, const std::string &name) {
  for (const auto &[key, value] : epoch.logs)
    if (key == name)
      return value;
  return NAN;
}

bool isHigherBetter(const std::string &metric) {
  for (const char *part : {"acc", "auc", "precision", "recall"})
    if (metric.find(part) != std::string::npos)
      return true;
  return false;
}

Best bestOf(const std::vector<EpochRecord> &epochs, const std::string &name) {
  Best best{NAN, 0};
  const bool higher = isHigherBetter(name);
  for (const EpochRecord &epoch : epochs) {
    const double value = valueOf(epoch, name);
    if (std::isfinite(value) && (std::isnan(best.value) || (higher ? value > best.value : value < best.value)))
      best = {value, epoch.epoch};
  }
  return best;
}

/// The values of a metric, over epochs from 1; without points where it is not known at all.
static Series seriesOf(const std::vector<EpochRecord> &epochs, const std::string &metric, const char *name,
                       size_t colour) {
  Series series{name, {}, colour, Series::Line, ""};
  for (const EpochRecord &epoch : epochs)
    for (const auto &[key, value] : epoch.logs)
      if (key == metric)
        series.points.push_back({static_cast<double>(epoch.epoch + 1), value});
  if (!series.points.empty())
    series.note = numberText(series.points.back().second);
  return series;
}

std::vector<Chart> metricCharts(const std::vector<EpochRecord> &epochs) {
  std::vector<Chart> charts;
  for (const std::string &metric : metricNames(epochs)) {
    Chart chart;
    chart.title = metric;
    chart.xLabel = "epoch";
    chart.xScale = Scale::Integer;
    chart.series.push_back(seriesOf(epochs, metric, "training", 0));
    if (Series validation = seriesOf(epochs, "val_" + metric, "validation", 1); !validation.points.empty())
      chart.series.push_back(validation);
    chart.yScale = isHigherBetter(metric) ? Scale::Linear : lossScale(chart.series);
    charts.push_back(chart);
  }
  Chart rate;
  rate.title = "learning rate";
  rate.xLabel = "epoch";
  rate.xScale = Scale::Integer;
  rate.legend = false;
  Series series{"learning rate", {}, 4, Series::Line, ""};
  bool changes = false;
  for (const EpochRecord &epoch : epochs) {
    series.points.push_back({static_cast<double>(epoch.epoch + 1), epoch.learningRate});
    changes |= epoch.learningRate != epochs[0].learningRate;
  }
  rate.series = {series};
  rate.yScale = lossScale(rate.series);
  if (changes)
    charts.push_back(rate);
  return charts;
}

std::optional<Chart> gradientChart(const std::vector<EpochRecord> &epochs) {
  Chart chart;
  chart.title = "gradient";
  chart.xLabel = "epoch";
  chart.xScale = Scale::Integer;
  if (epochs.size() < 2)
    return std::nullopt;
  for (const LayerSizes &layer : epochs.back().layers) {
    Series series{layer.layer, {}, chart.series.size(), Series::Line, ""};
    for (const EpochRecord &epoch : epochs)
      for (const LayerSizes &size : epoch.layers)
        if (size.layer == layer.layer && !std::isnan(size.gradient))
          series.points.push_back({static_cast<double>(epoch.epoch + 1), size.gradient});
    if (!series.points.empty())
      chart.series.push_back(series);
  }
  if (chart.series.empty())
    return std::nullopt;
  chart.legend = chart.series.size() <= 6;
  chart.yScale = lossScale(chart.series);
  return chart;
}

Chart regressionChart(const Findings &findings) {
  double low = INFINITY, high = -INFINITY;
  for (auto [truth, predicted] : findings.points()) {
    low = std::min(low, truth);
    high = std::max(high, truth);
  }
  Chart chart;
  chart.title = "predicted over true";
  chart.xLabel = "true";
  chart.yLabel = "predicted";
  chart.square = true;
  chart.tightX = false;
  chart.legend = false;
  chart.series = {{"", {{low, low}, {high, high}}, 8, Series::Guide, ""},
                  {"", findings.points(), 0, Series::Points, ""}};
  return chart;
}

Chart rocChart(const ThresholdCurve &curve) {
  Chart chart;
  chart.title = "ROC";
  chart.xLabel = "false positive rate";
  chart.yLabel = "true positive rate";
  chart.square = true;
  chart.series = {{"", {{0, 0}, {1, 1}}, 8, Series::Guide, ""},
                  {"area", curve.roc(), 0, Series::Line, numberText(curve.area())}};
  return chart;
}

Chart precisionRecallChart(const ThresholdCurve &curve) {
  Chart chart;
  chart.title = "Precision over recall";
  chart.xLabel = "recall";
  chart.yLabel = "precision";
  chart.square = true;
  const double positives = static_cast<double>(curve.positives()),
               part = positives / (positives + static_cast<double>(curve.negatives()));
  chart.series = {{"", {{0, part}, {1, part}}, 8, Series::Guide, ""},
                  {"precision", curve.precisionRecall(), 1, Series::Line, ""},
                  {"", {{0, 0}, {0, 1}}, 8, Series::Faint, ""}};
  return chart;
}

static std::string valueText(const nncc_argument &argument) {
  if (argument.text)
    return "\"" + std::string(argument.text) + "\"";
  if (argument.count) {
    std::string text;
    for (int64_t k = 0; k < argument.count; ++k)
      text += (k ? ", " : "[") + shortest(argument.list[k]);
    return text + "]";
  }
  if (std::isnan(argument.number))
    return "none";
  std::string text = shortest(argument.number);
  return text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0 ? text.substr(0, text.size() - 2) : text;
}

std::string callText(const nncc_call &call) {
  if (!call.name)
    return "";
  std::string first, rest;
  for (int64_t i = 0; i < call.argument_count; ++i) {
    const nncc_argument &argument = call.arguments[i];
    const std::string name = argument.name;
    if (name == "learning_rate")
      first = name + "=" + valueText(argument);
    else if (name != "jit_compile" && name != "name") // which change no number
      rest += (rest.empty() ? "" : ", ") + name + "=" + valueText(argument);
  }
  if (first.empty() && rest.empty())
    return call.name;
  return std::string(call.name) + "(" + first + (first.empty() || rest.empty() ? "" : ", ") + rest + ")";
}

} // namespace nncc::runtime::report
