// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a failure leaves the place where it happens.
//
// In the compiler and in unit tests it is an exception (FailureThrown.cpp). A compiled executable has none, which halves its
// size: a failure ends the process there, after it was told of and unfinished files are gone (Executable/FailureEndsProcess.cpp).
// The rest of the runtime is one text for both and uses these functions instead of throw and catch.
#ifndef NNCC_RUNTIME_DATA_FAILURE_H
#define NNCC_RUNTIME_DATA_FAILURE_H

#include "nncc/Runtime/Data/Error.h"
#include <functional>
#include <optional>

namespace nncc::runtime {

[[noreturn]] void failWith(Error error);
/// Where the standard library's containers throw bad_alloc.
[[noreturn]] void failForMemory();

/// Runs `work` and gives what it failed with; a bad_alloc counts as Error(exitResource). An executable that fails in `work`
/// does not come back.
std::optional<Error> attempt(const std::function<void()> &work);

/// Runs `work`. If it fails, `told` is called, on the thread that failed and only if that is this one, and the failure goes on. What
/// fails within `told` is not heard.
void tellFailure(const std::function<void()> &work, const std::function<void(const Error &)> &told);

/// Prints "error: ..." behind what standard output has, unless the message is empty. Gives the status.
int reportFailure(const Error &error);

/// What must not be left behind, e.g. a file under a temporary name. Where a failure is an exception, destructors see to it; else
/// `abandon` is called for all that the failing thread has.
class Unfinished {
public:
  Unfinished(const Unfinished &) = delete;
  Unfinished &operator=(const Unfinished &) = delete;

protected:
  Unfinished();
  ~Unfinished();
  virtual void abandon() = 0;

private:
  friend void failWith(Error);
  [[maybe_unused]] Unfinished *next = nullptr; ///< executables: what the thread began before
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_FAILURE_H
