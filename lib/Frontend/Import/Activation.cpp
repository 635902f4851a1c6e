// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Activation layers as ops.

#include "LayerImport.h"

#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Merge.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct ActivationImport : LayerImport {
  using LayerImport::LayerImport;

  mlir::Value activation() {
    if (auto activation = nn::symbolizeActivation(argument("activation").text()))
      return create<nn::ActivationOp>(input(), *activation);
    return activated(input());
  }

  mlir::Value relu() {
    const Value &most = argument("max_value");
    const bool isPlain = argument("negative_slope").number == 0 && argument("threshold").number == 0;
    if (isPlain && most.isNone())
      return create<nn::ActivationOp>(input(), nn::Activation::Relu);
    if (isPlain && most.number == 6)
      return create<nn::ActivationOp>(input(), nn::Activation::Relu6);
    return create<nn::ReluOp>(input(), most.isNone() ? mlir::FloatAttr() : f64(most.number), number("negative_slope"),
                              number("threshold"));
  }

  mlir::Value leakyRelu() { return create<nn::ReluOp>(input(), mlir::FloatAttr(), number("alpha"), f64(0)); }

  mlir::Value elu() { return create<nn::EluOp>(input(), number("alpha")); }

  mlir::Value prelu() {
    // max(x, 0) + alpha * min(x, 0). Source: keras/layers/activation/prelu.py.
    mlir::Value alpha = read("alpha");
    mlir::Value positive = create<nn::ActivationOp>(input(), nn::Activation::Relu);
    mlir::Value negative = create<nn::ReluOp>(input(), f64(0), f64(1), f64(0));
    return create<nn::AddOp>(mlir::ValueRange{positive, create<nn::ScaleByOp>(negative, alpha)});
  }

  mlir::Value softmax() {
    auto along = [&](mlir::Value value, int64_t axis) {
      return create<nn::SoftmaxOp>(value, static_cast<uint64_t>(axis));
    };
    const llvm::SmallVector<int64_t> all = axes();
    return all.size() == 1 ? along(input(), all.front()) : alongOneAxis(all, along);
  }
};

} // namespace

void frontend::addActivationImports(ImportTable &table) {
  table.add<&ActivationImport::activation>(LayerKind::Activation);
  table.add<&ActivationImport::relu>(LayerKind::ReLU);
  table.add<&ActivationImport::leakyRelu>(LayerKind::LeakyReLU);
  table.add<&ActivationImport::elu>(LayerKind::ELU);
  table.add<&ActivationImport::prelu>(LayerKind::PReLU);
  table.add<&ActivationImport::softmax>(LayerKind::Softmax);
}
