// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/BFloatCorrelation.h"
#include "nncc/Kernels/Contraction/MatrixUnit.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nncc::kernels {

namespace {
/// With fewer channels most of a tile would be filled with zeroes.
constexpr int64_t fewestChannels = 8;
constexpr int64_t multiplyAddsPerUnit = 8'000'000;
constexpr int64_t mostBlocks = 16;
} // namespace

std::optional<BFloatPlan> planBFloatCorrelation(const Correlation &shape, const TargetFacts &target) {
  if (!target.bfloat16 || shape.groups != 1 || shape.samples || shape.sourceChannels < fewestChannels ||
      shape.resultChannels < fewestChannels)
    return std::nullopt;
  int64_t work = shape.taps() * shape.sourceChannels * shape.resultChannels;
  for (const Axis &axis : shape.axes) {
    if (axis.phases.size() != 1)
      return std::nullopt;
    work *= axis.result;
  }
  BFloatPlan plan;
  plan.depthSteps = llvm::divideCeil(shape.sourceChannels, MatrixUnit::mostDepth);
  plan.depthStep = llvm::alignTo(llvm::divideCeil(shape.sourceChannels, plan.depthSteps), 2);
  while (plan.blockAxis < 2 && shape.resultExtent(plan.blockAxis) == 1)
    ++plan.blockAxis;
  int64_t results = shape.resultExtent(plan.blockAxis);

  auto slabBytes = [&](int64_t blocks) {
    plan.blocks = blocks;
    plan.mostPerBlock = llvm::divideCeil(results, blocks);
    for (int axis = 0; axis < 3; ++axis)
      plan.slab[axis] = shape.axes[axis].reach((axis == plan.blockAxis ? plan.mostPerBlock : shape.resultExtent(axis)) *
                                               shape.pool[axis]);
    return 2 * plan.slab[0] * plan.slab[1] * plan.slab[2] * plan.depth();
  };
  int64_t blocks = std::clamp<int64_t>(work / multiplyAddsPerUnit, 1, std::min(results, mostBlocks));
  while (slabBytes(blocks) > target.l2Bytes / 2 && blocks < results)
    ++blocks;
  return plan;
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const BFloatPlan &plan) {
  return os << "bf16 tiles of " << MatrixUnit::rows << " positions, " << plan.depthSteps << 'x' << plan.depthStep
            << " channels, " << MatrixUnit::columns << " filters, " << plan.blocks << " blocks of axis " << plan.blockAxis
            << ", slab " << plan.slab[0] << 'x' << plan.slab[1] << 'x' << plan.slab[2];
}

} // namespace nncc::kernels
