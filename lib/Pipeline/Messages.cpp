// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Internal.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace nncc::pipeline {

static ExitStatus report(const llvm::Twine &message, ExitStatus status) {
  llvm::errs() << "nncc: error: " << message << "\n";
  return status;
}

void printWarning(Diagnostic &warning) {
  if (auto place = warning.getLocation()->findInstanceOf<FileLineColLoc>())
    llvm::errs() << place.getFilename().getValue() << ":" << place.getLine() << ":" << place.getColumn() << ": ";
  llvm::errs() << "warning: " << warning.str() << "\n";
}

ExitStatus usageError(const llvm::Twine &message) { return report(message, ExitStatus::WrongUsage); }

ExitStatus failure(const llvm::Twine &message) { return report(message, ExitStatus::Failed); }

ExitStatus internalError(const llvm::Twine &message, MLIRContext &context, ModuleOp module, StringRef pipeline) {
  llvm::errs() << "nncc: internal error: " << message << "\nThis is a bug of nncc.";
  llvm::SmallString<128> path;
  int file;
  if (module && !llvm::sys::fs::createTemporaryFile("nncc-reproducer", "mlir", file, path)) {
    llvm::raw_fd_ostream out(file, /*shouldClose=*/true);
    if (!pipeline.empty())
      out << "// nncc-opt --pass-pipeline='" << pipeline << "' " << path << "\n";
    module->print(out, OpPrintingFlags().enableDebugInfo());
    llvm::errs() << " Please report it with the reproducer " << path << ".";
  }
  llvm::errs() << "\n";
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
  llvm::Error error = llvm::writeToOutput(path, [&](llvm::raw_ostream &out) {
    out << contents;
    return llvm::Error::success();
  });
  if (error)
    return failure("cannot write " + llvm::toString(std::move(error))); // which names the file
  return ExitStatus::Success;
}

} // namespace nncc::pipeline
