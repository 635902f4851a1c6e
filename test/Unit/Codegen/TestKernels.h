// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_CODEGEN_TESTKERNELS_H
#define NNCC_TEST_UNIT_CODEGEN_TESTKERNELS_H

#include "nncc/Codegen/LowerToLLVM.h"
#include "nncc/Codegen/Program.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Error.h"
#include "gtest/gtest.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace nncc::codegen {

/// The arguments of the kernel signature, as MLIR text.
inline const std::string kSignature =
    "(%arena: memref<1xi8>, %parameters: memref<1xf32>, %gradients: memref<1xf32>, %state: memref<1xf32>, "
    "%batch: index, %begin: index, %end: index, %worker: index)";

/// A module from MLIR text, with the context that it lives in.
struct TestModule {
  explicit TestModule(const std::string &text) {
    mlir::DialectRegistry registry;
    registerCodegenDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module);
  }
  mlir::ModuleOp operator*() { return *module; }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// One unit is 16 floats: c = a + b for three vectors in the arena that start at bytes 64, 1088 and 2112 (256 floats each).
inline std::string addKernel(const std::string &name) {
  return "func.func @" + name + kSignature + R"mlir( {
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %oa = arith.constant 64 : index
    %ob = arith.constant 1088 : index
    %oc = arith.constant 2112 : index
    %bytes = memref.reinterpret_cast %arena to offset: [0], sizes: [3136], strides: [1] : memref<1xi8> to memref<3136xi8>
    %a = memref.view %bytes[%oa][] : memref<3136xi8> to memref<256xf32>
    %b = memref.view %bytes[%ob][] : memref<3136xi8> to memref<256xf32>
    %c = memref.view %bytes[%oc][] : memref<3136xi8> to memref<256xf32>
    scf.for %unit = %begin to %end step %c1 {
      %i = arith.muli %unit, %c16 : index
      %x = vector.load %a[%i] : memref<256xf32>, vector<16xf32>
      %y = vector.load %b[%i] : memref<256xf32>, vector<16xf32>
      %z = arith.addf %x, %y : vector<16xf32>
      vector.store %z, %c[%i] : memref<256xf32>, vector<16xf32>
    }
    return
  }
)mlir";
}

/// A predict entry of one step per kernel.
inline Program programOf(const std::vector<std::string> &kernels) {
  Program program;
  program.name = "Test";
  program.compiler = "nncc test";
  Entry entry;
  for (const std::string &kernel : kernels) {
    Step step;
    step.layer = "add";
    step.what = "add vectors";
    step.kernelSymbol = kernel;
    step.units = {16, 0};
    entry.steps.push_back(step);
  }
  entry.arenaBytes = {3136, 0};
  entry.inputs = {Region{{64, 0}, {0, 256}}};
  entry.output = Region{{2112, 0}, {0, 256}};
  program.entries[NNCC_ENTRY_PREDICT] = entry;
  return program;
}

/// Memory as the runtime hands it to kernels: zeroed, 64-byte aligned.
struct Buffer {
  explicit Buffer(size_t bytes) : data(static_cast<uint8_t *>(std::aligned_alloc(64, (bytes + 63) / 64 * 64))) {
    std::memset(data, 0, (bytes + 63) / 64 * 64);
  }
  ~Buffer() { std::free(data); }
  Buffer(const Buffer &) = delete;
  float *floats(size_t byteOffset = 0) { return reinterpret_cast<float *>(data + byteOffset); }

  uint8_t *data;
};

inline std::string textOf(llvm::Error error) { return llvm::toString(std::move(error)); }

/// Whether a text has a part; says both if not.
inline testing::AssertionResult contains(const std::string &text, const std::string &part) {
  if (text.find(part) != std::string::npos)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << text << "' does not contain '" << part << "'";
}

} // namespace nncc::codegen

#endif // NNCC_TEST_UNIT_CODEGEN_TESTKERNELS_H
