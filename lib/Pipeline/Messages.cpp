// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Internal.h"
#include "nncc/Pipeline/Reproducer.h"
#include "nncc/Support/OutputPath.h"
#include "nncc/Support/PrintableText.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace nncc::pipeline {

static ExitStatus report(const llvm::Twine &message, ExitStatus status) {
  llvm::errs() << "nncc: error: " << printableLines(message.str()) << "\n";
  return status;
}

void printWarning(Diagnostic &warning) {
  if (auto place = warning.getLocation()->findInstanceOf<FileLineColLoc>())
    llvm::errs() << printable(place.getFilename().getValue()) << ":" << place.getLine() << ":" << place.getColumn() << ": ";
  llvm::errs() << "warning: " << printable(warning.str()) << "\n";
}

ExitStatus usageError(const llvm::Twine &message) { return report(message, ExitStatus::WrongUsage); }

ExitStatus failure(const llvm::Twine &message) { return report(message, ExitStatus::Failed); }

ExitStatus internalError(const llvm::Twine &message, MLIRContext &context, ModuleOp module, StringRef pipeline) {
  std::string text;
  if (module) {
    llvm::raw_string_ostream out(text);
    module->print(out, OpPrintingFlags().enableDebugInfo());
  }
  reportBug(message.str(), pipeline, text);
  return ExitStatus::Internal;
}

ExitStatus writeOutput(StringRef path, StringRef contents) {
  if (path.empty()) {
    llvm::outs() << contents;
    llvm::outs().flush();
    if (!llvm::outs().has_error())
      return ExitStatus::Success;
    std::error_code code = llvm::outs().error();
    llvm::outs().clear_error();
    return failure("cannot write to standard output: " + code.message());
  }
  llvm::Error error = llvm::writeToOutput(behindLink(path), [&](llvm::raw_ostream &out) {
    out << contents;
    return llvm::Error::success();
  });
  if (error)
    return failure("cannot write " + llvm::toString(std::move(error))); // which names the file
  return ExitStatus::Success;
}

} // namespace nncc::pipeline
