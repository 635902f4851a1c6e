// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_SWEEPFOLDER_H
#define NNCC_TOOLS_NNCC_SWEEPFOLDER_H

#include "nncc/Runtime/Report/SweepPage.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace nncc::tool {

/// Writes a file that is there whole or not at all.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef text);
/// What a file holds; none where it cannot be read.
std::optional<std::string> readFile(llvm::StringRef path);

/// The folder of one run:
///   model.nn             the source, with the run's optimizer
///   command              how the run is started
///   log                  what it said
///   result               how it ended; there only when it did
///   history.csv, weights.safetensors, report.html
///   checkpoint           while it runs: where it goes on after an interruption
class RunFolder {
public:
  explicit RunFolder(std::string path) : path(std::move(path)) {}

  std::string file(llvm::StringRef name) const { return path + "/" + name.str(); }
  bool isFinished() const { return readFile(file("result")).has_value(); }

  /// Makes the folder ready for a run of this source and command, or finds it so. An error where it holds one of another.
  llvm::Error prepare(llvm::StringRef model, llvm::StringRef command) const;
  /// Keeps how a run ended and takes the checkpoint away. A run whose loss is not finite at its end diverged, too.
  llvm::Error finish(bool diverged, double seconds) const;
  /// Reads what is kept of a finished run into `run`.
  void load(runtime::report::SweepRun &run) const;
  /// "epoch 3/10, loss: 0.41 ...": the last line of the log.
  std::string progress() const;
  std::string lastError() const;

private:
  std::string path;
};

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_SWEEPFOLDER_H
