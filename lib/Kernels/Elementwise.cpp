// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Steps that treat each element, or each row of elements, by itself.
#include "Elementwise.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nncc::kernels;

Chunks nncc::kernels::cutIntoChunks(int64_t count, int64_t target, int64_t multiple) {
  int64_t wanted = std::max<int64_t>(1, llvm::divideCeil(count, target));
  int64_t size = llvm::alignTo(llvm::divideCeil(count, wanted), multiple);
  int64_t units = std::max<int64_t>(1, llvm::divideCeil(count, size));
  if (units == 1)
    size = count;
  return {units, size};
}

void nncc::kernels::addElementwiseStep(KernelBuilder &kernels, Operation *source, StringRef what, ShapedType type,
                                       int64_t flopsPerElement,
                                       llvm::function_ref<ElementBody(Kernel &, Emit &)> prepare) {
  int64_t count = elementsPerSample(type);
  int64_t lanes = kernels.target().lanes();
  Chunks chunks = cutIntoChunks(count, kElementsPerUnit, /*multiple=*/64);
  kernels.addStep(source, what, perBatch(type, chunks.units), perBatch(type, count * flopsPerElement),
                  [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    ElementBody body = prepare(kernel, emit);
    forUnits(emit, kernel, [&](Value unit) {
      if (chunks.units == 1) {
        Value start = emit.mul(unit, count);
        emit.pieces(count, [&](Value offset, int64_t width) { body(emit.add(start, offset), width); });
        return;
      }
      Value sample = emit.div(unit, chunks.units), chunk = emit.rem(unit, chunks.units);
      Value sampleStart = emit.mul(sample, count);
      Value from = emit.mul(chunk, chunks.size);
      int64_t wholeVectors = count - count % lanes;
      Value to = emit.min(emit.add(from, chunks.size), emit.index(wholeVectors));
      emit.loop(from, to, lanes, [&](Value offset) { body(emit.add(sampleStart, offset), lanes); });
      if (count % lanes == 0)
        return;
      Value isLast = emit.compare(arith::CmpIPredicate::eq, chunk, emit.index(chunks.units - 1));
      emit.ifThen(isLast, [&] {
        emit.remainderPieces(emit.add(sampleStart, wholeVectors), count % lanes, body);
      });
    });
  });
}

void nncc::kernels::addMapStep(KernelBuilder &kernels, Operation *source, StringRef what, ValueRange operands,
                               Value result, int64_t flopsPerElement, ElementFunction function) {
  for (Value operand : operands)
    kernels.mayOverwrite(source, operand, result);
  addElementwiseStep(kernels, source, what, cast<ShapedType>(result.getType()), flopsPerElement,
                     [&](Kernel &kernel, Emit &emit) -> ElementBody {
    SmallVector<Value> from;
    for (Value operand : operands)
      from.push_back(kernels.flat(kernel, operand));
    Value to = kernels.flat(kernel, result);
    return [=, &emit](Value offset, int64_t width) {
      SmallVector<Value> values;
      for (Value memref : from)
        values.push_back(emit.load(memref, offset, width));
      emit.store(function(emit, values), to, offset);
    };
  });
}

void nncc::kernels::addRowStep(KernelBuilder &kernels, Operation *source, StringRef what, bool batched, int64_t rows,
                               int64_t rowElements, int64_t flopsPerRow,
                               llvm::function_ref<std::function<void(Value)>(Kernel &, Emit &)> prepare) {
  Chunks chunks = cutIntoChunks(rows, std::max<int64_t>(1, kElementsPerUnit / std::max<int64_t>(1, rowElements)), 1);
  auto perBatch = [&](int64_t count) { return batched ? Affine{0, count} : Affine{count, 0}; };
  kernels.addStep(source, what, perBatch(chunks.units), perBatch(rows * flopsPerRow), [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    std::function<void(Value)> body = prepare(kernel, emit);
    forUnits(emit, kernel, [&](Value unit) {
      Value sample = emit.div(unit, chunks.units), chunk = emit.rem(unit, chunks.units);
      Value sampleStart = emit.mul(sample, rows);
      Value from = emit.mul(chunk, chunks.size);
      Value to = emit.min(emit.add(from, chunks.size), emit.index(rows));
      emit.loop(from, to, 1, [&](Value row) { body(emit.add(sampleStart, row)); });
    });
  });
}
