// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PIPELINE_EXITSTATUS_H
#define NNCC_PIPELINE_EXITSTATUS_H

namespace nncc::pipeline {

/// What the process returns (docs/CommandLine.md, "Exit status").
enum class ExitStatus : int {
  Success = 0,
  BadInput = 1,    ///< model, data or weights
  WrongUsage = 2,  ///< of the command line
  Failed = 3,      ///< a resource or an I/O operation
  Internal = 70    ///< a bug of nncc
};

} // namespace nncc::pipeline

#endif // NNCC_PIPELINE_EXITSTATUS_H
