// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Zeros. A reshape has no kernel: it is another view of the same memory.
#include "Elementwise.h"
#include "nncc/Dialect/NN/Ops/Shape.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

LogicalResult emitZerosLike(nn::ZerosLikeOp op, KernelBuilder &kernels) {
  addMapStep(kernels, op, "zeros", op.getLike(), op.getOutput(), 0,
             [](Emit &emit, ArrayRef<Value> values) { return emit.constant(values[0].getType(), 0.0); });
  return success();
}

} // namespace

void nncc::kernels::addShapeKernels(EmitterTable &table) {
  table["nn.zeros_like"] = [](Operation *op, KernelBuilder &k) { return emitZerosLike(cast<nn::ZerosLikeOp>(op), k); };
}
