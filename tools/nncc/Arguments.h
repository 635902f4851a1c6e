// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_ARGUMENTS_H
#define NNCC_TOOLS_NNCC_ARGUMENTS_H

#include "nncc/Pipeline/Compiler.h"
#include "nncc/Runtime/Train/Options.h"

namespace llvm::opt {
class OptTable;
}

#include <optional>
#include <string>
#include <vector>

namespace nncc::tool {

/// The command line of `nncc`, checked.
struct Arguments {
  std::string model; ///< path, "-" for standard input, "" for the built-in example
  std::string emit;  ///< a stage's name, or "" with an action
  std::optional<runtime::Action> action;
  pipeline::CompilerOptions compiler;
  runtime::RunOptions run;
  std::string embedWeights; ///< weights file, or ""
  nncc_storage storage = NNCC_STORAGE_F32; ///< of what is embedded
  std::vector<std::string> mlirOptions; ///< --mlir-...
  bool help = false, version = false, manual = false;
  std::string completion; ///< a shell
};

/// False after a message on standard error: wrong usage.
bool parseArguments(const std::vector<std::string> &arguments, Arguments &result);

/// The table behind Options.td.
const llvm::opt::OptTable &optionTable();

/// The text of --help.
void printHelp();

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_ARGUMENTS_H
