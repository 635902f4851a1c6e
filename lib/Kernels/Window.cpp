// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The geometry of pooling.
#include "Window.h"

using namespace mlir;
using namespace nncc::kernels;

Window::Window(ShapedType inputType, ShapedType outputType, ArrayRef<int64_t> windowExtents, ArrayRef<int64_t> strides,
               ArrayRef<int64_t> padding) {
  int64_t rank = windowExtents.size();
  batched = isBatched(inputType);
  channels = inputType.getShape().back();
  for (int64_t axis = 0; axis < rank; ++axis) {
    int64_t to = 3 - rank + axis;
    input[to] = inputType.getDimSize(1 + axis);
    output[to] = outputType.getDimSize(1 + axis);
    window[to] = windowExtents[axis];
    stride[to] = strides[axis];
    low[to] = padding[2 * axis];
  }
}

bool Window::isPadded(int axis) const {
  return low[axis] > 0 || (output[axis] - 1) * stride[axis] + window[axis] > input[axis];
}

Range nncc::kernels::positionsInside(Emit &emit, const Window &geometry, int axis, Value o) {
  Value zero = emit.index(0), window = emit.index(geometry.window[axis]);
  if (!geometry.isPadded(axis))
    return {zero, window};
  Value start = emit.mul(o, geometry.stride[axis]); // in the padded input
  Value from = emit.max(zero, emit.sub(emit.index(geometry.low[axis]), start));
  Value to = emit.min(window, emit.sub(emit.index(geometry.input[axis] + geometry.low[axis]), start));
  return {from, to};
}

Range nncc::kernels::windowsOver(Emit &emit, const Window &geometry, int axis, Value i) {
  int64_t window = geometry.window[axis], stride = geometry.stride[axis];
  Value padded = emit.add(i, geometry.low[axis]);
  // The first window that ends behind i: ceil((padded - window + 1) / stride), not below 0.
  Value excess = emit.max(emit.index(0), emit.add(padded, emit.index(stride - window)));
  Value from = emit.div(excess, stride);
  Value to = emit.min(emit.index(geometry.output[axis]), emit.add(emit.div(padded, stride), 1));
  return {from, to};
}

RowPlace nncc::kernels::splitRow(Emit &emit, Value row, const Triple &extents) {
  Value second = emit.rem(row, extents[1]);
  Value rest = emit.div(row, extents[1]);
  return {emit.div(rest, extents[0]), emit.rem(rest, extents[0]), second};
}
