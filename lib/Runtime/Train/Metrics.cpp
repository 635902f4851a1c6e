// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Train/Metrics.h"

#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Data/Error.h"
#include <cmath>
#include <cstring>

namespace nncc::runtime {

/// Row length: the last extent of the output.
static int64_t lastExtent(const nncc_tensor &tensor) { return tensor.rank ? tensor.extents[tensor.rank - 1] : 1; }

Metrics::Metrics(const nncc_program &program) : program(program) {
  for (int64_t i = 0; i < program.training.metric_count; ++i) {
    const nncc_call &call = program.training.metrics[i];
    Metric metric;
    if (strcmp(call.name, "Accuracy") == 0) {
      metric.name = "accuracy";
      // Keras' rule (MetricsContainer._get_metric_object): by shapes alone, batch axis included.
      int64_t width = lastExtent(program.output);
      bool sparse = (program.target.rank < program.output.rank || lastExtent(program.target) == 1) && width > 1;
      metric.rule = width == 1 ? Rule::BinaryAccuracy : sparse ? Rule::SparseAccuracy : Rule::CategoricalAccuracy;
    } else if (strcmp(call.name, "TopKCategoricalAccuracy") == 0) {
      metric.name = "top_k_categorical_accuracy";
      metric.rule = Rule::TopK;
      metric.k = static_cast<int64_t>(nncc_call_number(&call, "k", 5));
    } else if (strcmp(call.name, "MeanAbsoluteError") == 0) {
      metric.name = "mean_absolute_error";
      metric.rule = Rule::AbsoluteError;
    } else if (strcmp(call.name, "MeanSquaredError") == 0) {
      metric.name = "mean_squared_error";
      metric.rule = Rule::SquaredError;
    } else if (auto confusion = ConfusionMetric::make(program, call)) {
      metric.name = uniqueName(confusion->baseName());
      metric.rule = Rule::Confusion;
      metric.confusion = std::move(confusion);
    } else {
      fail(exitBadInput, "the metric %s is not supported yet", call.name);
    }
    if (const char *name = nncc_call_text(&call, "name"))
      metric.name = name;
    metrics.push_back(std::move(metric));
  }
}

std::string Metrics::uniqueName(const std::string &name) const {
  auto isTaken = [&](const std::string &candidate) {
    for (const Metric &metric : metrics)
      if (metric.name == candidate)
        return true;
    return false;
  };
  std::string candidate = name;
  for (int number = 1; isTaken(candidate); ++number)
    candidate = name + "_" + std::to_string(number);
  return candidate;
}

void Metrics::reset() {
  lossSum = samples = 0;
  for (Metric &metric : metrics) {
    metric.sum = metric.count = 0;
    if (metric.confusion)
      metric.confusion->reset();
  }
}

void Metrics::update(double loss, const float *predictions, const float *targets, int64_t batch) {
  lossSum += loss * static_cast<double>(batch);
  samples += static_cast<double>(batch);
  for (Metric &metric : metrics)
    update(metric, predictions, targets, batch);
}

static int64_t argmax(const float *row, int64_t width) {
  int64_t best = 0;
  for (int64_t i = 1; i < width; ++i)
    if (row[i] > row[best])
      best = i;
  return best;
}

/// Is the true class among the k largest? Fewer than k are larger (tf.math.in_top_k). Not if it is no class, as one that the loss
/// ignores may be.
static bool inTopK(const float *row, int64_t width, int64_t truth, int64_t k) {
  if (truth < 0 || truth >= width)
    return false;
  int64_t larger = 0;
  for (int64_t i = 0; i < width; ++i)
    larger += row[i] > row[truth];
  return std::isfinite(row[truth]) && larger < k;
}

void Metrics::update(Metric &metric, const float *predictions, const float *targets, int64_t batch) const {
  int64_t elements = batch * program.output.elements, width = lastExtent(program.output);
  double sum = 0, count = 0;
  switch (metric.rule) {
  case Rule::BinaryAccuracy:
    for (int64_t i = 0; i < elements; ++i)
      sum += targets[i] == (predictions[i] > 0.5f ? 1.0f : 0.0f);
    count = static_cast<double>(elements);
    break;
  case Rule::SparseAccuracy:
    for (int64_t i = 0; i < elements / width; ++i)
      sum += static_cast<float>(argmax(predictions + i * width, width)) == targets[i];
    count = static_cast<double>(elements / width);
    break;
  case Rule::CategoricalAccuracy:
    for (int64_t i = 0; i < elements / width; ++i)
      sum += argmax(predictions + i * width, width) == argmax(targets + i * width, width);
    count = static_cast<double>(elements / width);
    break;
  case Rule::TopK: {
    bool numbers = program.target.elements != program.output.elements;
    for (int64_t i = 0; i < elements / width; ++i) {
      int64_t truth = numbers ? static_cast<int64_t>(targets[i]) : argmax(targets + i * width, width);
      sum += inTopK(predictions + i * width, width, truth, metric.k);
    }
    count = static_cast<double>(elements / width);
    break;
  }
  case Rule::AbsoluteError:
  case Rule::SquaredError:
    if (program.target.elements != program.output.elements)
      return;
    for (int64_t i = 0; i < elements; ++i) {
      double difference = static_cast<double>(targets[i]) - predictions[i];
      sum += metric.rule == Rule::AbsoluteError ? std::fabs(difference) : difference * difference;
    }
    count = static_cast<double>(elements);
    break;
  case Rule::Confusion:
    metric.confusion->update(predictions, targets, elements);
    return;
  }
  metric.sum += sum;
  metric.count += count;
}

Logs Metrics::logs(const char *prefix) const {
  auto mean = [](double sum, double count) { return static_cast<double>(static_cast<float>(count > 0 ? sum / count : 0)); };
  Logs logs;
  logs.emplace_back(std::string(prefix) + "loss", mean(lossSum, samples));
  for (const Metric &metric : metrics)
    logs.emplace_back(prefix + metric.name, metric.confusion ? static_cast<double>(static_cast<float>(metric.confusion->result()))
                                                             : mean(metric.sum, metric.count));
  return logs;
}

void Metrics::visitState(State &state) {
  state.real("loss_sum", lossSum);
  state.real("samples", samples);
  for (size_t i = 0; i < metrics.size(); ++i) {
    State::Scope scope(state, std::to_string(i));
    state.real("sum", metrics[i].sum);
    state.real("count", metrics[i].count);
    if (metrics[i].confusion)
      metrics[i].confusion->visitState(state);
  }
}

} // namespace nncc::runtime
