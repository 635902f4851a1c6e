// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_PANEL_H
#define NNCC_KERNELS_CONTRACTION_PANEL_H

#include "nncc/Kernels/Contraction/ContractionEmit.h"
#include "nncc/Kernels/KernelBuilder.h"

namespace nncc::kernels {

/// How a convolution's kernel [taps, C / groups, F] lies in memory for a correlation: as it is, or packed, one column
/// block after the other, so that the weights of a block are contiguous, full vectors:
///     [groups][column blocks][taps][depth][padded columns of the block]
/// or, for interleaved tiles (Tile.h), which have one block of one vector,
///     [groups][taps][depth / interleave][padded columns][interleave]
/// `transposed` turns input and output channels around, as the input gradient needs it.
struct Panel {
  planning::ColumnPlan columns;
  int64_t groups = 1;
  int64_t taps = 1;
  int64_t depth = 1;      ///< channels summed over, of one group
  int64_t allColumns = 1; ///< channels of the result, of one group
  bool transposed = false;
  int64_t interleave = 1; ///< divides depth

  /// Whether the kernel must be packed; else it serves as it is.
  bool packed() const;
  int64_t groupElements() const;
  /// Elements from one channel, or tap, to the next, in a block.
  int64_t channelStride(const planning::Slices &slices) const;
  int64_t tapStride(const planning::Slices &slices) const { return depth * channelStride(slices); }
  /// Position of tap 0, channel 0 of a block.
  mlir::Value position(const ContractionEmit &emit, mlir::Value group, mlir::Value firstColumn,
                       mlir::Value paddedBefore) const;
};

/// Adds the step that packs `kernelTensor` into a temporary.
BufferId addPackStep(KernelBuilder &kernels, mlir::Operation *source, const Panel &panel, mlir::Value kernelTensor);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_PANEL_H
