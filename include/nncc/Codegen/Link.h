// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From objects in memory to what a user runs or links: lld in this process, fed from the link kit beside the compiler. No
// compiler and no development package is asked of the system, and nothing but the result is written anywhere.

#ifndef NNCC_CODEGEN_LINK_H
#define NNCC_CODEGEN_LINK_H

#include "nncc/Codegen/Program.h"
#include "nncc/Codegen/Target.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>

namespace nncc::codegen {

struct LinkOptions {
  /// Path of the running compiler, from which the link kit is found: `../lib/nncc/<target>`. Empty: of this process.
  std::string compilerPath;
  /// Executables: link what reads PNG and JPEG files.
  bool pictures = false;
};

/// Whether a program may be given picture files: its train section reads images:, or it names no data and an input has the shape of a
/// picture.
bool takesPictures(const Program &program);

/// The bytes of a linked file.
using LinkedFile = std::unique_ptr<llvm::MemoryBuffer>;

/// Checks that all that a link needs is there, so that a missing file is told before anything is compiled.
llvm::Error checkLinkExecutable(const Target &target, const LinkOptions &options);
llvm::Error checkLinkLibrary(const Target &target, const LinkOptions &options, bool shared);
llvm::Error checkLinkRelocatable(const Target &target);

/// A stripped, position-independent executable: the objects (position-independent ELF; one defines `main`) and what they use of
/// the runtime. It needs nothing of the system but libc and libm. The same objects give the same bytes.
llvm::Expected<LinkedFile> linkExecutable(llvm::ArrayRef<llvm::MemoryBufferRef> objects, const Target &target,
                                          const LinkOptions &options);

/// A static library of one object: the given ones and what they use of the runtime's core. Its global symbols are `exports`
/// alone, so that the libraries of several models link into one program; it asks for nothing but libc, libm and libpthread.
/// Functions stay in sections of their own, for the --gc-sections of whoever links it.
llvm::Expected<LinkedFile> linkArchive(llvm::ArrayRef<llvm::MemoryBufferRef> objects, llvm::ArrayRef<std::string> exports,
                                       const Target &target, const LinkOptions &options);

/// The same as a shared library, stripped, which shows `exports` and needs libc and libm. `soname` may be empty.
llvm::Expected<LinkedFile> linkShared(llvm::ArrayRef<llvm::MemoryBufferRef> objects, llvm::ArrayRef<std::string> exports,
                                      llvm::StringRef soname, const Target &target, const LinkOptions &options);

/// Several objects as one relocatable object with the global symbols `exports`, without the runtime. For WebAssembly hidden symbols
/// stay global.
llvm::Expected<LinkedFile> linkRelocatable(llvm::ArrayRef<llvm::MemoryBufferRef> objects,
                                           llvm::ArrayRef<std::string> exports, const Target &target);

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_LINK_H
