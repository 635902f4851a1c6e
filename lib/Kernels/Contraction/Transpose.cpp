// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Transpose.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace nncc::kernels {

/// Transposes a square held in `size` vectors of `size` lanes, in place: for each bit of the index, off-diagonal blocks of
/// that size change places (Eklundh, A Fast Computer Method for Matrix Transposing, 1972).
static void transposeSquare(const ContractionEmit &emit, MutableArrayRef<Value> vectors) {
  int64_t size = vectors.size();
  for (int64_t bit = 1; bit < size; bit *= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t lane = 0; lane < size; ++lane) {
      low.push_back(lane & bit ? size + (lane ^ bit) : lane);
      high.push_back(lane & bit ? size + lane : lane ^ bit);
    }
    for (int64_t i = 0; i < size; ++i) {
      if (i & bit)
        continue;
      Value first = vectors[i], second = vectors[i | bit];
      vectors[i] = vector::ShuffleOp::create(emit.builder, emit.loc, first, second, low);
      vectors[i | bit] = vector::ShuffleOp::create(emit.builder, emit.loc, first, second, high);
    }
  }
}

void emitTranspose(const ContractionEmit &emit, Value to, Value toPosition, int64_t toStride, Value from,
                   Value fromPosition, int64_t fromStride, int64_t rows, Value columns,
                   const planning::TargetFacts &target) {
  // Squares of 16 vectors would leave no register free where there are only 16.
  int64_t size = std::min<int64_t>(target.lanes(), 8);
  auto single = [&](Value i, Value j) {
    Value value = memref::LoadOp::create(emit.builder, emit.loc, from,
                                         emit.add(fromPosition, emit.add(emit.mul(i, fromStride), j)));
    memref::StoreOp::create(emit.builder, emit.loc, value, to, emit.add(toPosition, emit.add(emit.mul(j, toStride), i)));
  };
  Value none = emit.index(0), wholeRows = emit.index(rows / size * size);
  Value wholeColumns = emit.mul(emit.div(columns, size), size);
  emit.loop(none, wholeRows, size, [&](Value i) {
    emit.loop(none, wholeColumns, size, [&](Value j) {
      Value start = emit.add(fromPosition, emit.add(emit.mul(i, fromStride), j));
      Values square;
      for (int64_t row = 0; row < size; ++row)
        square.push_back(emit.load(from, emit.add(start, row * fromStride), {size, size}));
      transposeSquare(emit, square);
      Value target = emit.add(toPosition, emit.add(emit.mul(j, toStride), i));
      for (int64_t row = 0; row < size; ++row)
        emit.store(square[row], to, emit.add(target, row * toStride), {size, size});
    });
    emit.loop(wholeColumns, columns, 1, [&](Value j) {
      emit.loop(i, emit.add(i, size), 1, [&](Value row) { single(row, j); });
    });
  });
  emit.loop(wholeRows, emit.index(rows), 1, [&](Value i) { emit.loop(none, columns, 1, [&](Value j) { single(i, j); }); });
}

} // namespace nncc::kernels
