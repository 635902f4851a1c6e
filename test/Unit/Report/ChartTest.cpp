// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Chart.h"
#include "nncc/Runtime/Report/Curves.h"
#include "nncc/Runtime/Report/LossTrace.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace nncc::runtime;
using namespace nncc::runtime::report;

namespace {

using Labels = std::vector<std::string>;

// --- ticks ---------------------------------------------------------------------------------------------------------------

TEST(Ticks, LinearAxesEndAtTicks) {
  Ticks ticks = chooseTicks(0.57, 0.97, Scale::Linear, 5, false);
  EXPECT_EQ(ticks.labels, (Labels{"0.5", "0.6", "0.7", "0.8", "0.9", "1.0"}));
  EXPECT_DOUBLE_EQ(ticks.low, 0.5);
  EXPECT_DOUBLE_EQ(ticks.high, 1.0);
  EXPECT_DOUBLE_EQ(ticks.place(0.75), 0.5);
}

TEST(Ticks, NoTicksBetweenIntegers) {
  EXPECT_EQ(chooseTicks(1, 3, Scale::Integer, 7, true).labels, (Labels{"1", "2", "3"}));
  EXPECT_EQ(chooseTicks(1, 100, Scale::Integer, 7, true).labels, (Labels{"20", "40", "60", "80", "100"}));
}

TEST(Ticks, OneValueStandsInTheMiddle) {
  Ticks one = chooseTicks(1, 1, Scale::Integer, 7, true);
  EXPECT_EQ(one.labels, (Labels{"1"}));
  EXPECT_DOUBLE_EQ(one.place(1), 0.5);
  Ticks zero = chooseTicks(0, 0, Scale::Linear, 5, false);
  EXPECT_LT(zero.low, 0);
  EXPECT_GT(zero.high, 0);
}

TEST(Ticks, LogarithmicAxes) {
  EXPECT_EQ(chooseTicks(0.04, 1.4, Scale::Logarithmic, 5, false).labels, (Labels{"0.05", "0.1", "0.2", "0.5", "1"}));
  EXPECT_EQ(chooseTicks(1e-6, 1e6, Scale::Logarithmic, 5, false).labels, (Labels{"1e-06", "0.001", "1", "1000", "1e+06"}));
  EXPECT_GE(chooseTicks(0.30, 0.35, Scale::Logarithmic, 5, false).labels.size(), 1u);
}

TEST(Ticks, SmallNumbersHaveExponents) {
  Ticks ticks = chooseTicks(1e-7, 5e-7, Scale::Linear, 5, false);
  EXPECT_EQ(ticks.labels, (Labels{"1e-07", "2e-07", "3e-07", "4e-07", "5e-07"}));
}

// --- charts --------------------------------------------------------------------------------------------------------------

size_t countOf(const std::string &text, const std::string &part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

TEST(Chart, ALineIsInterruptedWhereItIsNotFiniteAndMarkedOnce) {
  Chart chart;
  chart.title = "loss";
  chart.series = {{"run", {{1, 1}, {2, 2}, {3, NAN}, {4, INFINITY}, {5, 1}}, 0, Series::Line, ""}};
  const std::string svg = chartFigure(chart);
  EXPECT_EQ(countOf(svg, "class=\"cross\""), 1u);
  EXPECT_EQ(countOf(svg, "<circle"), 3u);
  const size_t line = svg.find("class=\"line\" d=\"") + 16;
  EXPECT_EQ(countOf(svg.substr(line, svg.find('"', line) - line), "M"), 2u);
}

TEST(Chart, ARunThatBlowsUpDoesNotFlattenTheOthers) {
  Chart chart;
  Series good{"good", {}, 0, Series::Line, ""}, bad = good;
  for (int epoch = 1; epoch <= 10; ++epoch) {
    good.points.push_back({epoch, 1.0 / epoch});
    bad.points.push_back({epoch, std::pow(30, epoch)});
  }
  chart.series = {good, good, good, good, bad};
  const std::string svg = chartFigure(chart);
  EXPECT_EQ(svg.find("1e+"), std::string::npos);
}

TEST(Chart, ASquareChartShowsItsWholeRange) {
  Chart chart;
  chart.square = true;
  chart.series = {{"", {{0, 0}, {0.001, 0.999}, {0.002, 1}, {0.003, 1}, {1, 1}}, 0, Series::Line, ""}};
  EXPECT_NE(chartFigure(chart).find(">1.0</text>"), std::string::npos);
}

TEST(Chart, ALineWithoutFiniteValuesIsNoProblem) {
  Chart chart;
  chart.series = {{"run", {{1, NAN}}, 0, Series::Line, ""}, {"none", {}, 1, Series::Line, ""}};
  EXPECT_NE(chartFigure(chart).find("</svg>"), std::string::npos);
}

TEST(Chart, NamesAreEscaped) {
  Chart chart;
  chart.title = "<b>";
  chart.series = {{"<script>", {{1, 1}, {2, 2}}, 0, Series::Line, "\"&"}};
  for (const std::string &svg : {chartFigure(chart), chartFile(chart)}) {
    EXPECT_EQ(svg.find("<script>"), std::string::npos);
    EXPECT_NE(svg.find("&lt;script&gt;"), std::string::npos);
    EXPECT_NE(svg.find("&quot;&amp;"), std::string::npos);
  }
}

TEST(Chart, LossesFarApartHaveALogarithmicAxis) {
  EXPECT_EQ(lossScale({{"", {{1, 1}, {2, 0.1}}, 0, Series::Line, ""}}), Scale::Linear);
  EXPECT_EQ(lossScale({{"", {{1, 1}, {2, 0.01}}, 0, Series::Line, ""}}), Scale::Logarithmic);
  EXPECT_EQ(lossScale({{"", {{1, 1}, {2, -0.01}}, 0, Series::Line, ""}}), Scale::Linear);
}

// --- curves of a training ------------------------------------------------------------------------------------------------

EpochRecord epochOf(int64_t number, Logs logs, double rate) {
  EpochRecord record;
  record.epoch = number;
  record.logs = std::move(logs);
  record.learningRate = rate;
  return record;
}

TEST(Curves, AChartForEachMetricAndOneOfARateThatChanges) {
  std::vector<EpochRecord> epochs{epochOf(0, {{"loss", 2}, {"accuracy", 0.5}, {"val_loss", 1}, {"val_accuracy", 0.6}, {"lr", 0.1}}, 0.1),
                                  epochOf(1, {{"loss", 1}, {"accuracy", 0.8}, {"val_loss", 3}, {"val_accuracy", 0.7}, {"lr", 0.1}}, 0.1)};
  std::vector<Chart> charts = metricCharts(epochs);
  ASSERT_EQ(charts.size(), 2u);
  EXPECT_EQ(charts[0].title, "loss");
  ASSERT_EQ(charts[1].series.size(), 2u);
  EXPECT_EQ(charts[1].series[1].note, "0.7");
  epochs[1].learningRate = 0.01;
  EXPECT_EQ(metricCharts(epochs).size(), 3u);
  EXPECT_EQ(bestOf(epochs, "val_loss").epoch, 0);
  EXPECT_EQ(bestOf(epochs, "val_accuracy").epoch, 1);
  EXPECT_TRUE(std::isnan(bestOf(epochs, "auc").value));
}

TEST(Curves, CallsAsTheyStandInTheSource) {
  const double list[] = {1, 2.5};
  const nncc_argument arguments[] = {{"mode", NAN, "min", 0, nullptr}, {"learning_rate", 0.01, nullptr, 0, nullptr},
                                     {"clipnorm", NAN, nullptr, 0, nullptr}, {"values", NAN, nullptr, 2, list}, {"nesterov", 1, nullptr, 0, nullptr}};
  EXPECT_EQ(callText({"SGD", 5, arguments}), "SGD(learning_rate=0.01, mode=\"min\", clipnorm=none, values=[1.0, 2.5], nesterov=1)");
  EXPECT_EQ(callText({"MeanSquaredError", 0, nullptr}), "MeanSquaredError");
}

TEST(LossTrace, JoinsNeighboursWhenThereAreTooMany) {
  LossTrace trace;
  for (int step = 0; step < 1000; ++step)
    trace.add(step == 700 ? NAN : step);
  auto points = trace.points();
  EXPECT_LE(points.size(), 400u);
  EXPECT_EQ(points[0].second, 1.5); // the mean of four steps
  EXPECT_EQ(points[0].first, 4);
  EXPECT_EQ(points.back().first, 1000);
  EXPECT_EQ(trace.firstNonFinite(), 700);
}

} // namespace
