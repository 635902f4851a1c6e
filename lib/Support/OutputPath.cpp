// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Support/OutputPath.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

std::string nncc::behindLink(llvm::StringRef path) {
  llvm::SmallString<256> real;
  if (!llvm::sys::fs::is_symlink_file(path) || llvm::sys::fs::real_path(path, real))
    return path.str();
  return real.str().str();
}
