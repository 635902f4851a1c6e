// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Transforms/Fusion/Logits.h"

#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Dense.h"

using namespace mlir;

namespace nncc {

Operation *findLastActivation(Value probabilities) {
  Operation *op = probabilities.getDefiningOp();
  // Activation(linear) is the identity: it does not hide the logits.
  while (auto linear = dyn_cast_or_null<nn::ActivationOp>(op)) {
    if (linear.getFunction() != nn::Activation::Linear)
      break;
    op = linear.getInput().getDefiningOp();
  }
  if (isa_and_nonnull<nn::SoftmaxOp>(op))
    return op;
  if (auto activation = dyn_cast_or_null<nn::ActivationOp>(op);
      activation && activation.getFunction() == nn::Activation::Sigmoid)
    return op;
  if (auto conv = dyn_cast_or_null<nn::ConvOp>(op))
    return conv.getActivation() == nn::Activation::Sigmoid && conv.getPoolSize().empty() ? op : nullptr;
  if (auto dense = dyn_cast_or_null<nn::DenseOp>(op); dense && dense.getActivation() == nn::Activation::Sigmoid)
    return op;
  return nullptr;
}

Operation *isolateLastActivation(OpBuilder &builder, Operation *activation) {
  if (isa<nn::ActivationOp, nn::SoftmaxOp>(activation))
    return activation;
  if (auto conv = dyn_cast<nn::ConvOp>(activation))
    conv.setActivation(nn::Activation::Linear);
  else
    cast<nn::DenseOp>(activation).setActivation(nn::Activation::Linear);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfter(activation);
  Value linear = activation->getResult(0);
  auto sigmoid = nn::ActivationOp::create(builder, activation->getLoc(), linear.getType(), linear,
                                          nn::ActivationAttr::get(builder.getContext(), nn::Activation::Sigmoid));
  nn::setLayer(sigmoid, nn::getLayer(activation));
  linear.replaceAllUsesExcept(sigmoid.getOutput(), sigmoid);
  return sigmoid;
}

} // namespace nncc
