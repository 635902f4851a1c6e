// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_SWEEPPROCESSES_H
#define NNCC_TOOLS_NNCC_SWEEPPROCESSES_H

#include <functional>
#include <string>
#include <vector>

namespace nncc::tool {

/// A program to run: its words (the first is the path), and where its output goes.
struct ChildCommand {
  std::vector<std::string> words;
  std::string log; ///< both streams are added to this file
};

/// Runs programs side by side and waits for them. They get no input and stand in process groups of their own, so that Ctrl-C reaches
/// them through this process alone: the first is passed on (as SIGTERM), the second kills. Should this process die, they end too.
class ChildProcesses {
public:
  ChildProcesses();
  ~ChildProcesses();
  ChildProcesses(const ChildProcesses &) = delete;

  /// Called when a child ended: its number, and its exit status (128 + signal for one that was killed).
  std::function<void(size_t, int)> onEnd;
  /// Called many times a second with the numbers of the children that run.
  std::function<void(const std::vector<size_t> &)> onTick;

  /// Runs all commands, at most `together` at a time. Returns 0, or 130 or 143 when a signal ended it early.
  int run(const std::vector<ChildCommand> &commands, size_t together);
};

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_SWEEPPROCESSES_H
