// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_WINDOW_H
#define NNCC_LIB_KERNELS_WINDOW_H

#include "nncc/Kernels/Emit.h"

#include <array>

/// The geometry of pooling, always with three spatial axes: those that a 1-D or 2-D pool lacks are leading ones of
/// extent 1.
namespace nncc::kernels {

using Triple = std::array<int64_t, 3>;

struct Window {
  Triple input{1, 1, 1}, output{1, 1, 1}, window{1, 1, 1}, stride{1, 1, 1}, low{0, 0, 0};
  int64_t channels = 1;
  bool batched = true;

  Window(mlir::ShapedType inputType, mlir::ShapedType outputType, llvm::ArrayRef<int64_t> windowExtents,
         llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> padding);

  int64_t positions() const { return window[0] * window[1] * window[2]; }
  int64_t inputRows() const { return input[0] * input[1]; }    ///< rows of a sample: lines along the last spatial axis
  int64_t outputRows() const { return output[0] * output[1]; }
  /// Whether some window of the axis reaches beyond the input.
  bool isPadded(int axis) const;
  bool isPadded() const { return isPadded(0) || isPadded(1) || isPadded(2); }
  /// stride = window and nothing in front: each input belongs to one window at most, window o starts at o * stride.
  bool isTiling() const { return window == stride && low == Triple{0, 0, 0} && !isPadded(); }
};

/// [from, to), as values.
struct Range {
  mlir::Value from, to;
};
/// The positions of window `o` of an axis that lie in the input; {0, window} as constants where all always do.
Range positionsInside(Emit &emit, const Window &geometry, int axis, mlir::Value o);
/// The windows of an axis that hold the input position `i`.
Range windowsOver(Emit &emit, const Window &geometry, int axis, mlir::Value i);

/// A row index of the whole batch into (sample, first axis, second axis).
struct RowPlace {
  mlir::Value sample, first, second;
};
RowPlace splitRow(Emit &emit, mlir::Value row, const Triple &extents);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_WINDOW_H
