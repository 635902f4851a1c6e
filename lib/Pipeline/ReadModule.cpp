// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Internal.h"
#include "nncc/Support/PrintableText.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace nncc::pipeline {

OwningOpRef<ModuleOp> readModule(MLIRContext &context, StringRef text, StringRef fileName) {
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, fileName), llvm::SMLoc());
  std::string messages; // which quote the text
  llvm::raw_string_ostream out(messages);
  OwningOpRef<ModuleOp> module;
  {
    SourceMgrDiagnosticHandler handler(sources, &context, out);
    module = parseSourceFile<ModuleOp>(sources, &context);
    if (module && failed(checkModule(*module)))
      module = nullptr;
  }
  llvm::errs() << printableLines(messages);
  return module;
}

} // namespace nncc::pipeline
