// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_PIPELINE_OUTPUTFILES_H
#define NNCC_LIB_PIPELINE_OUTPUTFILES_H

#include "nncc/Pipeline/ExitStatus.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"

#include <string>
#include <vector>

namespace nncc::pipeline {

/// Files that appear together or not at all: each is written beside its place first, and when all are there they are renamed. What
/// stood in their places is as before if anything fails.
class OutputFiles {
public:
  OutputFiles() = default;
  OutputFiles(const OutputFiles &) = delete;
  ~OutputFiles();

  /// Makes the folder if there is none; it is gone again if the files do not appear. Prints what is wrong.
  ExitStatus makeFolder(llvm::StringRef path);
  /// Writes what `path` is going to hold.
  ExitStatus add(llvm::StringRef path, llvm::StringRef contents, bool executable = false);
  /// Puts all in their places.
  ExitStatus commit();

private:
  struct File {
    std::string path;
    llvm::sys::fs::TempFile temporary;
  };
  /// Standard output ("-") and what is no regular file, as /dev/null: is written to and not replaced.
  struct Stream {
    std::string path;
    std::string contents;
  };
  std::vector<File> files;
  std::vector<Stream> streams;
  std::string folder; ///< that was made and has not been filled yet
};

} // namespace nncc::pipeline

#endif // NNCC_LIB_PIPELINE_OUTPUTFILES_H
