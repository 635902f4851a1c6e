// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_DUMP_H
#define NNCC_FRONTEND_DUMP_H

#include "nncc/Frontend/AST.h"
#include "nncc/Frontend/Token.h"

#include "llvm/Support/raw_ostream.h"

namespace nncc::frontend {

/// -emit=tokens: one token a line, "line:column kind text".
void dumpTokens(const SourceFile &file, const Tokens &tokens, llvm::raw_ostream &out);

/// -emit=ast: one node a line, indented under its parent, with its line and column. Without layout, comments and
/// redundant parentheses: two texts with the same dump (but for positions) mean the same.
void dumpAST(const SourceFile &file, const ast::File &tree, llvm::raw_ostream &out, bool positions = true);

/// A value as the formatter writes it, on one line.
void printValue(const ast::Value &value, llvm::raw_ostream &out);
/// A stage without the ones behind it; the stages of a `repeat` on the same line.
void printStage(const ast::Stage &stage, llvm::raw_ostream &out);
void printSource(const ast::Source &source, llvm::raw_ostream &out);
void printPipeline(const ast::Pipeline &pipeline, llvm::raw_ostream &out);

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_DUMP_H
