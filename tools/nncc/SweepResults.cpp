// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SweepResults.h"

#include "SweepFolder.h"

#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Report/History.h"
#include "nncc/Runtime/Report/Html.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace nncc::runtime;

namespace nncc::tool {

static std::string resultsCsv(const report::Sweep &sweep) {
  std::vector<std::string> columns;
  for (const report::SweepRun &run : sweep.runs)
    for (const EpochRecord &epoch : run.epochs)
      for (const auto &[name, value] : epoch.logs)
        if (!is_contained(columns, name))
          columns.push_back(name);
  std::string text = "run";
  for (const std::string &parameter : sweep.parameters)
    text += "," + csvCell(parameter);
  text +=
      ",status,diverged_step,epochs,best_" + (sweep.monitor.empty() ? "loss" : sweep.monitor) + ",best_epoch,seconds";
  for (const std::string &column : columns)
    text += "," + column;
  text += "\n";
  static constexpr StringLiteral states[] = {"waiting", "finished", "diverged", "failed"};
  for (const report::SweepRun *run : report::ranking(sweep)) {
    const report::Best best = report::bestOf(run->epochs, sweep.monitor);
    const bool isKnown = !std::isnan(best.value);
    text += csvCell(run->name);
    for (const std::string &value : run->values)
      text += "," + csvCell(value);
    text += ("," + states[run->status] + "," + (run->badStep ? std::to_string(run->badStep) : "") + "," +
             Twine(run->epochs.size()) + "," + (isKnown ? shortest(best.value) : "") + "," +
             (isKnown ? std::to_string(best.epoch + 1) : "") + "," + formatv("{0:f3}", run->seconds).str())
                .str();
    for (const std::string &column : columns)
      text += "," + (run->epochs.empty() ? "" : shortest(report::valueOf(run->epochs.back(), column)));
    text += "\n";
  }
  return text;
}

llvm::Error writeResults(const report::Sweep &sweep, StringRef folder) {
  if (llvm::Error error = writeFile((folder + "/results.csv").str(), resultsCsv(sweep)))
    return error;
  for (const report::Chart &chart : report::sweepCharts(sweep))
    if (llvm::Error error = writeFile((folder + "/" + chart.name + ".svg").str(), report::chartFile(chart)))
      return error;
  return writeFile((folder + "/index.html").str(), report::sweepPage(sweep));
}

void printTable(const report::Sweep &sweep, raw_ostream &out) {
  std::vector<std::vector<std::string>> rows{sweep.parameters};
  const std::string monitor = sweep.monitor.empty() ? "loss" : sweep.monitor;
  rows[0].insert(rows[0].end(), {"best " + monitor, "epoch", "last " + monitor, "time", "status"});
  for (const report::SweepRun *run : report::ranking(sweep)) {
    const report::Best best = report::bestOf(run->epochs, monitor);
    rows.push_back(run->values);
    rows.back().insert(rows.back().end(),
                       {std::isnan(best.value) ? "-" : report::numberText(best.value),
                        std::isnan(best.value) ? "-" : std::to_string(best.epoch + 1),
                        run->epochs.empty() ? "-" : report::numberText(report::valueOf(run->epochs.back(), monitor)),
                        run->seconds > 0 ? report::durationText(run->seconds) : "-", report::statusText(*run)});
  }
  std::vector<size_t> widths(rows[0].size());
  for (const std::vector<std::string> &row : rows)
    for (auto [index, text] : enumerate(row))
      widths[index] = std::max(widths[index], text.size());
  for (const std::vector<std::string> &row : rows) {
    std::string line;
    for (auto [index, text] : enumerate(row))
      line += text + (index + 1 < row.size() ? std::string(widths[index] - text.size() + 2, ' ') : "");
    out << line << "\n";
  }
}

} // namespace nncc::tool
