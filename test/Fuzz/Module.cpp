// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module of the nn dialect as text: it is refused, or goes through summary and gradients without an error of the compiler's.
#include "Fuzz.h"

#include "nncc/Pipeline/Compiler.h"

#include "mlir/Pass/PassManager.h"

using namespace nncc::fuzz;
using namespace nncc::pipeline;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  [[maybe_unused]] static const bool isReady = (mlir::registerPassManagerCLOptions(), true); // which the compiler looks at
  static const Folder folder;
  ExitStatus status;
  {
    Silence silence;
    Compiler compiler({});
    status = compiler.load({reinterpret_cast<const char *>(data), size}, "m.mlir");
    for (const char *stage : {"summary", "svg", "nn", "grad"})
      if (status == ExitStatus::Success)
        status = compiler.emit(stage, folder.path("out"));
  }
  expect(status == ExitStatus::Success || status == ExitStatus::BadInput, "another end than good or refused");
  return 0;
}
