// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The page of a sweep: all runs' curves over each other, and a table of what came of them.
#ifndef NNCC_RUNTIME_REPORT_SWEEPPAGE_H
#define NNCC_RUNTIME_REPORT_SWEEPPAGE_H

#include "nncc/Runtime/Report/Chart.h"
#include "nncc/Runtime/Report/Curves.h"

namespace nncc::runtime::report {

/// One run of a sweep.
struct SweepRun {
  std::string name, folder;          ///< folder: relative to the page
  std::vector<std::string> values;   ///< of the parameters, in their order
  enum Status { Waiting, Finished, Diverged, Failed } status = Waiting;
  std::vector<EpochRecord> epochs;
  int64_t badStep = 0, badEpoch = 0; ///< Diverged: where the loss became NaN or infinite, from 1
  double seconds = 0;
};

struct Sweep {
  std::string title, command, monitor;
  std::vector<std::string> parameters;
  std::vector<SweepRun> runs; ///< in the order of the grid
};

/// The runs in the order of their best monitored value, those without one last.
std::vector<const SweepRun *> ranking(const Sweep &sweep);
/// "diverged in step 12"
std::string statusText(const SweepRun &run);
/// A chart for each value of the histories, a line for each run in it.
std::vector<Chart> sweepCharts(const Sweep &sweep);
std::string sweepPage(const Sweep &sweep);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_SWEEPPAGE_H
