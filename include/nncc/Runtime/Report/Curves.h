// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The charts of a training: metrics over epochs, and what predictions show.
#ifndef NNCC_RUNTIME_REPORT_CURVES_H
#define NNCC_RUNTIME_REPORT_CURVES_H

#include "nncc/Runtime/Report/Chart.h"
#include "nncc/Runtime/Report/Findings.h"

namespace nncc::runtime::report {

/// "loss" and the metrics in their order, without those of validation and without the learning rate.
std::vector<std::string> metricNames(const std::vector<EpochRecord> &epochs);
/// A value of an epoch; NaN where there is none.
double valueOf(const EpochRecord &epoch, const std::string &name);

/// Is more of this metric better? As Keras decides it for callbacks with mode="auto".
bool isHigherBetter(const std::string &metric);
struct Best {
  double value; ///< NaN: there is none
  int64_t epoch;
};
Best bestOf(const std::vector<EpochRecord> &epochs, const std::string &name);

/// A chart for each metric, with training and validation, then one of the learning rate if that changes.
std::vector<Chart> metricCharts(const std::vector<EpochRecord> &epochs);

/// The size of each layer's gradient (root mean square, all of its variables together); none where fewer than two epochs tell.
std::optional<Chart> gradientChart(const std::vector<EpochRecord> &epochs);
Chart regressionChart(const Findings &findings);
Chart rocChart(const ThresholdCurve &curve);
Chart precisionRecallChart(const ThresholdCurve &curve);

/// "Adam(learning_rate=0.001, beta_1=0.9)": what changes numbers, the learning rate first
std::string callText(const nncc_call &call);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_CURVES_H
