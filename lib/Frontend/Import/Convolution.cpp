// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Convolutions as ops.

#include "LayerImport.h"

#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Merge.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct ConvolutionImport : LayerImport {
  using LayerImport::LayerImport;

  mlir::Value convolution() {
    const Window window = convolutionWindow(arguments, spatialExtents());
    mlir::Value kernel = read("kernel"), bias = read("bias");
    return activated(create<nn::ConvOp>(input(), kernel, bias, window.strides, window.padding, window.dilations,
                                        static_cast<uint64_t>(argument("groups").integer), innerActivation()));
  }

  mlir::Value depthwise(mlir::Value bias, nn::Activation activation) {
    // The kernel [k..., C, M] is in memory that of a convolution in C groups, [k..., 1, C * M]. (A reshape keeps the first
    // axis.)
    const int64_t channels = inputShape().back();
    const Window window = convolutionWindow(arguments, spatialExtents());
    nn::Shape grouped(window.size.begin() + 1, window.size.end());
    grouped.append({1, channels * argument("depth_multiplier").integer});
    mlir::Value kernel = reshape(read("depthwise_kernel"), grouped);
    return create<nn::ConvOp>(input(), kernel, bias, window.strides, window.padding, window.dilations,
                              static_cast<uint64_t>(channels), activation);
  }

  mlir::Value depthwiseConvolution() {
    mlir::Value bias = read("bias");
    return activated(depthwise(bias, innerActivation()));
  }

  mlir::Value separableConvolution() {
    mlir::Value map = depthwise(mlir::Value(), nn::Activation::Linear);
    mlir::Value kernel = read("pointwise_kernel"), bias = read("bias");
    const std::vector<int64_t> ones(layer.spec->spatialRank, 1), zeros(2 * layer.spec->spatialRank, 0);
    return activated(create<nn::ConvOp>(map, kernel, bias, ones, zeros, ones, uint64_t(1), innerActivation()));
  }

  mlir::Value transposedConvolution() {
    const Window window = llvm::cantFail(transposedWindow(arguments, spatialExtents()));
    mlir::Value kernel = read("kernel"), bias = read("bias");
    return activated(create<nn::ConvTransposeOp>(input(), kernel, bias, window.strides, window.padding,
                                                 window.dilations, innerActivation()));
  }

  mlir::Value locallyConnected() {
    mlir::Value kernel = read("kernel"), bias = read("bias");
    mlir::Value value = create<nn::LocalConvOp>(input(), kernel, argument("kernel_size").integers(),
                                                argument("strides").integers(),
                                                static_cast<uint64_t>(argument("implementation").integer));
    if (bias)
      value = create<nn::ShiftByOp>(value, bias);
    if (innerActivation() != nn::Activation::Linear)
      return create<nn::ActivationOp>(value, innerActivation());
    return activated(value);
  }
};

} // namespace

void frontend::addConvolutionImports(ImportTable &table) {
  table.add<&ConvolutionImport::convolution>(LayerKind::Convolution);
  table.add<&ConvolutionImport::depthwiseConvolution>(LayerKind::DepthwiseConvolution);
  table.add<&ConvolutionImport::separableConvolution>(LayerKind::SeparableConvolution);
  table.add<&ConvolutionImport::transposedConvolution>(LayerKind::TransposedConvolution);
  table.add<&ConvolutionImport::locallyConnected>(LayerKind::LocallyConnected);
}
