// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerDetail.h"

#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Attention.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Regularization.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace nncc::analysis {

std::string formatExtents(ArrayRef<int64_t> extents, StringRef between) {
  std::string text;
  for (int64_t extent : extents)
    text += (text.empty() ? "" : between.str()) + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

static constexpr StringLiteral kTimes = "\u00D7";

void addDetail(Operation *op, std::string &detail) {
  auto add = [&](const Twine &word) {
    if (!detail.empty())
      detail += ' ';
    detail += word.str();
  };
  nn::LayerAttr layer = nn::getLayer(op);
  // Attention is made of many ops, which say little one by one.
  if (layer && layer.getClassName().ends_with("Attention")) {
    if (auto scores = dyn_cast<nn::AttentionScoresOp>(op)) {
      if (layer.getClassName() == "MultiHeadAttention")
        add(llvm::Twine(scores.getHeads()) + (scores.getHeads() == 1 ? " head" : " heads"));
      if (scores.getCausal())
        add("causal");
    }
    return;
  }
  // 1. Windows: an attribute, or the kernel's leading extents.
  SmallVector<int64_t> window;
  if (auto given = op->getAttrOfType<DenseI64ArrayAttr>("window"))
    window.assign(given.asArrayRef().begin(), given.asArrayRef().end());
  else if (isa<nn::ConvOp, nn::ConvTransposeOp>(op)) {
    auto kernel = cast<RankedTensorType>(op->getOperand(1).getType()).getShape().drop_back(2);
    window.assign(kernel.begin(), kernel.end());
  }
  if (!window.empty())
    add(formatExtents(window, kTimes));
  // 2. Strides, where they are neither 1 nor, as a pool's are by default, the window.
  if (auto strides = op->getAttrOfType<DenseI64ArrayAttr>("strides"); strides && strides.asArrayRef() != ArrayRef(window))
    if (llvm::any_of(strides.asArrayRef(), [](int64_t stride) { return stride != 1; })) {
      const bool equal = llvm::all_equal(strides.asArrayRef());
      add("/" + (equal ? std::to_string(strides[0]) : formatExtents(strides.asArrayRef(), kTimes)));
    }
  if (auto dilations = op->getAttrOfType<DenseI64ArrayAttr>("dilations"))
    if (llvm::any_of(dilations.asArrayRef(), [](int64_t dilation) { return dilation != 1; }))
      add("dilated " + formatExtents(dilations.asArrayRef(), kTimes));
  // 3. Functions.
  auto function = op->getAttrOfType<nn::ActivationAttr>("activation");
  if (auto activation = dyn_cast<nn::ActivationOp>(op))
    function = activation.getFunctionAttr();
  if (function && function.getValue() != nn::Activation::Linear)
    add(nn::stringifyActivation(function.getValue()));
  if (isa<nn::SoftmaxOp>(op) && layer && layer.getClassName() != "Softmax")
    add("softmax");
  if (auto rate = op->getAttrOfType<FloatAttr>("rate"))
    add(llvm::formatv("{0:f2}", rate.getValueAsDouble()).str());
}

} // namespace nncc::analysis
