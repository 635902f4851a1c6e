// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Pools as ops.

#include "LayerImport.h"

#include "nncc/Dialect/NN/Ops/Pooling.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct PoolingImport : LayerImport {
  using LayerImport::LayerImport;

  template <typename Op>
  mlir::Value pool() {
    const Window window = poolWindow(arguments, spatialExtents());
    return create<Op>(input(), llvm::ArrayRef(window.size), llvm::ArrayRef(window.strides), llvm::ArrayRef(window.padding));
  }
  mlir::Value globalMaxPool() { return create<nn::GlobalMaxPoolOp>(input(), flag("keepdims")); }
  mlir::Value globalAveragePool() { return create<nn::GlobalAveragePoolOp>(input(), flag("keepdims")); }
};

} // namespace

void frontend::addPoolingImports(ImportTable &table) {
  table.add<&PoolingImport::pool<nn::MaxPoolOp>>(LayerKind::MaxPooling);
  table.add<&PoolingImport::pool<nn::AveragePoolOp>>(LayerKind::AveragePooling);
  table.add<&PoolingImport::globalMaxPool>(LayerKind::GlobalMaxPooling);
  table.add<&PoolingImport::globalAveragePool>(LayerKind::GlobalAveragePooling);
}
