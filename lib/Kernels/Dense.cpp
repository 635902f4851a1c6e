// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dense layers: shapes of the ops to matrix products.
#include "nncc/Dialect/NN/Ops/Dense.h"

#include "UpdateStep.h"
#include "nncc/Kernels/Contraction/Matrix.h"
#include "nncc/Kernels/KernelBuilder.h"

using namespace mlir;

namespace nncc::kernels {

namespace {

/// [N, ..., I] times a kernel [I, O].
Matrix matrixOf(Value rows, ArrayRef<int64_t> kernel) {
  Matrix matrix;
  for (int64_t extent : cast<RankedTensorType>(rows.getType()).getShape().drop_front().drop_back())
    matrix.positions *= extent;
  matrix.inputs = kernel[0];
  matrix.outputs = kernel[1];
  return matrix;
}

ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

LogicalResult emitDense(Operation *op, KernelBuilder &kernels) {
  auto dense = cast<nn::DenseOp>(op);
  addMatrixSteps(kernels, op, matrixOf(dense.getInput(), shapeOf(dense.getKernel())), dense.getActivation(),
                 dense.getInput(), dense.getKernel(), dense.getBias(), dense.getOutput());
  return success();
}

LogicalResult emitDenseGradInput(Operation *op, KernelBuilder &kernels) {
  auto dense = cast<nn::DenseGradInputOp>(op);
  addMatrixInputGradientSteps(kernels, op, matrixOf(dense.getOutputGradient(), shapeOf(dense.getKernel())),
                              dense.getOutputGradient(), dense.getKernel(), dense.getInputGradient());
  return success();
}

/// The optimizer of the function that `op` stands in.
Operation *optimizerOf(Operation *op) {
  for (Operation &other : *op->getBlock())
    if (updateRuleOf(&other))
      return &other;
  return nullptr;
}

LogicalResult emitDenseGradKernel(Operation *op, KernelBuilder &kernels) {
  auto dense = cast<nn::DenseGradKernelOp>(op);
  for (Operation *user : op->getUsers())
    if (auto store = dyn_cast<nn::StoreGradientOp>(user); store && store.getUpdated()) {
      addMatrixKernelUpdateSteps(kernels, op, matrixOf(dense.getInput(), shapeOf(dense.getKernelGradient())),
                                 dense.getInput(), dense.getOutputGradient(), store.getVariable(), optimizerOf(op));
      return success();
    }
  addMatrixKernelGradientSteps(kernels, op, matrixOf(dense.getInput(), shapeOf(dense.getKernelGradient())),
                               dense.getInput(), dense.getOutputGradient(), dense.getKernelGradient());
  return success();
}

} // namespace

void addDenseKernels(EmitterTable &table) {
  table["nn.dense"] = emitDense;
  table["nn.dense_grad_input"] = emitDenseGradInput;
  table["nn.dense_grad_kernel"] = emitDenseGradKernel;
}

} // namespace nncc::kernels
