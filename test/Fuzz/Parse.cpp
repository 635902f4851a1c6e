// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lexer and parser: any text gives a tree or located errors, and a text that is one value gives that.
#include "FrontEnd.h"

#include "nncc/Frontend/Dump.h"
#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"

using namespace nncc;
using namespace nncc::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  const Parsed parsed(text);
  checkMessages(parsed.diagnostics, size);
  expect(parsed.tree.broken <= parsed.diagnostics.hasErrors(), "a broken tree without an error");
  parsed.dump();

  Diagnostics diagnostics;
  diagnostics.setSource(parsed.file);
  const frontend::Tokens tokens = frontend::lex(*parsed.file, diagnostics);
  for (const frontend::Token &token : tokens.list)
    expect(token.where.begin <= token.where.end && token.where.end <= size, "a token outside the file");
  llvm::raw_null_ostream nothing;
  frontend::dumpTokens(*parsed.file, tokens, nothing);
  const auto value = frontend::parseValue(*parsed.file, tokens, diagnostics);
  expect(value || diagnostics.hasErrors(), "neither a value nor an error");
  if (value)
    frontend::printValue(*value, nothing);
  checkMessages(diagnostics, size);
  return 0;
}
