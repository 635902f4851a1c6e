// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What may be typed, read back from the tables and texts behind --help: so the manual and completion cannot say anything else.

#ifndef NNCC_TOOLS_NNCC_USAGE_H
#define NNCC_TOOLS_NNCC_USAGE_H

#include "Commands.h"

namespace nncc::tool {

/// A word and what it stands for: ("train", "train; --save FILE keeps the weights").
struct WordUsage {
  std::string name, help;
};

struct OptionUsage {
  enum class Form {
    Flag,          ///< --resize
    Joined,        ///< -emit=KIND
    Separate,      ///< --data SRC; long ones also --data=SRC
    OptionalValue, ///< --track or --track=FILE.csv
    Glued          ///< -O3
  };
  std::vector<std::string> names; ///< all spellings, without '='; the first is the one to show
  Form form = Form::Flag;
  std::string value; ///< the metavariable: "KIND", "FILE.csv", or words between bars
  std::string help;

  /// As help shows it: "-emit=KIND".
  std::string display() const;
};

/// What an option's value, or an argument, may be.
struct Choices {
  enum class Kind { Anything, Words, Files, Folders, Sources };
  Kind kind = Kind::Anything;
  std::vector<WordUsage> words; ///< of Words: all; of Sources: how one begins
};

/// A command with all that it takes; the compiler itself, without a name, is the first.
struct CommandUsage {
  std::string name, arguments, help;
  std::string description;          ///< paragraphs
  std::vector<OptionUsage> options; ///< its own
  std::vector<OptionUsage> others;  ///< those of a run and of the compiler that it takes too
  Choices positional;               ///< Files: models, where `takesModels`
  bool takesModels = false;

  std::vector<OptionUsage> allOptions() const;
};

std::vector<OptionUsage> compilerOptions();
/// For -jit and for compiled executables.
std::vector<OptionUsage> runOptions();
/// Those of -jit, one per line, as --help prints them.
std::string actionsText();
std::vector<WordUsage> actions();
std::vector<CommandUsage> commandUsages();

Choices choicesOf(const OptionUsage &option);

/// The page nncc(1), in the man macros of troff.
void printManual(llvm::raw_ostream &out);

/// What makes `shell` ("bash", "zsh", "fish") complete nncc's command line.
void printCompletion(llvm::StringRef shell, llvm::raw_ostream &out);
void printBashCompletion(llvm::raw_ostream &out);
void printZshCompletion(llvm::raw_ostream &out);
void printFishCompletion(llvm::raw_ostream &out);

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_USAGE_H
