// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nncc fmt: a text without syntax errors keeps its tree and its comments, and the layout is its own.
#include "FrontEnd.h"

#include "nncc/Frontend/Formatter.h"

using namespace nncc;
using namespace nncc::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  const Parsed before(text);
  Diagnostics diagnostics;
  const std::optional<std::string> once = frontend::format(before.file, diagnostics);
  expect(once.has_value() != before.diagnostics.hasErrors(), "a text with errors is formatted, or one without is not");
  if (!once)
    return 0;
  const Parsed after(*once);
  expect(!after.diagnostics.hasErrors(), "the formatted text has errors");
  expect(after.dump() == before.dump(), "the formatted text means something else");
  expect(after.comments == before.comments, "a comment is lost or made");
  const std::optional<std::string> twice = frontend::format(after.file, diagnostics);
  expect(twice && *twice == *once, "formatting again changes the text");
  return 0;
}
