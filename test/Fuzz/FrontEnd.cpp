// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FrontEnd.h"

#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Frontend/Dump.h"
#include "nncc/Frontend/ImportNN.h"
#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

namespace nncc::fuzz {

Parsed::Parsed(llvm::StringRef text) : file(std::make_shared<SourceFile>("m.nn", text)) {
  diagnostics.setSource(file);
  const frontend::Tokens tokens = frontend::lex(*file, diagnostics);
  comments = tokens.comments.size();
  tree = frontend::parse(*file, tokens, diagnostics);
}

std::string Parsed::dump() const {
  std::string result;
  llvm::raw_string_ostream stream(result);
  frontend::dumpAST(*file, tree, stream, /*positions=*/false);
  return result;
}

void checkMessages(const Diagnostics &diagnostics, size_t length) {
  for (const Diagnostic &message : diagnostics.sorted()) {
    expect(!message.text.empty(), "a message without words");
    expect(message.where.begin <= message.where.end && message.where.end <= length, "a message about a place outside the file");
    for (const Diagnostic::Note &note : message.notes)
      expect(!note.offset || *note.offset <= length, "a note about a place outside the file");
  }
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  diagnostics.print(stream);
  expect(printed.empty() == (diagnostics.sorted().empty() && diagnostics.errorCount() == 0), "messages without a text");
}

namespace {

/// A context is used again, as making one takes longer than most models; not for ever, as it keeps what it once saw.
class Context {
public:
  Context() {
    context.loadDialect<mlir::func::FuncDialect, nn::NNDialect>();
    context.getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) {
      said += diagnostic.str() + "\n";
      return mlir::success();
    });
  }
  mlir::MLIRContext context;
  std::string said;
};

Context &freshContext() {
  static std::unique_ptr<Context> context;
  static unsigned uses = 0;
  if (uses++ % 1000 == 0)
    context = std::make_unique<Context>();
  context->said.clear();
  return *context;
}

std::string print(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

} // namespace

bool checkImport(llvm::StringRef text) {
  Context &context = freshContext();
  Diagnostics diagnostics;
  auto module = frontend::importModule(context.context, text, "m.nn", {}, diagnostics);
  checkMessages(diagnostics, text.size());
  expect(mlir::failed(module) == diagnostics.hasErrors(), "a refusal without an error, or an error without a refusal");
  if (!context.said.empty())
    finding("an error of MLIR's: %s", context.said.c_str());
  if (mlir::failed(module))
    return false;
  expect(mlir::succeeded(mlir::verify(**module)), "an invalid module");
  const std::string printed = print(**module);
  auto again = mlir::parseSourceString<mlir::ModuleOp>(printed, &context.context);
  if (!again)
    finding("a printed module cannot be read: %s", context.said.c_str());
  expect(print(*again) == printed, "a module changes when it is printed and read");
  return true;
}

} // namespace nncc::fuzz
