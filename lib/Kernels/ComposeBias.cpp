// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bias of two linear maps in a row, and its gradients: products of a vector and a small matrix.
#include "Convolution.h"
#include "Elementwise.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"

using namespace mlir;

namespace nncc::kernels {

namespace {

LogicalResult emitComposeBias(Operation *op, KernelBuilder &kernels) {
  auto compose = cast<nn::ComposeBiasOp>(op);
  int64_t inputs = compose.getBias().getType().getDimSize(0), filters = compose.getOutput().getType().getDimSize(0);
  kernels.addStep(op, "compose bias", {1, 0}, {2 * inputs * filters, 0}, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value bias = kernels.flat(kernel, compose.getBias()), weights = kernels.flat(kernel, compose.getKernel());
    Value next = compose.getNext() ? kernels.flat(kernel, compose.getNext()) : Value();
    Value to = kernels.flat(kernel, compose.getOutput());
    forUnits(emit, kernel, [&](Value) {
      emit.pieces(filters, [&](Value f, int64_t width) {
        Value start = next ? emit.load(next, f, width) : emit.constant(emit.f32s(width), 0.0);
        Value sum = emit.loop(emit.index(0), emit.index(inputs), 1, ValueRange{start},
                              [&](Value h, ValueRange carried) -> SmallVector<Value> {
          Value factor = emit.splat(emit.loadScalar(bias, h), emit.f32s(width));
          return {emit.fma(factor, emit.load(weights, emit.add(emit.mul(h, filters), f), width), carried[0])};
        })[0];
        emit.store(sum, to, f);
      });
    });
  });
  return success();
}

LogicalResult emitComposeBiasGrad(Operation *op, KernelBuilder &kernels) {
  auto compose = cast<nn::ComposeBiasGradOp>(op);
  int64_t inputs = compose.getBias().getType().getDimSize(0);
  int64_t filters = compose.getOutputGradient().getType().getDimSize(0);
  addRowStep(kernels, op, "compose bias gradient", /*batched=*/false, inputs, filters, 3 * filters,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value dy = kernels.flat(kernel, compose.getOutputGradient()), bias = kernels.flat(kernel, compose.getBias());
    Value weights = kernels.flat(kernel, compose.getKernel());
    Value toBias = kernels.flat(kernel, compose.getBiasGradient());
    Value toKernel = kernels.flat(kernel, compose.getKernelGradient());
    return [=, &emit](Value h) {
      Value row = emit.mul(h, filters), factor = emit.loadScalar(bias, h);
      emit.pieces(filters, [&](Value f, int64_t width) {
        emit.store(emit.mulf(emit.splat(factor, emit.f32s(width)), emit.load(dy, f, width)), toKernel,
                   emit.add(row, f));
      });
      Value sum = emit.reducePieces(
          filters,
          [&](Value f, int64_t width) {
            return emit.mulf(emit.load(dy, f, width), emit.load(weights, emit.add(row, f), width));
          },
          [&](Value a, Value b) { return emit.addf(a, b); });
      emit.store(sum, toBias, h);
    };
  });
  return success();
}

} // namespace

void addComposeBiasKernels(EmitterTable &table) {
  table["nn.compose_bias"] = emitComposeBias;
  table["nn.compose_bias_grad"] = emitComposeBiasGrad;
}

} // namespace nncc::kernels
