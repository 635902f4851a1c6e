// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/SweepPage.h"

#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Sort.h"
#include "nncc/Runtime/Report/Html.h"
#include "nncc/Runtime/Report/Page.h"
#include <algorithm>
#include <cmath>
#include <tuple>

namespace nncc::runtime::report {

std::vector<const SweepRun *> ranking(const Sweep &sweep) {
  std::vector<const SweepRun *> list;
  for (const SweepRun &run : sweep.runs)
    list.push_back(&run);
  const bool higher = isHigherBetter(sweep.monitor);
  auto rank = [&](const SweepRun *run) {
    const double best = bestOf(run->epochs, sweep.monitor).value;
    const int group = run->status == SweepRun::Finished ? 0 : run->status == SweepRun::Diverged ? 1 : 2;
    return std::tuple(group, std::isnan(best), std::isnan(best) ? 0 : higher ? -best : best, run - sweep.runs.data());
  };
  sortList(list, [&](const SweepRun *a, const SweepRun *b) { return rank(a) < rank(b); });
  return list;
}

std::string statusText(const SweepRun &run) {
  switch (run.status) {
  case SweepRun::Finished: return "finished";
  case SweepRun::Diverged: return "diverged in step " + std::to_string(run.badStep);
  case SweepRun::Failed: return "failed";
  case SweepRun::Waiting: break;
  }
  return "waiting";
}

/// The names of all values of the histories, training and validation beside each other.
static std::vector<std::string> valueNames(const Sweep &sweep) {
  std::vector<std::string> names;
  for (const SweepRun &run : sweep.runs)
    for (const std::string &metric : metricNames(run.epochs))
      for (const std::string &name : {metric, "val_" + metric})
        if (!std::isnan(bestOf(run.epochs, name).value) && std::find(names.begin(), names.end(), name) == names.end())
          names.push_back(name);
  return names;
}

static std::string chartTitle(const std::string &name) {
  return name.rfind("val_", 0) == 0 ? name.substr(4) + ", validation" : name + ", training";
}

/// "filters 16, optimizer SGD": what tells the runs apart.
static std::string labelOf(const Sweep &sweep, const SweepRun &run) {
  std::string text;
  for (size_t i = 0; i < run.values.size(); ++i) {
    const bool differs = std::any_of(sweep.runs.begin(), sweep.runs.end(),
                                     [&](const SweepRun &other) { return other.values[i] != run.values[i]; });
    if (differs)
      text += (text.empty() ? "" : ", ") + sweep.parameters[i] + " " + run.values[i];
  }
  return text.empty() ? run.name : text;
}

std::vector<Chart> sweepCharts(const Sweep &sweep) {
  std::vector<Chart> charts;
  for (const std::string &name : valueNames(sweep)) {
    Chart chart;
    chart.name = name;
    chart.title = chartTitle(name);
    chart.xLabel = "epoch";
    chart.xScale = Scale::Integer;
    for (size_t i = 0; i < sweep.runs.size(); ++i) {
      const SweepRun &run = sweep.runs[i];
      Series series{labelOf(sweep, run), {}, i, Series::Line, ""};
      for (const EpochRecord &epoch : run.epochs)
        if (const double value = valueOf(epoch, name); !std::isnan(value) || run.status == SweepRun::Diverged)
          series.points.push_back({static_cast<double>(epoch.epoch + 1), value});
      if (run.status == SweepRun::Diverged) {
        if (series.points.empty() || std::isfinite(series.points.back().second))
          series.points.push_back({static_cast<double>(run.badEpoch), NAN});
        series.note = "NaN in step " + std::to_string(run.badStep);
      }
      if (!series.points.empty())
        chart.series.push_back(series);
    }
    chart.yScale = isHigherBetter(name) ? Scale::Linear : lossScale(chart.series);
    charts.push_back(chart);
  }
  return charts;
}

static std::string runTable(const Sweep &sweep) {
  const std::vector<std::string> names = valueNames(sweep);
  std::string text = "<div class=\"scroll\"><table><tr>" + headCell("run");
  for (const std::string &parameter : sweep.parameters)
    text += headCell(escape(parameter));
  text += headCell("best " + escape(sweep.monitor), true) + headCell("in epoch", true);
  for (const std::string &name : names)
    text += headCell(escape(name), true);
  text += headCell("epochs", true) + headCell("time", true) + headCell("") + "</tr>\n";
  for (const SweepRun *run : ranking(sweep)) {
    const size_t index = static_cast<size_t>(run - sweep.runs.data());
    const Best best = bestOf(run->epochs, sweep.monitor);
    const bool isKnown = !std::isnan(best.value);
    text += format("<tr><td><span class=\"key\"><i class=\"s%zu%s\"></i></span>%zu</td>", index % lineColours,
                   index >= lineColours ? " dash" : "", index + 1);
    for (const std::string &value : run->values)
      text += cell(escape(value));
    text += cell(isKnown ? "<b>" + numberText(best.value) + "</b>" : "\u2013", "n") +
            cell(isKnown ? std::to_string(best.epoch + 1) : "", "n");
    for (const std::string &name : names)
      text += cell(run->epochs.empty() ? "" : numberText(valueOf(run->epochs.back(), name)), "n");
    text +=
        cell(std::to_string(run->epochs.size()), "n") + cell(run->seconds > 0 ? durationText(run->seconds) : "", "n");
    const bool isBad = run->status == SweepRun::Diverged || run->status == SweepRun::Failed;
    const bool hasReport = run->status == SweepRun::Finished || run->status == SweepRun::Diverged;
    text += cell((isBad ? "<span class=\"state bad\">" : "<span>") + statusText(*run) + "</span>" +
                 (hasReport ? " <a href=\"" + escape(run->folder) + "/report.html\">report</a>" : "")) +
            "</tr>\n";
  }
  return text + "</table></div>\n";
}

std::string sweepPage(const Sweep &sweep) {
  Page page(sweep.title);
  size_t done = 0, diverged = 0;
  for (const SweepRun &run : sweep.runs) {
    done += run.status != SweepRun::Waiting;
    diverged += run.status == SweepRun::Diverged;
  }
  page.subtitle(format("%zu of %zu runs", done, sweep.runs.size()) +
                (diverged ? format(", %zu of them diverged", diverged) : std::string()) + ", in the order of " +
                escape(sweep.monitor));
  if (done < sweep.runs.size())
    page.reloadEvery(5);
  page.section("Runs", runTable(sweep), "Values are those of the last epoch.");
  std::string charts = "<div class=\"charts\">\n";
  const bool isFew = sweep.runs.size() <= 6;
  for (Chart &chart : sweepCharts(sweep)) {
    chart.legend = isFew;
    charts += chartFigure(chart);
  }
  page.section(
      "Curves", charts + "</div>\n",
      std::string("A cross marks where a loss became NaN or infinite; the pointer over a line shows which run it is.") +
          (isFew ? "" : " Colours are those of the table."));
  page.section("To do it again", "<pre>" + escape(sweep.command) + "</pre>\n");
  return page.html();
}

} // namespace nncc::runtime::report
