// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_POOLEDCONVOLUTION_H
#define NNCC_KERNELS_CONTRACTION_POOLEDCONVOLUTION_H

#include "nncc/Kernels/Contraction/Axis.h"

namespace nncc::kernels {

/// A convolution and the max pool of stride = window (valid) behind it, as their gradients see them: only one position
/// of each window and filter has a gradient, the one that the argmax names (row-major in the window). Shapes are those
/// of one sample, three spatial axes always.
struct PooledConvolution {
  Axes axes;                              ///< those of the forward pass (forwardAxis); their results are the map's
  std::array<int64_t, 3> pool = {1, 1, 1};
  int64_t groups = 1;
  int64_t channels = 1;  ///< of the input, all groups
  int64_t filters = 1;   ///< all groups
  int64_t argmaxBits = 8; ///< 8 or 32

  int64_t depth() const { return channels / groups; }
  int64_t columns() const { return filters / groups; }
  int64_t taps() const { return axes[0].taps * axes[1].taps * axes[2].taps; }
  int64_t poolPositions() const { return pool[0] * pool[1] * pool[2]; }
  /// Extent of the pooled map.
  int64_t pooledExtent(int axis) const { return axes[axis].result / pool[axis]; }
  int64_t pooledPositions() const { return pooledExtent(0) * pooledExtent(1) * pooledExtent(2); }
};

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_POOLEDCONVOLUTION_H
