// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_COMMANDS_H
#define NNCC_TOOLS_NNCC_COMMANDS_H

#include "Arguments.h"

namespace nncc::tool {

/// -jit with all actions but gradcheck: compiles the entries that the action needs and hands them to the runtime.
int runAction(pipeline::Compiler &compiler, const Arguments &arguments);

/// -jit gradcheck.
int runGradientCheck(pipeline::Compiler &compiler, const Arguments &arguments);

/// nncc fmt [--check] MODEL.nn...
int runFormat(const std::vector<std::string> &arguments);

/// nncc sweep MODEL.nn -o DIR ...
int runSweep(const std::vector<std::string> &words);

/// nncc data SRC [MODEL.nn] ...
int runData(const std::vector<std::string> &words);

/// The text of a source file, or of standard input for "-"; false after a message.
bool readSource(const std::string &path, std::string &text);

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_COMMANDS_H
