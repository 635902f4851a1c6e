// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_EDITTRAIN_H
#define NNCC_FRONTEND_EDITTRAIN_H

#include "llvm/ADT/StringRef.h"

#include <string>

/// Changes to the train section of a source, as a person would make them. A text that cannot be parsed or has no train section
/// comes back as it is: what is wrong with it is told when it is compiled.
namespace nncc::frontend {

/// `key` gets `value`; where it is not there, it becomes the first setting.
std::string withSetting(llvm::StringRef text, llvm::StringRef key, llvm::StringRef value);

/// `call` joins the callbacks, unless one of its name is there.
std::string withCallback(llvm::StringRef text, llvm::StringRef call);

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_EDITTRAIN_H
