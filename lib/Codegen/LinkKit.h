// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_CODEGEN_LINKKIT_H
#define NNCC_LIB_CODEGEN_LINKKIT_H

#include "RunLld.h"

namespace nncc::codegen {

/// The folder with what is linked into programs for one target: the runtime's archives, startup objects and static libraries of
/// the system that nncc was built on. lib/Codegen/LinkKit/CMakeLists.txt fills it.
class LinkKit {
public:
  /// `lib/nncc/<target>` in one of the folders above the compiler.
  static llvm::Expected<LinkKit> find(const Target &target, llvm::StringRef compilerPath);

  /// Path of a file of the kit.
  llvm::Expected<std::string> file(llvm::StringRef name) const;
  /// Puts these files of the kit on a command line, in this order.
  llvm::Error addFiles(LldCommand &command, llvm::ArrayRef<llvm::StringLiteral> names) const;
  /// Path of a shared library of the C library.
  llvm::Expected<std::string> systemLibrary(llvm::StringRef name) const;
  /// What goes for every file that the dynamic loader loads: libm, libc, a small and stripped file, read-only tables.
  llvm::Error addLoading(LldCommand &command) const;

private:
  LinkKit(std::string folder, std::string targetName, bool host)
      : folder(std::move(folder)), targetName(std::move(targetName)), host(host) {}

  std::string folder, targetName;
  bool host;
};

/// As multiarch paths spell it: "x86_64-linux-gnu".
std::string kitName(const Target &target);

} // namespace nncc::codegen

#endif // NNCC_LIB_CODEGEN_LINKKIT_H
