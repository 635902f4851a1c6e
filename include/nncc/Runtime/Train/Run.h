// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The run-time commands: what `nncc -jit ACTION` and a compiled executable do.
#ifndef NNCC_RUNTIME_TRAIN_RUN_H
#define NNCC_RUNTIME_TRAIN_RUN_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Train/Options.h"

namespace nncc::runtime {

/// What a command will do with a program.
struct CompileRequest {
  int64_t batch = 0;     ///< samples of a training step; 0: the command does not train
  bool validates = true; ///< train: there is data to validate on or a report to fill, so that @evaluate is needed, too
};

/// Turns the facts of a model into a program with entries. Called once, after options, data, weights and output files have been
/// checked against the facts. nullptr: failed and reported; then `status` is the exit status.
using CompileFunction = const nncc_program *(*)(void *context, const CompileRequest &request, int &status);

/// Runs an action and returns the exit status. Results go to standard output, progress and errors ("error: ...") to standard
/// error; nothing is thrown, and the process does not exit. SIGINT and SIGTERM are handled and SIGPIPE is ignored while it runs.
/// `facts` needs no entries if `compile` is given; without it `facts` must be the whole program.
int runCommand(const nncc_program &facts, Action action, const RunOptions &options, CompileFunction compile = nullptr,
               void *context = nullptr);

} // namespace nncc::runtime

extern "C" {

/// A command of a compiled executable. What its main() does not list is not linked.
struct nncc_command;
extern const nncc_command nncc_command_train, nncc_command_evaluate, nncc_command_predict, nncc_command_gradients,
    nncc_command_benchmark;

/// What main() of a compiled executable calls: the commands in the list, which ends in nullptr, and summary, info and help. The program
/// that runs is the one for this CPU (nncc_select_program).
int nncc_runtime_main(int argc, char **argv, const nncc_programs *programs, const nncc_command *const *commands);

} // extern "C"

#endif // NNCC_RUNTIME_TRAIN_RUN_H
