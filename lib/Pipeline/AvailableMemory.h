// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_PIPELINE_AVAILABLEMEMORY_H
#define NNCC_LIB_PIPELINE_AVAILABLEMEMORY_H

#include <cstdint>

namespace nncc::pipeline {

/// What this process can still take, and what says so, as in "2 GB WHAT".
struct AvailableMemory {
  int64_t bytes = 0;
  const char *what = "";
};

/// The least of what the machine has left without swapping, what its control group may take, and what its address space may grow
/// by (`ulimit -v`). Without Linux' /proc the machine's whole memory.
AvailableMemory availableMemory();

} // namespace nncc::pipeline

#endif // NNCC_LIB_PIPELINE_AVAILABLEMEMORY_H
