// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_REPLAY_H
#define NNCC_TOOLS_NNCC_REPLAY_H

#include "Arguments.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringRef.h"

namespace nncc::tool {

/// nncc --replay FILE: `run` again with what the reproducer holds. Returns its exit status.
int runReplay(const std::vector<std::string> &words, int (*run)(const std::vector<std::string> &words));

/// Whether this run is a repeated one. Then nothing is written but into a folder of its own: whoever made the reproducer is
/// not trusted, and the files of its run are not the user's.
bool isReplay();
/// The text of `path` as the reproducer has it; nothing where it holds another file or this run is no repeated one.
std::optional<llvm::StringRef> replayedInput(const std::string &path);
/// The files that options name for writing are in the folder then; with -emit= the machine is the recorded one.
void confine(Arguments &arguments);
void confine(runtime::RunOptions &options);
/// The files that callbacks write, likewise.
void confineCallbacks(mlir::ModuleOp model);

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_REPLAY_H
