// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Layers that join tensors, and Rescaling, as ops.

#include "LayerImport.h"

#include "nncc/Dialect/NN/Ops/Merge.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct MergeImport : LayerImport {
  using LayerImport::LayerImport;

  mlir::Value concatenate() {
    return create<nn::ConcatenateOp>(mlir::ValueRange(inputs()), static_cast<uint64_t>(axes().front()));
  }

  /// Inputs in the shape of the output. Source: keras/layers/merging/base_merge.py, call.
  llvm::SmallVector<mlir::Value> repeatedInputs() {
    llvm::SmallVector<mlir::Value> values = inputs();
    for (const auto &[index, value] : llvm::enumerate(values)) {
      nn::Shape shape = inputShape(index);
      if (shape.size() < layer.output.size()) {
        shape.insert(shape.begin(), layer.output.size() - shape.size(), 1);
        value = reshape(value, shape);
      }
      value = broadcast(value, layer.output);
    }
    return values;
  }
  template <typename Op>
  mlir::Value merge() {
    return create<Op>(mlir::ValueRange(repeatedInputs()));
  }
  mlir::Value subtract() {
    llvm::SmallVector<mlir::Value> values = repeatedInputs();
    values[1] = create<nn::RescaleOp>(values[1], f64(-1), f64(0));
    return create<nn::AddOp>(mlir::ValueRange(values));
  }
  mlir::Value average() {
    return create<nn::RescaleOp>(merge<nn::AddOp>(), f64(1.0 / static_cast<double>(layer.inputs.size())), f64(0));
  }

  mlir::Value rescaling() { return create<nn::RescaleOp>(input(), number("scale"), number("offset")); }
};

} // namespace

void frontend::addMergeImports(ImportTable &table) {
  table.add<&MergeImport::concatenate>(LayerKind::Concatenate);
  table.add<&MergeImport::merge<nn::AddOp>>(LayerKind::Add);
  table.add<&MergeImport::subtract>(LayerKind::Subtract);
  table.add<&MergeImport::merge<nn::MultiplyOp>>(LayerKind::Multiply);
  table.add<&MergeImport::average>(LayerKind::Average);
  table.add<&MergeImport::merge<nn::MaximumOp>>(LayerKind::Maximum);
  table.add<&MergeImport::merge<nn::MinimumOp>>(LayerKind::Minimum);
  table.add<&MergeImport::rescaling>(LayerKind::Rescaling);
}
