// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Dropout and noise as ops.

#include "LayerImport.h"

#include "nncc/Dialect/NN/Ops/Regularization.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct RegularizationImport : LayerImport {
  using LayerImport::LayerImport;

  mlir::Value dropoutLayer() {
    // Axes that share a number, where that makes a difference.
    llvm::SmallVector<int64_t> shared;
    if (const Value &noise = argument("noise_shape"); !noise.isNone())
      for (const auto &[axis, one] : llvm::enumerate(noise.elements()))
        if (!one.isNone() && one.integer == 1 && (axis == 0 || inputShape()[axis - 1] != 1))
          shared.push_back(static_cast<int64_t>(axis));
    if (shared.empty())
      return dropout(input(), argument("rate"), argument("seed"));
    return create<nn::SpatialDropoutOp>(input(), number("rate"), randomStream(argument("seed")),
                                        builder.getDenseI64ArrayAttr(shared));
  }

  mlir::Value spatialDropout() {
    return create<nn::SpatialDropoutOp>(input(), number("rate"), randomStream(argument("seed")), mlir::DenseI64ArrayAttr());
  }

  mlir::Value gaussianNoise() {
    return create<nn::GaussianNoiseOp>(input(), number("stddev"), randomStream(argument("seed")));
  }
};

} // namespace

void frontend::addRegularizationImports(ImportTable &table) {
  table.add<&RegularizationImport::dropoutLayer>(LayerKind::Dropout);
  table.add<&RegularizationImport::spatialDropout>(LayerKind::SpatialDropout);
  table.add<&RegularizationImport::gaussianNoise>(LayerKind::GaussianNoise);
}
