// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Dense as an op.

#include "LayerImport.h"

#include "nncc/Dialect/NN/Ops/Dense.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct DenseImport : LayerImport {
  using LayerImport::LayerImport;

  mlir::Value dense() {
    mlir::Value kernel = read("kernel"), bias = read("bias");
    return activated(create<nn::DenseOp>(input(), kernel, bias, innerActivation()));
  }
};

} // namespace

void frontend::addDenseImports(ImportTable &table) {
  table.add<&DenseImport::dense>(LayerKind::Dense);
}
