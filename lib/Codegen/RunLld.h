// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_CODEGEN_RUNLLD_H
#define NNCC_LIB_CODEGEN_RUNLLD_H

#include "nncc/Codegen/Link.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"

namespace nncc::codegen {

/// A command line of lld that reads from memory and writes to memory.
class LldCommand {
public:
  enum Format { ELF, WebAssembly };

  explicit LldCommand(Format format = ELF);
  LldCommand(const LldCommand &) = delete;
  ~LldCommand();

  /// An argument as it is: an option, or the path of an input.
  void add(const llvm::Twine &argument) { arguments.push_back(argument.str()); }
  /// An argument that names a file with these contents, behind `option`. Messages call it `name`.
  llvm::Error addContents(llvm::StringRef option, llvm::StringRef contents, llvm::StringRef name);
  llvm::Error addObjects(llvm::ArrayRef<llvm::MemoryBufferRef> objects);

  /// Runs lld, once. `what` is what is linked, for the error: "the executable".
  llvm::Expected<LinkedFile> run(llvm::StringRef what);

private:
  struct MemoryFile {
    int descriptor;
    std::string path, name;
  };
  void closeFiles();
  /// What lld said, with names in the place of the paths of files in memory, without its own name and without repetition.
  std::string readable(llvm::StringRef messages) const;

  std::vector<std::string> arguments;
  std::vector<MemoryFile> files;
};

} // namespace nncc::codegen

#endif // NNCC_LIB_CODEGEN_RUNLLD_H
