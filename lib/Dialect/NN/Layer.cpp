// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Layer.h"

namespace nncc::nn {

std::string describe(mlir::Operation *op) {
  if (LayerAttr layer = getLayer(op))
    return (layer.getClassName() + " '" + layer.getName() + "'").str();
  return op->getName().getStringRef().str();
}

} // namespace nncc::nn
