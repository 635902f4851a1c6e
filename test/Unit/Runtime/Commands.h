// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole commands on a program made by hand, each in a process of its own.
#ifndef NNCC_TEST_UNIT_RUNTIME_COMMANDS_H
#define NNCC_TEST_UNIT_RUNTIME_COMMANDS_H

#include "FakeProgram.h"
#include "Files.h"
#include "nncc/Runtime/Train/Run.h"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <sys/wait.h>
#include <thread>

namespace nncc::test {

class Commands : public FileTest {
protected:
  struct Result {
    int status; ///< of exit, or 1000 + the signal
    std::string out, err;
  };

  /// Runs the executable's main with these arguments in a child process. `signal` is sent once it shows progress,
  /// unless it is 0.
  Result run(std::vector<std::string> arguments, int signal = 0, const char *output = nullptr) {
    pid_t child = start(std::move(arguments), output);
    if (signal) {
      for (int i = 0; i < 2000 && read(".err").empty(); ++i) // the first line of progress
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      kill(child, signal);
    }
    return wait(child, output);
  }

  /// Starts it, to be waited for.
  pid_t start(std::vector<std::string> arguments, const char *output = nullptr) {
    fflush(stdout);
    fflush(stderr);
    pid_t child = fork();
    if (child != 0)
      return child;
    std::string out = output ? output : path(".out"), err = path(".err");
    int o = open(out.c_str(), O_WRONLY | O_CREAT | (output ? 0 : O_TRUNC), 0600),
        e = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(o, 1);
    dup2(e, 2);
    if (prepare)
      prepare();
    arguments.insert(arguments.begin(), "/bin/linear");
    std::vector<char *> argv;
    for (std::string &argument : arguments)
      argv.push_back(argument.data());
    const nncc_program *list[] = {&program};
    const nncc_programs programs{1, list};
    const nncc_command *commands[] = {&nncc_command_train,     &nncc_command_evaluate,  &nncc_command_predict,
                                      &nncc_command_gradients, &nncc_command_benchmark, nullptr};
    int status = nncc_runtime_main(static_cast<int>(argv.size()), argv.data(), &programs, commands);
    fflush(stdout);
    _exit(status);
  }

  Result wait(pid_t child, const char *output = nullptr) {
    int status;
    waitpid(child, &status, 0);
    Result result{WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status), output ? "" : read(".out"),
                  read(".err")};
    unlink(path(".out").c_str());
    unlink(path(".err").c_str());
    return result;
  }

  /// 40 samples of three clusters, as an npz.
  std::string clusters(int64_t count = 40) {
    std::vector<float> x, y;
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t k = 0; k < features; ++k)
        x.push_back((k == i % 3 ? 2.0f : 0.0f) + 0.1f * static_cast<float>((i * 7 + k * 3) % 5));
      y.push_back(static_cast<float>(i % 3));
    }
    std::string n = std::to_string(count);
    return "npz:" +
           write("data.npz",
                 zipOf({{"x.npy", npyFloats("(" + n + ", 4)", x)}, {"y.npy", npyFloats("(" + n + ",)", y)}}, true));
  }

  nncc_program program = linearProgram();
  std::function<void()> prepare; ///< what the child does first
};

} // namespace nncc::test
#endif // NNCC_TEST_UNIT_RUNTIME_COMMANDS_H
