// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_LAYER_H
#define NNCC_DIALECT_NN_LAYER_H

#include "mlir/IR/Operation.h"
#include "nncc/Dialect/NN/NNDialect.h"

namespace nncc::nn {

/// Name of the discardable attribute that says which Keras layer an op belongs to.
inline constexpr llvm::StringLiteral kLayerAttrName = "nn.layer";

/// The layer of an op; null where it has none.
inline LayerAttr getLayer(mlir::Operation *op) { return op->getAttrOfType<LayerAttr>(kLayerAttrName); }
/// Marks an op as (part of) a layer; a null layer is left out.
inline void setLayer(mlir::Operation *op, LayerAttr layer) {
  if (layer)
    op->setAttr(kLayerAttrName, layer);
}
/// Name of the discardable attribute that says which uses of blocks an op's layer stands in: strings, the outermost first, each
/// the block's name, a dot and the number of the use. For drawings; an op without it stands in the model itself.
inline constexpr llvm::StringLiteral kBlockAttrName = "nn.block";

/// Name of the discardable attribute with the names of the layers and inputs that a layer takes its tensors from, in order; on the
/// layer's last op, where the order in which its ops read them is another.
inline constexpr llvm::StringLiteral kInputsAttrName = "nn.inputs";

/// "Conv2D 'conv2d_3'" for messages, else the op's own name.
std::string describe(mlir::Operation *op);

} // namespace nncc::nn

#endif // NNCC_DIALECT_NN_LAYER_H
