// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the kernels of convolutions in small groups share.
#include "nncc/Kernels/Contraction/Grouped.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <map>

using namespace mlir;

namespace nncc::kernels {

using planning::VectorSlice;

Value loadGroupLanes(const ContractionEmit &emit, const GroupLanes &lanes, Value memory, Value position,
                     VectorSlice slice, int64_t channel) {
  if (lanes.source == 1 && lanes.result == 1)
    return emit.load(memory, position, slice);
  int64_t count = slice.valid / lanes.result * lanes.source;
  Value run = emit.load(memory, position, {count, count});
  SmallVector<int64_t> order;
  for (int64_t lane = 0; lane < slice.width; ++lane)
    order.push_back(lane < slice.valid ? lane / lanes.result * lanes.source + channel : channel);
  return vector::ShuffleOp::create(emit.builder, emit.loc, run, run, order);
}

void forGroupLanes(const ContractionEmit &emit, const GroupLanes &lanes,
                   function_ref<void(Value, Value, VectorSlice)> body) {
  emit.loop(lanes.vectors, [&](Value vector) {
    body(emit.mul(vector, lanes.groups * lanes.source), emit.mul(vector, lanes.full.valid), lanes.full);
  });
  if (lanes.tail.valid)
    body(emit.index(lanes.vectors * lanes.groups * lanes.source), emit.index(lanes.vectors * lanes.full.valid),
         lanes.tail);
}

void forPositionTiles(const ContractionEmit &emit, const PositionTiles &plan,
                      function_ref<void(Value, int64_t, int64_t)> body) {
  auto single = [&](int64_t from, int64_t to) {
    for (int64_t tile = from; tile < to; ++tile) {
      int64_t first = tile * plan.length;
      body(emit.index(first), first, std::min(plan.length, plan.positions - first));
    }
  };
  single(0, plan.inside);
  emit.loop(emit.index(plan.inside), emit.index(plan.outside), 1,
            [&](Value tile) { body(emit.mul(tile, plan.length), -1, plan.length); });
  single(plan.outside, plan.tiles);
}

OuterPlace outerPlace(const ContractionEmit &emit, const Axis &facts, Value row) {
  int64_t phases = facts.phases.size();
  SmallVector<int64_t> offsets, firstTaps, taps;
  for (const Axis::Phase &one : facts.phases) {
    offsets.push_back(one.offset);
    firstTaps.push_back(one.firstTap);
    taps.push_back(one.taps);
  }
  Value phase = emit.rem(row, phases), position = emit.div(row, phases);
  OuterPlace result;
  result.source = emit.add(emit.mul(position, facts.step), emit.pick(phase, offsets));
  result.firstTap = emit.pick(phase, firstTaps);
  result.from = emit.index(0);
  result.to = emit.pick(phase, taps);
  if (!facts.needsHalo())
    return result;
  // 0 <= source + t * step < extent.
  int64_t step = std::abs(facts.tapStep);
  Value none = emit.index(0), past = emit.sub(emit.index(facts.source), result.source);
  // Smallest t >= 0 with t * step >= value; the number of t >= 0 with t * step < value.
  auto count = [&](Value value) { return emit.div(emit.add(emit.max(none, value), step - 1), step); };
  if (facts.tapStep > 0) {
    result.from = count(emit.sub(none, result.source));
    result.to = emit.min(result.to, count(past));
  } else {
    // source - t * step < extent from t * step > source - extent on, and >= 0 while t * step < source + 1.
    result.from = count(emit.add(emit.sub(result.source, emit.index(facts.source)), 1));
    result.to = emit.min(result.to, count(emit.add(result.source, 1)));
  }
  return result;
}

RowPrefetch planRowPrefetch(const ContractionEmit &emit, const Axes &axes, int64_t sourceChannels, int64_t tileLength,
                            int64_t bytesPerSample, Value batch, const TargetFacts &target) {
  RowPrefetch plan;
  plan.isLarge = emit.less(emit.index(target.l2Bytes), emit.mul(batch, bytesPerSample));
  plan.sourceFloats = axes[2].step * sourceChannels;
  int64_t row = axes[2].source * sourceChannels, plane = axes[1].source * row;
  // The last source that the taps of the first axis reach.
  int64_t last = std::max<int64_t>((axes[0].taps - 1) * axes[0].tapStep, 0) * plane;
  if (axes[1].result == 1) {
    plan.sourceRows = {last + 2 * tileLength * plan.sourceFloats};
    return plan;
  }
  last += std::max<int64_t>((axes[1].taps - 1) * axes[1].tapStep, 0) * row;
  for (int64_t next = 0; next < std::min(axes[1].step, axes[1].taps); ++next)
    plan.sourceRows.push_back(last + (axes[1].step - next) * row);
  return plan;
}

void prefetchShare(const ContractionEmit &emit, Value memory, Value start, Value firstChannel, int64_t channels,
                   int64_t perChannel) {
  constexpr int64_t lineFloats = 16;
  Value from = emit.add(start, emit.mul(firstChannel, perChannel));
  // Into the second-level cache, which has more requests to memory under way than the first.
  for (int64_t i = 0; i < channels * perChannel; i += lineFloats)
    memref::PrefetchOp::create(emit.builder, emit.loc, memory, emit.add(from, i), /*isWrite=*/false, /*localityHint=*/2,
                               /*isDataCache=*/true);
}

std::vector<SourceUse> sourceUses(const Axis &axis, int64_t phase, int64_t firstPosition, int64_t positions,
                                  int64_t firstTap, int64_t taps) {
  std::map<int64_t, SourceUse> uses;
  for (int64_t position = 0; position < positions; ++position)
    for (int64_t tap = firstTap; tap < firstTap + taps; ++tap) {
      int64_t source = position * axis.step + axis.phases[phase].offset + tap * axis.tapStep;
      int64_t absolute = firstPosition * axis.step + source;
      if (firstPosition >= 0 && (absolute < 0 || absolute >= axis.source))
        continue;
      SourceUse &use = uses[source];
      use.source = source;
      use.pairs.push_back({position, tap});
    }
  std::vector<SourceUse> result;
  for (auto &[source, use] : uses)
    result.push_back(std::move(use));
  return result;
}

} // namespace nncc::kernels
