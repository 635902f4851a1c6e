// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums and softmax of rows.
#include "Rows.h"
#include "nncc/Kernels/Math.h"

using namespace mlir;
using namespace nncc::kernels;

Value nncc::kernels::sumRow(Emit &emit, int64_t count, RowElement element) {
  return emit.reducePieces(count, element, [&](Value a, Value b) { return emit.addf(a, b); });
}

Value nncc::kernels::sumRowWide(Emit &emit, int64_t count, RowElement element) {
  return emit.reducePieces(
      count, [&](Value offset, int64_t width) { return emit.extend(element(offset, width)); },
      [&](Value a, Value b) { return emit.addf(a, b); });
}

static Value maximumOfRow(Emit &emit, Value from, Value start, int64_t count) {
  return emit.reducePieces(
      count, [&](Value offset, int64_t width) { return emit.load(from, emit.add(start, offset), width); },
      [&](Value a, Value b) { return emit.maximum(a, b); });
}

SoftmaxSums nncc::kernels::emitSoftmaxRow(Emit &emit, Value from, Value fromStart, Value to, Value toStart,
                                          int64_t count) {
  Value maximum = maximumOfRow(emit, from, fromStart, count);
  Value sum = sumRow(emit, count, [&](Value offset, int64_t width) {
    Value x = emit.load(from, emit.add(fromStart, offset), width);
    Value e = emitExp(emit, emit.subf(x, emit.splat(maximum, x.getType())));
    emit.store(e, to, emit.add(toStart, offset));
    return e;
  });
  Value scale = emit.divf(1.0, sum);
  emit.pieces(count, [&](Value offset, int64_t width) {
    Value at = emit.add(toStart, offset);
    Value e = emit.load(to, at, width);
    emit.store(emit.mulf(e, emit.splat(scale, e.getType())), to, at);
  });
  return {maximum, sum};
}
