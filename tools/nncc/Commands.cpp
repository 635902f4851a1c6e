// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"

#include "SweepArguments.h"

namespace nncc::tool {

static constexpr Command kCommands[] = {
    {"fmt", "[--check] MODEL.nn...", "canonical layout of source files", runFormat, formatUsage, nullptr},
    {"data", "SRC [MODEL.nn] [options]", "what a data source holds", runData, dataUsage, nullptr},
    {"inspect", "FILE [MODEL.nn] [--json]", "what an executable, library, object or weights file is", runInspect, inspectUsage, nullptr},
    {"sweep", "MODEL.nn -o DIR [options]", "trains with every combination of some values", runSweep, sweepUsage, isPassedToRuns},
};

llvm::ArrayRef<Command> commands() { return kCommands; }

} // namespace nncc::tool
