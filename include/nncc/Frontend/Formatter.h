// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_FORMATTER_H
#define NNCC_FRONTEND_FORMATTER_H

#include "nncc/Support/Diagnostics.h"

#include <optional>
#include <string>

namespace nncc::frontend {

/// The canonical layout of a source text (`nncc fmt`): two spaces of indentation, one blank line between declarations,
/// aligned `->` under the first, aligned `=` in the train section, at most 100 columns where a line can be broken. Line
/// breaks between stages, single blank lines between statements and all comments are kept. The result has the same AST and
/// is its own canonical layout. None where the text has syntax errors, which go to `diagnostics`.
std::optional<std::string> format(std::shared_ptr<const SourceFile> file, Diagnostics &diagnostics);

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_FORMATTER_H
