// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_SUPPORT_SNAKECASE_H
#define NNCC_SUPPORT_SNAKECASE_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace nncc {

/// Keras' snake case of a name: "conv2d" of "Conv2D", "re_lu" of "ReLU". Source: keras/utils/generic_utils.py, to_snake_case.
std::string snakeCase(llvm::StringRef name);

} // namespace nncc

#endif // NNCC_SUPPORT_SNAKECASE_H
