// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SweepProcesses.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <map>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nncc::tool {

static volatile sig_atomic_t signalCount = 0, lastSignal = 0;

static void onSignal(int number) {
  lastSignal = number;
  signalCount = signalCount + 1;
}

static struct sigaction before[2];
static constexpr int handled[] = {SIGINT, SIGTERM};

ChildProcesses::ChildProcesses() {
  signalCount = 0;
  for (int i = 0; i < 2; ++i) {
    struct sigaction action{};
    action.sa_handler = onSignal; // without SA_RESTART: waiting ends at once
    sigemptyset(&action.sa_mask);
    sigaction(handled[i], &action, &before[i]);
  }
}

ChildProcesses::~ChildProcesses() {
  for (int i = 0; i < 2; ++i)
    sigaction(handled[i], &before[i], nullptr);
}

/// In the child: never returns.
[[noreturn]] static void become(const ChildCommand &command, char *const *words) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  for (int number : handled)
    signal(number, SIG_DFL);
  const int input = open("/dev/null", O_RDONLY),
            output = open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (input < 0 || output < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
    _exit(3);
  execv(words[0], words);
  dprintf(2, "error: cannot start '%s'\n", words[0]);
  _exit(3);
}

static pid_t start(const ChildCommand &command) {
  std::vector<char *> words; // made before the fork: after it, memory must not be asked for
  for (const std::string &word : command.words)
    words.push_back(const_cast<char *>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0)
    become(command, words.data());
  return child;
}

int ChildProcesses::run(const std::vector<ChildCommand> &commands, size_t together) {
  std::map<pid_t, size_t> running;
  size_t next = 0;
  int told = 0;
  auto reap = [&](int options) {
    int status;
    while (true) {
      const pid_t child = waitpid(-1, &status, options);
      if (child < 0 && errno == EINTR)
        return;
      auto found = running.find(child);
      if (child <= 0)
        return;
      if (found == running.end())
        continue;
      const size_t number = found->second;
      running.erase(found);
      onEnd(number, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
  };
  while (!running.empty() || (next < commands.size() && !signalCount)) {
    while (running.size() < together && next < commands.size() && !signalCount) {
      const pid_t child = start(commands[next]);
      if (child < 0) {
        onEnd(next++, 3);
        continue;
      }
      running[child] = next++;
    }
    if (signalCount != told) {
      told = signalCount;
      for (const auto &[child, number] : running)
        kill(child, told > 1 ? SIGKILL : SIGTERM);
    }
    reap(WNOHANG);
    std::vector<size_t> numbers;
    for (const auto &[child, number] : running)
      numbers.push_back(number);
    onTick(numbers);
    const timespec pause{0, 20'000'000};
    if (!running.empty())
      nanosleep(&pause, nullptr);
  }
  return signalCount ? 128 + lastSignal : 0;
}

} // namespace nncc::tool
