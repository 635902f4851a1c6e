// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_SWEEPGRID_H
#define NNCC_TOOLS_NNCC_SWEEPGRID_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace nncc::tool {

/// A parameter of a sweep and the values that it takes.
struct SweepAxis {
  std::string option; ///< "--learning-rate"; "-D" for a constant
  std::string name;   ///< "learning-rate", "filters"
  std::vector<std::string> values;
};

/// "0.1,0.01", "SGD(momentum=0.9), Adam": what stands between commas that are in no brackets and no string. An error for an
/// empty value and for one that is there twice.
llvm::Expected<std::vector<std::string>> splitValues(llvm::StringRef text);

/// All combinations, an index into `values` for each axis; the last axis changes fastest. One of nothing without axes.
std::vector<std::vector<size_t>> combinations(llvm::ArrayRef<SweepAxis> axes);

/// A name for a folder: "filters=16_learning-rate=0.1"; characters that a shell or a file system may object to become '-'.
std::string runName(llvm::ArrayRef<SweepAxis> axes, llvm::ArrayRef<size_t> indices);

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_SWEEPGRID_H
