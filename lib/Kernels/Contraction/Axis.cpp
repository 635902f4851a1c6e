// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Axis.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

namespace nncc::kernels {

int64_t Axis::positions(int64_t phase) const {
  int64_t count = phases.size();
  return phase < result ? (result - phase + count - 1) / count : 0;
}

bool Axis::needsHalo() const {
  for (int64_t phase = 0; phase < static_cast<int64_t>(phases.size()); ++phase) {
    int64_t last = positions(phase) - 1;
    if (last < 0 || phases[phase].taps == 0)
      continue;
    int64_t reachOfTaps = (phases[phase].taps - 1) * tapStep;
    if (phases[phase].offset + std::min<int64_t>(reachOfTaps, 0) < 0 ||
        last * step + phases[phase].offset + std::max<int64_t>(reachOfTaps, 0) >= source)
      return true;
  }
  return false;
}

int64_t Axis::reach(int64_t results) const {
  return ((results - 1) * scale + span + divisor - 1) / divisor + 1;
}

Axis forwardAxis(int64_t input, int64_t output, int64_t kernel, int64_t stride, int64_t dilation, int64_t low) {
  Axis axis;
  axis.source = input;
  axis.result = output;
  axis.taps = kernel;
  axis.step = stride;
  axis.tapStep = dilation;
  axis.phases = {{kernel, 0, -low}};
  axis.scale = stride;
  axis.shift = -low;
  axis.span = (kernel - 1) * dilation;
  return axis;
}

Axis gradientAxis(int64_t input, int64_t output, int64_t kernel, int64_t stride, int64_t dilation, int64_t low) {
  Axis axis;
  axis.source = output;
  axis.result = input;
  axis.taps = kernel;
  // Taps of one phase are those with k * dilation = phase + low (mod stride): every tapStride-th from the first.
  int64_t common = std::gcd(stride, dilation);
  axis.tapStride = stride / common;
  axis.tapStep = -(dilation / common);
  for (int64_t phase = 0; phase < stride; ++phase) {
    Axis::Phase facts;
    for (int64_t k = 0; k < std::min(kernel, axis.tapStride); ++k) {
      if ((phase + low - k * dilation) % stride != 0)
        continue;
      facts.firstTap = k;
      facts.taps = (kernel - k + axis.tapStride - 1) / axis.tapStride;
      facts.offset = (phase + low - k * dilation) / stride;
      break;
    }
    axis.phases.push_back(facts);
  }
  axis.shift = low - (kernel - 1) * dilation;
  axis.span = (kernel - 1) * dilation;
  axis.divisor = stride;
  return axis;
}

} // namespace nncc::kernels
