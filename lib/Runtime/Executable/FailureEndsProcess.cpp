// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Failures of a compiled executable. What ends the process, in this order:
// 1. who watches is told: the report becomes one of a failed training;
// 2. what is unfinished is abandoned: temporary files go;
// 3. the message, and the exit status. Other threads may be running, so that nothing is destroyed.
// The lists are the failing thread's own. Another thread than the program's fails for lack of memory alone; a temporary file that
// is left then is removed by its next writer.
#include "nncc/Runtime/Data/Failure.h"

#include <unistd.h>

namespace nncc::runtime {

namespace {

constinit thread_local Unfinished *unfinished = nullptr; ///< the newest

struct Watcher {
  const std::function<void(const Error &)> &told;
  Watcher *outer;
};
constinit thread_local Watcher *watchers = nullptr;
constinit thread_local const Error *failed = nullptr; ///< while watchers are told: what failed first

} // namespace

void failWith(Error error) {
  if (!failed)
    failed = &error;
  while (Watcher *watcher = watchers) {
    watchers = watcher->outer; // if it fails, the others are still told
    watcher->told(*failed);
  }
  for (; unfinished; unfinished = unfinished->next)
    unfinished->abandon();
  _exit(reportFailure(*failed));
}

void failForMemory() { failWith({exitResource, "out of memory"}); }

std::optional<Error> attempt(const std::function<void()> &work) {
  work();
  return std::nullopt;
}

void tellFailure(const std::function<void()> &work, const std::function<void(const Error &)> &told) {
  Watcher watcher{told, watchers};
  watchers = &watcher;
  work();
  watchers = watcher.outer;
}

Unfinished::Unfinished() : next(unfinished) { unfinished = this; }

Unfinished::~Unfinished() {
  Unfinished **at = &unfinished;
  while (*at != this)
    at = &(*at)->next;
  *at = next;
}

} // namespace nncc::runtime
