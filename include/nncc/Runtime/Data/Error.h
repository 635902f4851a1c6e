// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the runtime's C++ part reports failure: an Error is thrown inside it and caught at its borders (runCommand,
// nncc_runtime_main, loadDataset's callers); it never crosses them.
#ifndef NNCC_RUNTIME_DATA_ERROR_H
#define NNCC_RUNTIME_DATA_ERROR_H

#include <cstdint>
#include <string>

namespace nncc::runtime {

/// The exit statuses of the command line (docs/CommandLine.md).
enum ExitStatus : int {
  exitSuccess = 0,
  exitBadInput = 1, ///< model, data or weights are not what they should be
  exitUsage = 2,    ///< unknown names, values out of range
  exitResource = 3, ///< memory, threads, an output that cannot be written
  exitDiverged = 4, ///< TerminateOnNaN
  exitInternal = 70,
  exitInterrupted = 130, ///< SIGINT; SIGTERM is 143
};

struct Error {
  int status;          ///< an ExitStatus
  std::string message; ///< without "error: "; empty: already reported, or nobody is there to read it
};

[[gnu::format(printf, 1, 2)]] std::string format(const char *pattern, ...);
[[noreturn, gnu::format(printf, 2, 3)]] void fail(int status, const char *pattern, ...);

/// "(None, 28, 28, 1)" with `batch` = -1, "(28, 28, 1)" with -2, else the number first: "(100, 28, 28, 1)".
std::string shapeText(const int64_t *extents, int64_t rank, int64_t batch);

/// Shortest decimal that reads back as the same double, laid out as Python's repr: 0.1, 1.0, 1e-07, nan, inf.
std::string shortest(double value);
/// The same for a float: the fewest digits that read back as the same float.
std::string shortest(float value);

/// The candidate nearest to `name` by edit distance, nullptr where none is near enough to be a slip. Candidates end in nullptr.
const char *nearest(const std::string &name, const char *const *candidates);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_ERROR_H
