// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_COMMANDS_H
#define NNCC_TOOLS_NNCC_COMMANDS_H

#include "Arguments.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace nncc::tool {

/// -jit with all actions but gradcheck: compiles the entries that the action needs and hands them to the runtime.
int runAction(pipeline::Compiler &compiler, const Arguments &arguments);

/// -jit gradcheck.
int runGradientCheck(pipeline::Compiler &compiler, const Arguments &arguments);

/// Reads --embed-weights, checks it against the loaded model and hands it to the compiler. Messages go to standard error.
pipeline::ExitStatus embedWeights(pipeline::Compiler &compiler, const Arguments &arguments);

/// A command of its own: `nncc fmt`. Dispatch, help, manual and completion all read this table.
struct Command {
  llvm::StringLiteral name;                           ///< "fmt"
  llvm::StringLiteral arguments;                      ///< "[--check] MODEL.nn..."
  llvm::StringLiteral help;                           ///< what it does, in a line
  int (*run)(const std::vector<std::string> &words);  ///< those behind its name; returns the exit status
  llvm::StringRef (*usage)();                         ///< the text of its --help
  bool (*takesRunOption)(llvm::StringRef name);       ///< options of a run that it takes too, beyond what `usage` lists
};
llvm::ArrayRef<Command> commands();

int runFormat(const std::vector<std::string> &arguments);
llvm::StringRef formatUsage();

int runSweep(const std::vector<std::string> &words);

int runInspect(const std::vector<std::string> &words);
llvm::StringRef inspectUsage();

int runData(const std::vector<std::string> &words);
llvm::StringRef dataUsage();

/// The text of a source file, or of standard input for "-"; false after a message.
bool readSource(const std::string &path, std::string &text);

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_COMMANDS_H
