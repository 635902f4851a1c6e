// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel gradient of convolutions in small groups:
//   for each unit (slab): zero its sums
//     for each block of rows of a sample in the slab, row, tile of positions, vector of channels
//       for each tap of the outer axes that the row meets, channel of a group, few taps of the last axis
//         accumulators = sums
//         for each source position: accumulators of the taps that meet it += source * output gradient
//         sums = accumulators
// then the slabs' sums are added up in order. The sums stay in the cache; source and output gradient are read once from one
// end to the other, as memory likes it best.
#include "nncc/Kernels/Contraction/Grouped.h"

#include "nncc/Kernels/Contraction/Halo.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nncc::kernels {

using planning::VectorSlice;

namespace {

class GroupedGradientEmitter {
public:
  GroupedGradientEmitter(KernelBuilder &kernels, Kernel &kernel, const KernelGradient &shape,
                         const GroupedGradientPlan &plan)
      : kernel(kernel), shape(shape), plan(plan), target(kernels.target()), emit(kernel.builder, kernel.loc) {}

  Value input, gradient, sums; ///< rank 1

  /// Slabs that a batch is summed in.
  static Value slabsOf(const ContractionEmit &emit, const GroupedGradientPlan &plan, Value batch) {
    if (plan.slabs == 1)
      return emit.index(1);
    Value wanted = emit.div(emit.mul(batch, plan.work), plan.slabWork);
    return emit.max(emit.index(1), emit.min(wanted, emit.index(plan.slabs)));
  }

  void run() {
    int64_t bytes = 4 * (sourceVolume().elements() + gradientVolume().elements());
    ahead = planRowPrefetch(emit, shape.axes, shape.channels, plan.tiles.length, bytes, kernel.batch, target);
    Value slabs = slabsOf(emit, plan, kernel.batch);
    Value chunks = emit.mul(kernel.batch, plan.blocks);
    emit.loop(kernel.begin, emit.min(kernel.end, slabs), 1, [&](Value slab) {
      sumsBase = emit.mul(slab, shape.elements());
      emit.fillZero(sums, sumsBase, emit.index(shape.elements()), target);
      auto share = [&](Value number) -> Value {
        if (plan.slabs == 1)
          return emit.mul(number, chunks);
        return arith::DivUIOp::create(emit.builder, emit.loc, emit.mul(number, chunks), slabs);
      };
      emit.loop(share(slab), share(emit.add(slab, 1)), 1, [&](Value chunk) { addChunk(chunk); });
    });
  }

private:
  Kernel &kernel;
  const KernelGradient &shape;
  const GroupedGradientPlan &plan;
  const TargetFacts &target;
  ContractionEmit emit;
  Value sumsBase;
  RowPrefetch ahead;

  Volume sourceVolume() const {
    return {{shape.axes[0].source, shape.axes[1].source, shape.axes[2].source}, shape.channels};
  }
  Volume gradientVolume() const {
    return {{shape.axes[0].result, shape.axes[1].result, shape.axes[2].result}, shape.filters};
  }

  void addChunk(Value chunk) {
    Value number = emit.div(chunk, plan.blocks), block = emit.rem(chunk, plan.blocks);
    Volume sample = sourceVolume(), results = gradientVolume();
    auto forRows = [&](int axis, llvm::function_ref<void(Value)> body) {
      int64_t extent = shape.axes[axis].result;
      if (axis == plan.blockAxis)
        emit.loop(emit.div(emit.mul(block, extent), plan.blocks),
                  emit.div(emit.mul(emit.add(block, 1), extent), plan.blocks), 1, body);
      else
        emit.loop(extent, body);
    };
    Value x = emit.mul(number, sample.elements()), dy = emit.mul(number, results.elements());
    forRows(0, [&](Value d) {
      forRows(1, [&](Value h) {
        std::array<OuterPlace, 2> outer = {outerPlace(emit, shape.axes[0], d), outerPlace(emit, shape.axes[1], h)};
        Value source = emit.add(x, emit.mul(outer[0].source, sample.stride(0)));
        source = emit.add(source, emit.mul(outer[1].source, sample.stride(1)));
        Value row = emit.add(dy, emit.add(emit.mul(d, results.stride(0)), emit.mul(h, results.stride(1))));
        forPositionTiles(emit, plan.tiles, [&](Value position, int64_t known, int64_t positions) {
          addTile(outer, emit.add(source, emit.mul(position, shape.axes[2].step * shape.channels)),
                  emit.add(row, emit.mul(position, shape.filters)), known, positions);
        });
      });
    });
  }

  void addTile(const std::array<OuterPlace, 2> &outer, Value source, Value row, int64_t known, int64_t positions) const {
    const Axis &last = shape.axes[2];
    Volume sample = sourceVolume(), results = gradientVolume();
    int64_t nextGradients =
        shape.axes[1].result > 1 ? results.stride(1) : 2 * plan.tiles.length * shape.filters;
    forGroupLanes(emit, plan.lanes, [&](Value sourceChannel, Value resultChannel, VectorSlice slice) {
      emit.ifThen(ahead.isLarge, [&] {
        int64_t groups = slice.valid / plan.lanes.result;
        for (int64_t next : ahead.sourceRows)
          prefetchShare(emit, input, emit.add(source, next), sourceChannel, groups * plan.lanes.source,
                        positions * shape.axes[2].step);
        prefetchShare(emit, gradient, emit.add(row, nextGradients), resultChannel, slice.valid, positions);
      });
      Values gradients;
      for (int64_t position = 0; position < positions; ++position) {
        Value at = emit.add(emit.add(row, resultChannel), position * shape.filters);
        gradients.push_back(emit.load(gradient, at, slice));
      }
      emit.loop(outer[0].from, outer[0].to, 1, [&](Value d) {
        emit.loop(outer[1].from, outer[1].to, 1, [&](Value h) {
          Value from = emit.add(source, sourceChannel);
          from = emit.add(from, emit.mul(d, shape.axes[0].tapStep * sample.stride(0)));
          from = emit.add(from, emit.mul(h, shape.axes[1].tapStep * sample.stride(1)));
          Value tap = emit.add(emit.mul(d, shape.axes[1].taps), h);
          Value sum = emit.add(emit.add(sumsBase, resultChannel),
                               emit.mul(tap, last.taps * shape.depth() * shape.filters));
          for (int64_t firstTap = 0; firstTap < last.taps; firstTap += plan.taps) {
            int64_t taps = std::min(plan.taps, last.taps - firstTap);
            std::vector<SourceUse> uses = sourceUses(last, 0, known, positions, firstTap, taps);
            for (int64_t channel = 0; channel < plan.lanes.source; ++channel)
              addTaps(uses, gradients, from, sum, slice, channel, firstTap, taps);
          }
        });
      });
    });
  }

  /// A few taps of the last axis, of one channel of each group.
  void addTaps(const std::vector<SourceUse> &uses, const Values &gradients, Value source, Value sum, VectorSlice slice,
               int64_t channel, int64_t firstTap, int64_t taps) const {
    auto sumAt = [&](int64_t tap) {
      return emit.add(sum, ((firstTap + tap) * shape.depth() + channel) * shape.filters);
    };
    Values accumulators;
    for (int64_t tap = 0; tap < taps; ++tap)
      accumulators.push_back(emit.load(sums, sumAt(tap), slice));
    for (const SourceUse &use : uses) {
      Value value =
          loadGroupLanes(emit, plan.lanes, input, emit.add(source, use.source * shape.channels), slice, channel);
      for (auto [position, tap] : use.pairs) {
        Value &accumulator = accumulators[tap - firstTap];
        accumulator = emit.multiplyAdd(value, gradients[position], accumulator, target);
      }
    }
    for (int64_t tap = 0; tap < taps; ++tap)
      emit.store(accumulators[tap], sums, sumAt(tap), slice);
  }
};

} // namespace

bool addGroupedGradientSteps(KernelBuilder &kernels, Operation *source, const KernelGradient &shape, Value input,
                             Value outputGradient, Value result) {
  std::optional<GroupedGradientPlan> plan = planGroupedGradient(shape, kernels.target());
  if (!plan)
    return false;
  int64_t elements = shape.elements();
  bool direct = plan->slabs == 1;
  OpBuilder types(source->getContext());
  BufferId partial;
  if (!direct)
    partial = kernels.addTemporary(MemRefType::get({plan->slabs * elements}, types.getF32Type()));
  kernels.describeNextStep(planText(*plan));
  kernels.addStep(source, "conv kernel gradient", {plan->slabs, 0}, {0, 2 * plan->work}, [&](Kernel &kernel) {
    GroupedGradientEmitter emitter(kernels, kernel, shape, *plan);
    emitter.input = kernels.flat(kernel, input);
    emitter.gradient = kernels.flat(kernel, outputGradient);
    emitter.sums = direct ? kernels.flat(kernel, result) : kernels.flat(kernel, partial);
    emitter.run();
  });
  if (direct)
    return true;
  constexpr int64_t perUnit = 1024;
  int64_t units = llvm::divideCeil(elements, perUnit);
  kernels.addStep(source, "conv kernel gradient, sum", {units, 0}, {plan->slabs * elements, 0}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value from = kernels.flat(kernel, partial), to = kernels.flat(kernel, result);
    Value slabs = GroupedGradientEmitter::slabsOf(emit, *plan, kernel.batch);
    Value begin = emit.mul(kernel.begin, perUnit);
    Value end = emit.min(emit.mul(kernel.end, perUnit), emit.index(elements));
    emit.vectorLoop(emit.sub(end, begin), kernels.target(), [&](Value i, VectorSlice slice) {
      Value at = emit.add(begin, i);
      Values sum = emit.loop(emit.index(1), slabs, 1, {emit.load(from, at, slice)}, [&](Value slab, Values carried) {
        Value next = emit.load(from, emit.add(at, emit.mul(slab, elements)), slice);
        return Values{Value(arith::AddFOp::create(emit.builder, emit.loc, carried.front(), next))};
      });
      emit.store(sum.front(), to, at, slice);
    });
  });
  return true;
}

} // namespace nncc::kernels
