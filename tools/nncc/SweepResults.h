// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_SWEEPRESULTS_H
#define NNCC_TOOLS_NNCC_SWEEPRESULTS_H

#include "nncc/Runtime/Report/SweepPage.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace nncc::tool {

/// Writes results.csv, index.html and, for each value of the histories, its chart as an SVG file.
llvm::Error writeResults(const runtime::report::Sweep &sweep, llvm::StringRef folder);

/// The runs, best first, in columns.
void printTable(const runtime::report::Sweep &sweep, llvm::raw_ostream &out);

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_SWEEPRESULTS_H
