// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Transpose.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace nncc::kernels {

// Pairs of lanes, then pairs of pairs, each within 128 bits (one instruction), then the halves of 256 bits.
void transposeSquare(const ContractionEmit &emit, MutableArrayRef<Value> rows) {
  int64_t size = rows.size();
  auto shuffle = [&](Value a, Value b, ArrayRef<int64_t> quad) {
    // The pattern of the lowest four lanes, in all groups of four; 4 and above mean lanes of b.
    SmallVector<int64_t> mask;
    for (int64_t group = 0; group < size; group += 4)
      for (int64_t lane : quad)
        mask.push_back(group + (lane < 4 ? lane : size + lane - 4));
    return Value(vector::ShuffleOp::create(emit.builder, emit.loc, a, b, mask));
  };
  Values pairs, quads;
  for (int64_t i = 0; i < size; i += 2) {
    pairs.push_back(shuffle(rows[i], rows[i + 1], {0, 4, 1, 5}));
    pairs.push_back(shuffle(rows[i], rows[i + 1], {2, 6, 3, 7}));
  }
  for (int64_t i = 0; i < size; i += 4)
    for (int64_t half = 0; half < 2; ++half) {
      quads.push_back(shuffle(pairs[i + half], pairs[i + half + 2], {0, 1, 4, 5}));
      quads.push_back(shuffle(pairs[i + half], pairs[i + half + 2], {2, 3, 6, 7}));
    }
  if (size == 4)
    return (void)llvm::copy(quads, rows.begin());
  for (int64_t i = 0; i < 4; ++i) {
    rows[i] = vector::ShuffleOp::create(emit.builder, emit.loc, quads[i], quads[i + 4],
                                        ArrayRef<int64_t>{0, 1, 2, 3, 8, 9, 10, 11});
    rows[i + 4] = vector::ShuffleOp::create(emit.builder, emit.loc, quads[i], quads[i + 4],
                                            ArrayRef<int64_t>{4, 5, 6, 7, 12, 13, 14, 15});
  }
}

void emitTranspose(const ContractionEmit &emit, Value to, Value toPosition, int64_t toStride, Value from,
                   Value fromPosition, int64_t fromStride, int64_t rows, Value columns,
                   const planning::TargetFacts &target) {
  // Larger squares would not fit 16 registers, and cross 256 bits.
  int64_t size = std::min<int64_t>(target.lanes(), 8);
  auto single = [&](Value i, Value j) {
    Value value = memref::LoadOp::create(emit.builder, emit.loc, from,
                                         emit.add(fromPosition, emit.add(emit.mul(i, fromStride), j)));
    memref::StoreOp::create(emit.builder, emit.loc, value, to,
                            emit.add(toPosition, emit.add(emit.mul(j, toStride), i)));
  };
  Value none = emit.index(0), wholeRows = emit.index(rows / size * size);
  Value wholeColumns = emit.mul(emit.div(columns, size), size);
  emit.loop(none, wholeRows, size, [&](Value i) {
    emit.loop(none, wholeColumns, size, [&](Value j) {
      Value start = emit.add(fromPosition, emit.add(emit.mul(i, fromStride), j));
      Values square;
      for (int64_t row = 0; row < size; ++row)
        square.push_back(emit.load(from, emit.add(start, row * fromStride), {size, size}));
      // The rows after the next ones: eight interleaved streams are too many for the hardware to foresee.
      for (int64_t row = 0; row < size; ++row)
        emit.prefetch(from, emit.add(start, (2 * size + row) * fromStride), /*write=*/false);
      transposeSquare(emit, square);
      Value target = emit.add(toPosition, emit.add(emit.mul(j, toStride), i));
      for (int64_t row = 0; row < size; ++row)
        emit.store(square[row], to, emit.add(target, row * toStride), {size, size});
    });
    emit.loop(wholeColumns, columns, 1, [&](Value j) {
      emit.loop(i, emit.add(i, size), 1, [&](Value row) { single(row, j); });
    });
  });
  emit.loop(wholeRows, emit.index(rows), 1,
            [&](Value i) { emit.loop(none, columns, 1, [&](Value j) { single(i, j); }); });
}

} // namespace nncc::kernels
