// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Output files of the commands: all of them are written before the first is put in place, so that a command that fails
// leaves none and changes none.
#ifndef NNCC_RUNTIME_DATA_OUTPUTFILE_H
#define NNCC_RUNTIME_DATA_OUTPUTFILE_H

#include "nncc/Runtime/Core/AtomicFile.h"
#include "nncc/Runtime/Data/Failure.h"

#include <memory>
#include <string>
#include <vector>

namespace nncc::runtime {

/// One file: removed again unless it is committed. All functions throw Error(exitResource) where the system refuses.
class OutputFile final : Unfinished {
public:
  explicit OutputFile(const std::string &path);
  ~OutputFile() { abandon(); }
  nncc_file *get() { return file; }
  void write(const void *bytes, size_t count);
  void write(const std::string &text) { write(text.data(), text.size()); }
  void finish();
  void commit();
  /// Throws if a file could not be created there. "" is fine.
  static void checkPath(const std::string &path);

private:
  void abandon() override;
  nncc_file *file = nullptr;
};

/// Several that appear together.
class OutputFiles {
public:
  /// A new file, to be written by the caller.
  OutputFile &add(const std::string &path);
  void add(const std::string &path, const std::string &text) { add(path).write(text); }
  /// Finishes all, then puts all in place.
  void commit();

private:
  std::vector<std::unique_ptr<OutputFile>> files;
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_OUTPUTFILE_H
