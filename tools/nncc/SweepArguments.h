// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_SWEEPARGUMENTS_H
#define NNCC_TOOLS_NNCC_SWEEPARGUMENTS_H

#include "SweepGrid.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nncc::tool {

/// The command line of `nncc sweep`, checked as far as it can be without the model.
struct SweepArguments {
  std::string model, folder, monitor;
  int64_t threads = 0; ///< of all runs together; 0: all cores
  std::vector<SweepAxis> axes;
  std::vector<std::string> passed; ///< options of every run, as they were given
  bool help = false;
};

/// False after a message on standard error: wrong usage.
bool parseSweepArguments(const std::vector<std::string> &arguments, SweepArguments &result);

/// The text of `nncc sweep --help`.
llvm::StringRef sweepUsage();

/// Whether the option of a run `name` ("--weights") may be given to a sweep, which hands it to each run.
bool isPassedToRuns(llvm::StringRef name);

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_SWEEPARGUMENTS_H
