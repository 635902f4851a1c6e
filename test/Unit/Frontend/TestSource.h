// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_FRONTEND_TESTSOURCE_H
#define NNCC_TEST_UNIT_FRONTEND_TESTSOURCE_H

#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"
#include "nncc/Frontend/Sema.h"

#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>

namespace nncc::frontend {

/// A source text through lexer, parser and analysis.
struct TestSource {
  explicit TestSource(llvm::StringRef text, std::vector<std::string> defines = {})
      : file(std::make_shared<SourceFile>("m.nn", text)) {
    diagnostics.setSource(file);
    tokens = lex(*file, diagnostics);
    tree = parse(*file, tokens, diagnostics);
    model = analyze(*file, tree, FrontendOptions{std::move(defines)}, diagnostics);
  }

  std::string messages() const {
    std::string text;
    llvm::raw_string_ostream stream(text);
    diagnostics.print(stream);
    return text;
  }

  std::shared_ptr<const SourceFile> file;
  Diagnostics diagnostics;
  Tokens tokens;
  ast::File tree;
  std::optional<Model> model;
};

/// All messages about a text, as nncc prints them.
inline std::string messagesOf(llvm::StringRef text, std::vector<std::string> defines = {}) {
  return TestSource(text, std::move(defines)).messages();
}

/// "line:column: text" of every error and warning, one a line, without notes.
inline std::string headsOf(llvm::StringRef text, std::vector<std::string> defines = {}) {
  TestSource source(text, std::move(defines));
  std::string result;
  for (const std::string &usage : source.diagnostics.usage())
    result += "usage: " + usage + "\n";
  for (const Diagnostic &diagnostic : source.diagnostics.sorted()) {
    const LineColumn at = source.file->position(diagnostic.where.begin);
    result += std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
              (diagnostic.severity == Severity::Warning ? "warning: " : "") + diagnostic.text + "\n";
  }
  return result;
}

/// A model on 8x8 images with three channels whose body is given.
inline std::string modelOf(llvm::StringRef body) { return ("model M(x: f32[8x8x3]) {\n" + body + "\n}\n").str(); }

} // namespace nncc::frontend

#endif // NNCC_TEST_UNIT_FRONTEND_TESTSOURCE_H
