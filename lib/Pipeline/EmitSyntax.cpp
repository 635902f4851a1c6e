// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Pipeline/Compiler.h"

#include "Internal.h"
#include "nncc/Frontend/Dump.h"
#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"

#include "llvm/Support/raw_ostream.h"

namespace nncc::pipeline {

ExitStatus emitSyntax(llvm::StringRef kind, llvm::StringRef text, llvm::StringRef fileName, llvm::StringRef path) {
  auto file = std::make_shared<SourceFile>(fileName, text);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  std::string result;
  llvm::raw_string_ostream out(result);
  frontend::Tokens tokens = frontend::lex(*file, diagnostics);
  if (kind == "tokens")
    frontend::dumpTokens(*file, tokens, out);
  else
    frontend::dumpAST(*file, frontend::parse(*file, tokens, diagnostics), out);
  diagnostics.print(llvm::errs());
  if (diagnostics.hasErrors())
    return static_cast<ExitStatus>(diagnostics.exitStatus());
  return writeOutput(path, result);
}

} // namespace nncc::pipeline
