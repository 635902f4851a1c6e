// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The options of the run-time commands: one parser and one help text for `nncc -jit` and for compiled executables.
#ifndef NNCC_RUNTIME_TRAIN_OPTIONS_H
#define NNCC_RUNTIME_TRAIN_OPTIONS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nncc::runtime {

enum class Action { Train, Evaluate, Predict, Gradients, Gradcheck, Benchmark };

/// The action of that name ("train"), nothing for another name.
std::optional<Action> parseAction(const std::string &name);
const char *actionName(Action action);
/// For an unknown action: "unknown action 'trian'; did you mean 'train'?"
std::string unknownAction(const std::string &name);

/// What the user gave; empty or absent: not given.
struct RunOptions {
  std::vector<std::string> commandLine; ///< as the program was called, for the report
  std::string data, validationData;
  std::optional<double> validationSplit;
  std::optional<int64_t> epochs;
  std::optional<int64_t> batchSize; ///< 0: `full`
  std::optional<double> learningRate;
  std::optional<uint64_t> seed;
  std::string weights, save, checkpoint, resume, history, report, json;
  std::string input, outputGradient, output;
  std::string explain;    ///< picture of what a prediction comes from
  std::string cache;      ///< folder for decoded pictures
  int64_t dataMemory = 0; ///< bytes that samples may take in memory; 0: half of what is left
  int64_t threads = 0; ///< 0: all cores
  std::optional<int> verbose;
  bool track = false;
  std::string trackFile; ///< "": the table alone
  int64_t checkpointSteps = 0; ///< a checkpoint also after so many steps; 0: after epochs alone
  bool training = false, resize = false;
};

enum class OptionResult {
  NotMine, ///< no option of this parser: index is where it was
  Taken,   ///< index is past the option and its value
  Wrong,   ///< wrong usage (exit 2): `error` says what
};

/// Takes the option at arguments[index], if it is one of these, in any of the forms `--x v`, `--x=v`. For programs that have
/// options of their own beside these.
OptionResult parseRunOption(const std::vector<std::string> &arguments, size_t &index, RunOptions &options, std::string &error);

/// Takes all of `arguments`; what is no option goes to `positional` (an error where that is nullptr). False: wrong usage.
bool parseRunOptions(const std::vector<std::string> &arguments, RunOptions &options, std::vector<std::string> *positional,
                     std::string &error);

/// The members that name what a run writes, files and folders: all of them, for whoever must not let it write elsewhere.
std::vector<std::string *> writtenFiles(RunOptions &options);

/// "unknown option '--epoch'; did you mean '--epochs'?"
std::string unknownOption(const std::string &argument);
/// The names of all options, ending in nullptr: for nearest().
const char *const *runOptionNames();
/// The help on the options, one per line, each line indented by two.
const char *runOptionsHelp();
/// The help on the actions, likewise.
std::string actionsHelp();

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_TRAIN_OPTIONS_H
