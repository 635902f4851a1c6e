// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MLIR's optimizer driver with nncc's dialects and passes, for tests and for looking at one pass at a time.

#include "nncc/Pipeline/Registration.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  nncc::pipeline::registerDialects(registry);
  nncc::pipeline::registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "nncc's optimizer driver\n", registry));
}
