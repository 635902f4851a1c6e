// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows of a table by number, and the sums of their gradients.
#include "Elementwise.h"
#include "nncc/Dialect/NN/Ops/Attention.h"

#include <limits>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

/// Whether a float is the number of a row, cut towards 0; a NaN is none.
Value isRow(Emit &emit, Value number, int64_t rows) {
  Value low = emit.compare(arith::CmpFPredicate::OGT, number, emit.constant(number.getType(), -1));
  Value high = emit.compare(arith::CmpFPredicate::OLT, number, emit.constant(number.getType(), double(rows)));
  return arith::AndIOp::create(emit.builder, emit.loc, low, high);
}

/// The row as an index, 0 where there is none.
Value rowOf(Emit &emit, Value number, Value valid) {
  Value safe = emit.select(valid, number, emit.constant(number.getType(), 0));
  Value row = arith::FPToSIOp::create(emit.builder, emit.loc, emit.builder.getI64Type(), safe);
  return arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getIndexType(), row);
}

LogicalResult emitEmbedding(nn::EmbeddingOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getIndices().getType()), table = cast<ShapedType>(op.getTable().getType());
  const int64_t rows = table.getDimSize(0), width = table.getDimSize(1);
  addRowStep(kernels, op, "embedding", isBatched(type), elementsPerSample(type), width, 0,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value numbers = kernels.flat(kernel, op.getIndices()), from = kernels.flat(kernel, op.getTable());
    Value to = kernels.flat(kernel, op.getOutput());
    return [=, &emit](Value position) {
      Value number = emit.loadScalar(numbers, position), valid = isRow(emit, number, rows);
      Value start = emit.mul(rowOf(emit, number, valid), width), out = emit.mul(position, width);
      emit.pieces(width, [&](Value offset, int64_t lanes) {
        Value row = emit.load(from, emit.add(start, offset), lanes);
        Value none = emit.constant(row.getType(), std::numeric_limits<double>::quiet_NaN());
        emit.store(emit.select(valid, row, none), to, emit.add(out, offset));
      });
    };
  });
  return success();
}

/// The table is shared out in so many parts at most: each looks at all indices, and adds up what falls into it.
constexpr int64_t kParts = 16;

LogicalResult emitEmbeddingGrad(nn::EmbeddingGradOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getIndices().getType()), table = cast<ShapedType>(op.getTableGradient().getType());
  const int64_t rows = table.getDimSize(0), width = table.getDimSize(1), perSample = elementsPerSample(type);
  const int64_t parts = std::min(rows, kParts);
  kernels.describeNextStep(std::to_string(parts) + " parts of the table, each with all indices");
  kernels.addStep(op, "embedding gradient", {parts, 0}, perBatch(type, perSample * width), [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value numbers = kernels.flat(kernel, op.getIndices()), gradient = kernels.flat(kernel, op.getOutputGradient());
    Value to = kernels.flat(kernel, op.getTableGradient());
    Value positions = isBatched(type) ? emit.mul(kernel.batch, perSample) : emit.index(perSample);
    forUnits(emit, kernel, [&](Value part) {
      Value first = emit.div(emit.mul(part, rows), parts), last = emit.div(emit.mul(emit.add(part, 1), rows), parts);
      emit.loop(first, last, 1, [&](Value row) {
        emit.pieces(width, [&](Value offset, int64_t lanes) {
          emit.store(emit.constant(emit.f32s(lanes), 0), to, emit.add(emit.mul(row, width), offset));
        });
      });
      emit.loop(emit.index(0), positions, 1, [&](Value position) {
        Value number = emit.loadScalar(numbers, position), valid = isRow(emit, number, rows);
        Value row = rowOf(emit, number, valid);
        Value isHere = emit.compare(arith::CmpIPredicate::sge, row, first);
        isHere = arith::AndIOp::create(emit.builder, emit.loc, isHere, emit.compare(arith::CmpIPredicate::slt, row, last));
        isHere = arith::AndIOp::create(emit.builder, emit.loc, isHere, valid);
        emit.ifThen(isHere, [&] {
          Value start = emit.mul(row, width), from = emit.mul(position, width);
          emit.pieces(width, [&](Value offset, int64_t lanes) {
            Value at = emit.add(start, offset);
            emit.store(emit.addf(emit.load(to, at, lanes), emit.load(gradient, emit.add(from, offset), lanes)), to, at);
          });
        });
      });
    });
  });
  return success();
}

} // namespace

void kernels::addEmbeddingKernels(EmitterTable &table) {
  table["nn.embedding"] = [](Operation *op, KernelBuilder &k) { return emitEmbedding(cast<nn::EmbeddingOp>(op), k); };
  table["nn.embedding_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitEmbeddingGrad(cast<nn::EmbeddingGradOp>(op), k);
  };
}
