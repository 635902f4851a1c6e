// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A bug of nncc leaves one file with all that repeats it (docs/CommandLine.md, "Internal errors").

#ifndef NNCC_PIPELINE_REPRODUCER_H
#define NNCC_PIPELINE_REPRODUCER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace nncc::pipeline {

/// What a reproducer file holds. A value in it is one line, `key: value`, with a backslash before what a line cannot hold; input
/// and module stand as they are behind a line with their size:
/// ```
/// nncc reproducer, format 1
/// nncc: nncc 0.1.0 (LLVM 22.1.8)
/// machine: x86_64-unknown-linux-gnu znver4 +avx2,-amx-bf16,...
/// argument: model.nn
/// argument: -emit=obj
/// status: 70
/// message: making kernels: ...
/// pipeline: builtin.module(...)
/// input: 57 model.nn
/// ...
/// module: 1234
/// ...
/// stack:
/// ```
/// Data and weights are named by the arguments and not copied.
struct Reproducer {
  struct Input {
    std::string name; ///< as on the command line
    std::string text;
  };

  static constexpr llvm::StringLiteral kFirstLine = "nncc reproducer, format 1\n";

  std::string version;
  std::string machine; ///< triple, CPU, features: what `describeMachine` says
  std::vector<std::string> arguments; ///< behind the program's name
  std::string message, pipeline;      ///< `pipeline`: the passes that failed, for nncc-opt; or empty
  std::optional<Input> input;         ///< nothing where the bug came before a file was read
  std::string module;                 ///< what the passes ran on, or empty

  /// Whoever sent the file may have written anything into it.
  static llvm::Expected<Reproducer> parse(llvm::StringRef text);
};

/// What this process is asked to do, for the reproducer of a bug; and from now on crashes, `abort` and LLVM's fatal errors write
/// one and end with ExitStatus::Internal.
void recordRun(llvm::ArrayRef<std::string> arguments);
/// The file that is worked on now.
void recordInput(llvm::StringRef name, llvm::StringRef text);
/// What the process does now, a literal: "making kernels".
void recordPhase(llvm::StringRef phase);
/// A run that repeats a reproducer writes none.
void recordReplay(llvm::StringRef path);

/// Says on standard error that there is a bug, writes the reproducer and names it.
void reportBug(llvm::StringRef message, llvm::StringRef pipeline, llvm::StringRef module);

/// Triple, CPU and features of this machine.
std::string describeMachine();

} // namespace nncc::pipeline

#endif // NNCC_PIPELINE_REPRODUCER_H
