// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_REFERENCE_WINDOW_H
#define NNCC_REFERENCE_WINDOW_H

#include "llvm/ADT/ArrayRef.h"

#include <array>
#include <cstdint>

namespace nncc::reference {

/// A window that slides over one to three spatial axes, as convolutions and pools have it. Axes that are missing count
/// as 1.
struct SlidingWindow {
  int64_t batch;
  std::array<int64_t, 3> input, window, output, stride, dilation, low;

  /// `input`, `output`: shapes with batch and channels. `padding`: leading and trailing of each axis.
  SlidingWindow(llvm::ArrayRef<int64_t> inputShape, llvm::ArrayRef<int64_t> windowExtents,
                llvm::ArrayRef<int64_t> outputShape, llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> padding,
                llvm::ArrayRef<int64_t> dilations = {})
      : batch(inputShape.front()) {
    input = window = output = stride = dilation = {1, 1, 1};
    low = {0, 0, 0};
    size_t axes = windowExtents.size();
    for (size_t i = 0, to = 3 - axes; i < axes; ++i, ++to) {
      input[to] = inputShape[i + 1];
      window[to] = windowExtents[i];
      output[to] = outputShape[i + 1];
      stride[to] = strides[i];
      low[to] = padding[2 * i];
      if (!dilations.empty())
        dilation[to] = dilations[i];
    }
  }

  /// Calls `visit(input position, tap, output position)` wherever a tap of a window lies inside of the input: for
  /// output o and tap k that is input o * stride + k * dilation - low. Positions are row-major, batch included,
  /// channels not; for each output the taps come in row-major order.
  template <typename Visit> void forEachTap(Visit visit) const {
    int64_t out = 0;
    for (int64_t n = 0; n < batch; ++n)
      for (int64_t o0 = 0; o0 < output[0]; ++o0)
        for (int64_t o1 = 0; o1 < output[1]; ++o1)
          for (int64_t o2 = 0; o2 < output[2]; ++o2, ++out) {
            int64_t tap = 0;
            for (int64_t k0 = 0; k0 < window[0]; ++k0)
              for (int64_t k1 = 0; k1 < window[1]; ++k1)
                for (int64_t k2 = 0; k2 < window[2]; ++k2, ++tap) {
                  int64_t i0 = o0 * stride[0] + k0 * dilation[0] - low[0];
                  int64_t i1 = o1 * stride[1] + k1 * dilation[1] - low[1];
                  int64_t i2 = o2 * stride[2] + k2 * dilation[2] - low[2];
                  if (i0 >= 0 && i0 < input[0] && i1 >= 0 && i1 < input[1] && i2 >= 0 && i2 < input[2])
                    visit(((n * input[0] + i0) * input[1] + i1) * input[2] + i2, tap, out);
                }
          }
  }
};

} // namespace nncc::reference

#endif // NNCC_REFERENCE_WINDOW_H
