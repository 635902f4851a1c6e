// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_OPTIONSCOPE_H
#define NNCC_TOOLS_NNCC_OPTIONSCOPE_H

#include "Arguments.h"

#include "llvm/ADT/StringRef.h"

namespace nncc::tool {

/// What is wrong with giving a compiler's option (its name in Options.td: "mcpu=") for what `arguments` ask to do, whose -emit= or
/// -jit is known; "" where it means something there.
std::string misplacedOption(llvm::StringRef option, const Arguments &arguments);

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_OPTIONSCOPE_H
