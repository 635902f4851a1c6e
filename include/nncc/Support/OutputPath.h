// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_SUPPORT_OUTPUTPATH_H
#define NNCC_SUPPORT_OUTPUTPATH_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace nncc {

/// What is to be replaced where the user names `path`: the file that a symbolic link leads to, so that the link stays. A path
/// that leads nowhere is itself. The runtime's AtomicFile does the same.
std::string behindLink(llvm::StringRef path);

} // namespace nncc

#endif // NNCC_SUPPORT_OUTPUTPATH_H
