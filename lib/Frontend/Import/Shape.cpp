// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Layers that move elements as ops.

#include "LayerImport.h"

#include "nncc/Dialect/NN/Ops/Shape.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;

namespace {

struct ShapeImport : LayerImport {
  using LayerImport::LayerImport;

  mlir::Value toOutputShape() { return reshape(input(), layer.output); }

  mlir::Value permutation() {
    const std::vector<int64_t> dims = argument("dims").integers();
    return create<nn::PermuteOp>(input(), llvm::ArrayRef<int64_t>(dims));
  }

  mlir::Value repeatVector() {
    return create<nn::BroadcastOp>(reshape(input(), {1, layer.output.back()}), llvm::ArrayRef<int64_t>(layer.output));
  }

  mlir::Value zeroPadding() { return pad("padding", 1); }
  mlir::Value cropping() { return pad("cropping", -1); }
  mlir::Value pad(StringRef name, int64_t sign) {
    return create<nn::PadOp>(input(), llvm::ArrayRef<int64_t>(signedPadding(argument(name), sign)));
  }

  mlir::Value upSampling() {
    // Of whole pixels the mean over an area is the nearest one.
    const StringRef interpolation = layer.spec->spatialRank == 2 ? argument("interpolation").text() : "nearest";
    const std::vector<int64_t> factors = argument("size").integers();
    if (interpolation != "nearest" && interpolation != "area")
      return create<nn::ResizeOp>(input(), llvm::ArrayRef<int64_t>(factors), builder.getStringAttr(interpolation));
    const auto [apart, repeated] = splitForUpSampling(inputShape(), factors);
    mlir::Value value = create<nn::BroadcastOp>(reshape(input(), apart), llvm::ArrayRef<int64_t>(repeated));
    return reshape(value, layer.output);
  }
};

} // namespace

void frontend::addShapeImports(ImportTable &table) {
  table.add<&ShapeImport::toOutputShape>(LayerKind::Flatten);
  table.add<&ShapeImport::toOutputShape>(LayerKind::Reshape);
  table.add<&ShapeImport::permutation>(LayerKind::Permute);
  table.add<&ShapeImport::repeatVector>(LayerKind::RepeatVector);
  table.add<&ShapeImport::zeroPadding>(LayerKind::ZeroPadding);
  table.add<&ShapeImport::cropping>(LayerKind::Cropping);
  table.add<&ShapeImport::upSampling>(LayerKind::UpSampling);
}
