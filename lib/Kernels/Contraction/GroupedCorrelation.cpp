// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Forward pass and input gradient of convolutions in small groups:
//   for each unit (sample, block of rows), row of results, phase of the last axis, tile of positions, vector of channels
//     accumulators = bias
//     for the taps of the outer axes that lie in the source
//       for each channel of a group, source position: accumulators of the positions that meet it += source * weights
//     activation, store
#include "nncc/Kernels/Contraction/Grouped.h"

#include "nncc/Kernels/Contraction/Halo.h"
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Math.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace nncc::kernels {

using planning::VectorSlice;

namespace {

class GroupedCorrelationEmitter {
public:
  GroupedCorrelationEmitter(KernelBuilder &kernels, Kernel &kernel, const Correlation &shape, const GroupedPlan &plan)
      : kernel(kernel), shape(shape), plan(plan), target(kernels.target()), emit(kernel.builder, kernel.loc) {}

  Value input, weights, bias, result; ///< rank 1; bias may be null

  void run() {
    Volume sample = {{shape.axes[0].source, shape.axes[1].source, shape.axes[2].source}, shape.sourceChannels};
    Volume results = {{shape.axes[0].result, shape.axes[1].result, shape.axes[2].result}, resultDistance()};
    ahead = planRowPrefetch(emit, shape.axes, shape.sourceChannels, plan.tiles.front().length,
                            4 * (sample.elements() + results.elements()), kernel.batch, target);
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      Value number = emit.div(unit, plan.blocks), block = emit.rem(unit, plan.blocks);
      int64_t rows = shape.axes[plan.blockAxis].result;
      Value begin = emit.div(emit.mul(block, rows), plan.blocks);
      Value end = emit.div(emit.mul(emit.add(block, 1), rows), plan.blocks);
      auto forRows = [&](int axis, llvm::function_ref<void(Value)> body) {
        if (axis == plan.blockAxis)
          emit.loop(begin, end, 1, body);
        else
          emit.loop(shape.axes[axis].result, body);
      };
      Value sourceBase = emit.mul(number, sample.elements()), resultBase = emit.mul(number, results.elements());
      forRows(0, [&](Value d) {
        forRows(1, [&](Value h) {
          Row row;
          row.outer = {outerPlace(emit, shape.axes[0], d), outerPlace(emit, shape.axes[1], h)};
          row.source = sourceBase;
          for (int axis = 0; axis < 2; ++axis)
            row.source = emit.add(row.source, emit.mul(row.outer[axis].source, sample.stride(axis)));
          row.result = emit.add(resultBase, emit.add(emit.mul(d, results.stride(0)), emit.mul(h, results.stride(1))));
          row.tapSteps = {shape.axes[0].tapStep * sample.stride(0), shape.axes[1].tapStep * sample.stride(1)};
          for (size_t phase = 0; phase < plan.tiles.size(); ++phase)
            forPositionTiles(emit, plan.tiles[phase], [&](Value position, int64_t known, int64_t positions) {
              tile(row, phase, position, known, positions);
            });
        });
      });
    });
  }

private:
  Kernel &kernel;
  const Correlation &shape;
  const GroupedPlan &plan;
  const TargetFacts &target;
  ContractionEmit emit;
  RowPrefetch ahead;

  struct Row {
    std::array<OuterPlace, 2> outer;
    std::array<int64_t, 2> tapSteps; ///< elements of the source
    Value source, result;
  };

  int64_t resultDistance() const { return shape.resultDistance ? shape.resultDistance : shape.resultChannels; }

  void tile(const Row &row, int64_t phase, Value position, int64_t known, int64_t positions) const {
    const Axis &last = shape.axes[2];
    const Axis::Phase &facts = last.phases[phase];
    int64_t phases = last.phases.size();
    std::vector<SourceUse> uses = sourceUses(last, phase, known, positions, 0, facts.taps);
    Value at = emit.add(row.source, emit.mul(position, last.step * shape.sourceChannels));
    Value to = emit.add(row.result, emit.mul(emit.add(emit.mul(position, phases), phase), resultDistance()));
    forGroupLanes(emit, plan.lanes, [&](Value sourceChannel, Value resultChannel, VectorSlice slice) {
      Value start = bias ? emit.load(bias, resultChannel, slice) : emit.zero(slice.width);
      Values sums(positions, start);
      if (phase == 0)
        emit.ifThen(ahead.isLarge, [&] {
          for (int64_t next : ahead.sourceRows)
            prefetchShare(emit, input, emit.add(at, next), sourceChannel,
                          slice.valid / plan.lanes.result * plan.lanes.source, positions * last.step);
          // Lines that are only written are brought in all the same.
          int64_t next = (shape.axes[1].result > 1 ? last.result : 2 * positions * phases) * resultDistance();
          prefetchShare(emit, result, emit.add(to, next), resultChannel, slice.valid, positions * phases);
        });
      Value source = emit.add(at, sourceChannel);
      const OuterPlace &depth = row.outer[0], &height = row.outer[1];
      sums = emit.loop(depth.from, depth.to, 1, sums, [&](Value d, Values outer) {
        return emit.loop(height.from, height.to, 1, outer, [&](Value h, Values inner) {
          Value from = emit.add(emit.add(source, emit.mul(d, row.tapSteps[0])), emit.mul(h, row.tapSteps[1]));
          Value tap = emit.add(emit.mul(d, shape.axes[0].tapStride), depth.firstTap);
          tap = emit.add(emit.mul(tap, shape.axes[1].taps),
                         emit.add(emit.mul(h, shape.axes[1].tapStride), height.firstTap));
          tap = emit.add(emit.mul(tap, last.taps), facts.firstTap);
          Value weight = emit.add(emit.mul(tap, shape.depth() * shape.resultChannels), resultChannel);
          return addTaps(uses, facts.taps, from, weight, slice, inner);
        });
      });
      Emit math(kernel.builder, kernel.loc, target);
      for (Value &sum : sums)
        sum = emitActivation(math, shape.activation, sum);
      storeAccumulators(emit, sums, result, emit.add(to, resultChannel), evenRows(positions, phases * resultDistance()),
                        {slice});
    });
  }

  /// The taps of the last axis.
  Values addTaps(const std::vector<SourceUse> &uses, int64_t taps, Value source, Value weight, VectorSlice slice,
                 Values sums) const {
    for (int64_t channel = 0; channel < plan.lanes.source; ++channel) {
      Values ofTap;
      for (int64_t tap = 0; tap < taps; ++tap) {
        int64_t step = tap * shape.axes[2].tapStride * shape.depth() + channel;
        ofTap.push_back(emit.load(weights, emit.add(weight, step * shape.resultChannels), slice));
      }
      for (const SourceUse &use : uses) {
        Value value = loadGroupLanes(emit, plan.lanes, input, emit.add(source, use.source * shape.sourceChannels), slice,
                                     channel);
        for (auto [position, tap] : use.pairs)
          sums[position] = emit.multiplyAdd(value, ofTap[tap], sums[position], target);
      }
    }
    return sums;
  }
};

/// Packs the kernel [taps, d, F] of a forward pass for the input gradient: [taps][F / groups][C].
BufferId addTransposeStep(KernelBuilder &kernels, Operation *source, const Correlation &shape, Value kernelTensor) {
  int64_t taps = shape.taps(), channels = shape.resultChannels, filters = shape.sourceChannels;
  int64_t perGroup = shape.columns(), filtersPerGroup = shape.depth();
  OpBuilder types(source->getContext());
  BufferId packed = kernels.addTemporary(MemRefType::get({taps * filtersPerGroup * channels}, types.getF32Type()));
  kernels.addStep(source, "pack kernel", {taps, 0}, {0, 0}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value from = kernels.flat(kernel, kernelTensor), to = kernels.flat(kernel, packed);
    emit.loop(kernel.begin, kernel.end, 1, [&](Value tap) {
      emit.loop(filtersPerGroup, [&](Value m) {
        emit.loop(channels, [&](Value channel) {
          Value group = emit.div(channel, perGroup), c = emit.rem(channel, perGroup);
          Value row = emit.add(emit.mul(tap, perGroup), c);
          Value weight = emit.add(emit.mul(row, filters), emit.add(emit.mul(group, filtersPerGroup), m));
          Value place = emit.add(emit.mul(emit.add(emit.mul(tap, filtersPerGroup), m), channels), channel);
          memref::StoreOp::create(emit.builder, emit.loc, memref::LoadOp::create(emit.builder, emit.loc, from, weight),
                                  to, place);
        });
      });
    });
  });
  return packed;
}

} // namespace

bool addGroupedCorrelationSteps(KernelBuilder &kernels, Operation *source, StringRef what, const Correlation &shape,
                                Value input, Value kernelTensor, Value bias, Value result) {
  std::optional<GroupedPlan> plan = planGroupedCorrelation(shape, kernels.target());
  if (!plan)
    return false;
  // A depthwise kernel is its own transpose.
  bool isPacked = shape.transposed && (shape.depth() > 1 || shape.columns() > 1);
  BufferId packed;
  if (isPacked)
    packed = addTransposeStep(kernels, source, shape, kernelTensor);
  int64_t multiplyAdds = shape.taps() * shape.depth() * shape.resultChannels;
  for (const Axis &axis : shape.axes)
    multiplyAdds = multiplyAdds * axis.result / static_cast<int64_t>(axis.phases.size());
  kernels.describeNextStep(planText(*plan));
  kernels.addStep(source, what, {0, plan->blocks}, {0, 2 * multiplyAdds}, [&](Kernel &kernel) {
    GroupedCorrelationEmitter emitter(kernels, kernel, shape, *plan);
    emitter.input = kernels.flat(kernel, input);
    emitter.weights = isPacked ? kernels.flat(kernel, packed) : kernels.flat(kernel, kernelTensor);
    if (bias)
      emitter.bias = kernels.flat(kernel, bias);
    emitter.result = kernels.flat(kernel, result);
    emitter.run();
  });
  return true;
}

} // namespace nncc::kernels
