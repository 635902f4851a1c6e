// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The correlation behind a convolution's forward pass and input gradient:
//   for each unit (sample, block of rows)          the runtime's threads share these
//     copy the source rows with their halo         only where padding is asked for
//     for each group, column block, result row     the weights of a column block stay in the cache
//       for each phase of the last axis, row tile
//         accumulators = bias
//         for each tap, channel: accumulators += source * weights
//         maximum over the pooling window (in training with its place), activation, store
#include "nncc/Kernels/Contraction/Correlation.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "nncc/Kernels/Contraction/Epilogue.h"
#include "nncc/Kernels/Contraction/BFloatCorrelation.h"
#include "nncc/Kernels/Contraction/Halo.h"
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Contraction/Winograd.h"
#include "nncc/Kernels/Math.h"

using namespace mlir;

namespace nncc::kernels {

using planning::Slices;

namespace {

/// Sums this short have their result lines prefetched.
constexpr int64_t mostStepsOfShortSum = 128;

/// Builds the body of the correlation kernel.
class CorrelationEmitter {
public:
  CorrelationEmitter(KernelBuilder &kernels, Kernel &kernel, const Correlation &shape, const CorrelationPlan &plan,
                     const Panel &panel)
      : kernels(kernels), kernel(kernel), shape(shape), plan(plan), panel(panel), target(kernels.target()),
        emit(kernel.builder, kernel.loc), epilogue(emit, shape, target) {}

  Value input, weights, bias, result, argmax; ///< rank 1; bias and argmax may be null

  void run() {
    Value scratch;
    Volume slab = {plan.slab, shape.sourceChannels};
    if (shape.needsHalo())
      scratch = kernels.scratch(kernel, MemRefType::get({slab.elements()}, kernel.builder.getF32Type()));
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      Value number = emit.div(unit, plan.units()), part = emit.rem(unit, plan.units());
      if (plan.split == 1)
        return doUnit(number, part, emit.add(part, 1), {}, scratch);
      // Of many samples only the first unit of a block has work to do: all of it.
      Value few = emit.less(shape.samples ? emit.index(shape.samples) : kernel.batch, emit.index(kFewSamples));
      auto choose = [&](Value ofFew, Value ofMany) -> Value {
        return arith::SelectOp::create(emit.builder, emit.loc, few, ofFew, ofMany);
      };
      Value first = arith::CmpIOp::create(emit.builder, emit.loc, arith::CmpIPredicate::eq, emit.rem(part, plan.split),
                                          emit.index(0));
      Value active = arith::OrIOp::create(emit.builder, emit.loc, few, first);
      emit.ifThen(active, [&] {
        Value reach = choose(emit.index(plan.splitReach), emit.index(plan.slab[plan.blockAxis]));
        doUnit(number, part, choose(emit.add(part, 1), emit.add(part, plan.split)), reach, scratch);
      });
    });
  }

private:
  /// The parts [part, end) of a sample's units(). `reach`: how far the block's axis goes in the slab, null for all of it.
  void doUnit(Value number, Value part, Value end, Value reach, Value scratch) {
    findBlock(part, end);
    Volume sample = sourceVolume();
    Volume slab = {plan.slab, shape.sourceChannels};
    Value sampleBase = emit.mul(number, sample.elements());
    if (scratch) {
      std::array<Value, 2> counts;
      if (reach && plan.blockAxis < 2)
        counts[plan.blockAxis] = reach;
      std::array<Value, 3> origin;
      Value base = emit.index(0);
      for (int axis = 0; axis < 3; ++axis) {
        origin[axis] = sourceOrigin(emit, shape.axes[axis], firstResult(axis));
        base = emit.sub(base, emit.mul(origin[axis], slab.stride(axis)));
      }
      copyHalo(emit, input, sampleBase, sample, scratch, slab, origin, target, counts);
      source = {scratch, base, {slab.stride(0), slab.stride(1), slab.stride(2)}};
    } else {
      source = {input, sampleBase, {sample.stride(0), sample.stride(1), sample.stride(2)}};
    }
    Volume results = resultVolume();
    resultBase = emit.mul(number, results.elements());
    emit.loop(shape.groups, [&](Value group) {
      auto blocks = [&](llvm::function_ref<void(Value, Value, const Slices &)> body) {
        forColumnBlocks(emit, panel.columns,
                        [&](Value, Value first, Value before, const Slices &slices) { body(first, before, slices); });
      };
      if (plan.rowsOutside)
        forAllRows([&](Value d, Value h) {
          blocks([&](Value first, Value before, const Slices &slices) { row(d, h, group, first, before, slices); });
        });
      else
        blocks([&](Value first, Value before, const Slices &slices) {
          forAllRows([&](Value d, Value h) { row(d, h, group, first, before, slices); });
        });
    });
  }

  KernelBuilder &kernels;
  Kernel &kernel;
  const Correlation &shape;
  const CorrelationPlan &plan;
  const Panel &panel;
  const TargetFacts &target;
  ContractionEmit emit;
  CorrelationEpilogue epilogue;
  Window source;
  Value resultBase;
  Value blockBegin, blockEnd; ///< rows (pooled) or tiles of the unit

  Volume sourceVolume() const {
    return {{shape.axes[0].source, shape.axes[1].source, shape.axes[2].source}, shape.sourceChannels};
  }
  int64_t resultDistance() const { return shape.resultDistance ? shape.resultDistance : shape.resultChannels; }
  Volume resultVolume() const {
    return {{shape.resultExtent(0), shape.resultExtent(1), shape.resultExtent(2)}, resultDistance()};
  }

  void findBlock(Value part, Value end) {
    int64_t rows = plan.blockAxis < 2 ? shape.resultExtent(plan.blockAxis) : plan.tiles.rows.totalTiles();
    blockBegin = emit.div(emit.mul(part, rows), plan.units());
    blockEnd = emit.div(emit.mul(end, rows), plan.units());
  }

  /// First result position (before the pool) of the unit.
  Value firstResult(int axis) const {
    if (axis != plan.blockAxis)
      return emit.index(0);
    return emit.mul(axis < 2 ? blockBegin : tileStart(emit, plan.tiles.rows, blockBegin), shape.pool[axis]);
  }

  void forRows(int axis, llvm::function_ref<void(Value)> body) const {
    if (axis == plan.blockAxis)
      emit.loop(blockBegin, blockEnd, 1, body);
    else
      emit.loop(shape.resultExtent(axis), body);
  }

  /// Row tiles of the last axis: body(first position, positions).
  void forTiles(const planning::RowPlan &rows, llvm::function_ref<void(Value, int64_t)> body) const {
    if (plan.blockAxis != 2 || plan.units() == 1)
      forRowTiles(emit, rows, body);
    else
      forRowTiles(emit, rows, blockBegin, blockEnd, body);
  }

  /// Where a result position stands in its axis: the taps that it meets.
  struct Place {
    Value source;   ///< of tap t = 0
    Value firstTap;
    Value taps;
  };

  Place place(int axis, Value phase, Value position) const {
    const Axis &facts = shape.axes[axis];
    SmallVector<int64_t> offsets, firstTaps, taps;
    for (const Axis::Phase &one : facts.phases) {
      offsets.push_back(one.offset);
      firstTaps.push_back(one.firstTap);
      taps.push_back(one.taps);
    }
    return {emit.add(emit.mul(position, facts.step), emit.pick(phase, offsets)), emit.pick(phase, firstTaps),
            emit.pick(phase, taps)};
  }

  Place rowPlace(int axis, Value row) const {
    int64_t phases = shape.axes[axis].phases.size();
    return place(axis, emit.rem(row, phases), emit.div(emit.mul(row, shape.pool[axis]), phases));
  }

  void forAllRows(llvm::function_ref<void(Value, Value)> body) const {
    forRows(0, [&](Value d) { forRows(1, [&](Value h) { body(d, h); }); });
  }

  /// The columns of a block in one row of results.
  void row(Value d, Value h, Value group, Value firstColumn, Value paddedBefore, const Slices &slices) {
    Value panelBase = panel.position(emit, group, firstColumn, paddedBefore);
    Value channel = emit.add(emit.mul(group, shape.columns()), firstColumn);
    Volume results = resultVolume();
    Place depth = rowPlace(0, d), height = rowPlace(1, h);
    Value start = emit.add(resultBase, emit.add(emit.mul(d, results.stride(0)), emit.mul(h, results.stride(1))));
    // Phases of the last axis with equally many positions share their code.
    const Axis &last = shape.axes[2];
    int64_t phases = last.phases.size();
    for (int64_t from = 0; from < phases;) {
      int64_t to = from + 1, positions = last.positions(from);
      while (to < phases && last.positions(to) == positions)
        ++to;
      if (positions == 0)
        break;
      planning::RowPlan rows = plan.tiles.rows;
      if (from > 0)
        rows = planning::balanceRows(positions, plan.tiles.rows.rows + 1);
      emit.loop(emit.index(from), emit.index(to), 1, [&](Value phase) {
        forTiles(rows, [&](Value position, int64_t count) {
          Place width = place(2, phase, emit.mul(position, shape.pool[2]));
          Value at = emit.mul(emit.add(phase, emit.mul(position, phases)), resultDistance());
          tile({depth, height, width}, count, group, panelBase, slices, emit.add(start, emit.add(at, channel)),
               phases * resultDistance(), channel);
        });
      });
      from = to;
    }
  }

  /// Operands of a tile of `positions` results of which each has `offsets` rows.
  TileOperands operands(const std::array<Place, 3> &places, int64_t positions, ArrayRef<int64_t> offsets, Value group,
                        Value panelBase, const Slices &slices) const {
    TileOperands tile;
    tile.memoryA = source.memory;
    tile.a = emit.add(source.base, emit.mul(group, shape.depth()));
    Value tap = emit.index(0);
    for (int axis = 0; axis < 3; ++axis) {
      tile.a = emit.add(tile.a, emit.mul(places[axis].source, source.strides[axis]));
      tap = emit.add(emit.mul(tap, shape.axes[axis].taps), places[axis].firstTap);
    }
    for (int64_t m = 0; m < positions; ++m)
      for (int64_t offset : offsets)
        tile.rows.push_back(m * shape.pool[2] * shape.axes[2].step * source.strides[2] + offset);
    tile.memoryB = weights;
    tile.b = emit.add(panelBase, emit.mul(tap, panel.tapStride(slices)));
    tile.columns = slices;
    tile.interleave = plan.interleave;
    if (plan.interleave > 1)
      tile.columns = wide(slices);
    tile.paddedB = panel.packed();

    int64_t tapDistance = panel.taps;
    for (int axis = 0; axis < 3; ++axis) {
      const Axis &facts = shape.axes[axis];
      tapDistance /= facts.taps;
      tile.loops.push_back({places[axis].taps, facts.tapStep * source.strides[axis],
                            facts.tapStride * tapDistance * panel.tapStride(slices)});
    }
    tile.loops.push_back({emit.index(shape.depth() / plan.interleave), plan.interleave,
                          panel.channelStride(slices) * plan.interleave});
    // Without taps every input is read once, in as many streams as the tile has rows: too many for the hardware to
    // foresee.
    if (shape.taps() == 1 && shape.groups == 1)
      tile.prefetch = {source.memory,
                       emit.add(tile.a, positions * offsets.size() * shape.axes[2].step * source.strides[2])};
    return tile;
  }

  void tile(const std::array<Place, 3> &places, int64_t positions, Value group, Value panelBase, const Slices &slices,
            Value at, int64_t resultStep, Value channel) {
    SmallVector<int64_t> window;
    for (int64_t d = 0; d < shape.pool[0]; ++d)
      for (int64_t h = 0; h < shape.pool[1]; ++h)
        for (int64_t w = 0; w < shape.pool[2]; ++w)
          window.push_back(d * shape.axes[0].step * source.strides[0] + h * shape.axes[1].step * source.strides[1] +
                           w * shape.axes[2].step * source.strides[2]);
    SmallVector<int64_t> resultRows = evenRows(positions, resultStep);
    // A short sum leaves the stores as much to do as the multiply-adds: their lines should be there by then.
    if (shape.taps() * shape.depth() <= mostStepsOfShortSum)
      prefetchRows(emit, result, at, resultRows, slices);
    SmallVector<CorrelationEpilogue::Result> best;
    if (plan.windowInRegisters) {
      Values all = sums(operands(places, positions, window, group, panelBase, slices), slices, channel);
      for (int64_t m = 0; m < positions; ++m)
        for (size_t v = 0; v < slices.size(); ++v) {
          Values values;
          for (size_t w = 0; w < window.size(); ++w)
            values.push_back(all[(m * window.size() + w) * slices.size() + v]);
          best.push_back(epilogue.largest(values));
        }
    } else {
      best = windowLoop(places, positions, group, panelBase, slices, channel);
    }
    Values values;
    for (CorrelationEpilogue::Result &one : best) {
      one = epilogue.finish(one);
      values.push_back(one.value);
    }
    storeAccumulators(emit, values, result, at, resultRows, slices);
    if (!argmax)
      return;
    auto next = best.begin();
    for (int64_t row : resultRows) {
      Value to = emit.add(at, row);
      for (planning::VectorSlice slice : slices) {
        epilogue.storeNumber((next++)->number, argmax, to, slice);
        to = emit.add(to, slice.valid);
      }
    }
  }

  /// The one vector of an interleaved tile.
  Slices wide(const Slices &slices) const {
    int64_t width = slices.front().width * plan.interleave;
    return {{width, width}};
  }

  /// The sums of a tile with the bias, ready for the maximum.
  Values sums(const TileOperands &tile, const Slices &slices, Value channel) const {
    int64_t rows = tile.rows.size();
    Values values;
    if (plan.interleave == 1) {
      values = emitTile(emit, tile, initial(rows, slices, channel), target);
    } else {
      values = emitTile(emit, tile, zeroAccumulators(emit, rows, tile.columns), target);
      for (auto [value, start] : llvm::zip(values, initial(rows, slices, channel))) {
        value = addInterleaved(emit, value, plan.interleave);
        if (bias)
          value = arith::AddFOp::create(emit.builder, emit.loc, value, start);
      }
    }
    epilogue.activateFirst(values);
    return values;
  }

  /// The bias in every row.
  Values initial(int64_t rows, const Slices &slices, Value channel) const {
    if (!bias)
      return zeroAccumulators(emit, rows, slices);
    Values row = loadAccumulators(emit, bias, channel, {0}, slices), all;
    for (int64_t m = 0; m < rows; ++m)
      all.append(row.begin(), row.end());
    return all;
  }

  /// A window too large for the registers: its positions one after the other, with running maxima.
  SmallVector<CorrelationEpilogue::Result> windowLoop(const std::array<Place, 3> &places, int64_t positions, Value group,
                                                      Value panelBase, const Slices &slices, Value channel) {
    std::array<Place, 3> moved = places;
    auto at = [&](int axis, Value step) {
      moved[axis].source = emit.add(places[axis].source, emit.mul(step, shape.axes[axis].step));
    };
    // Loops carry values: the maxima, then their places.
    using Results = SmallVector<CorrelationEpilogue::Result>;
    auto carry = [&](const Results &results) {
      Values values;
      for (const CorrelationEpilogue::Result &result : results)
        values.push_back(result.value);
      if (argmax)
        for (const CorrelationEpilogue::Result &result : results)
          values.push_back(result.number);
      return values;
    };
    size_t count = positions * slices.size();
    auto resultsOf = [&](ArrayRef<Value> values) {
      Results results;
      for (size_t i = 0; i < count; ++i)
        results.push_back({values[i], argmax ? values[count + i] : Value()});
      return results;
    };
    Results start;
    for (int64_t m = 0; m < positions; ++m)
      for (planning::VectorSlice slice : slices)
        start.push_back(epilogue.none(slice.width));
    Value zero = emit.index(0);
    return resultsOf(emit.loop(zero, emit.index(shape.pool[0]), 1, carry(start), [&](Value d, Values outer) {
      at(0, d);
      return emit.loop(zero, emit.index(shape.pool[1]), 1, outer, [&](Value h, Values middle) {
        at(1, h);
        return emit.loop(zero, emit.index(shape.pool[2]), 1, middle, [&](Value w, Values inner) {
          at(2, w);
          Values here = sums(operands(moved, positions, {0}, group, panelBase, slices), slices, channel);
          Value position = emit.add(emit.mul(emit.add(emit.mul(d, shape.pool[1]), h), shape.pool[2]), w);
          Results best = resultsOf(inner);
          for (auto [one, value] : llvm::zip_equal(best, here))
            one = epilogue.larger(one, value, position);
          return carry(best);
        });
      });
    }));
  }
};

} // namespace

void addCorrelationSteps(KernelBuilder &kernels, Operation *source, StringRef what, const Correlation &shape,
                         BufferRef input, Value kernelTensor, Value bias, Value result, Value argmax) {
  if (std::optional<BFloatPlan> plan = planBFloatCorrelation(shape, kernels.target()))
    return addBFloatCorrelationSteps(kernels, source, what, shape, *plan, input, kernelTensor, bias, result, argmax);
  if (std::optional<WinogradPlan> winograd = planWinograd(shape, kernels.target()))
    return addWinogradSteps(kernels, source, what, shape, *winograd, input, kernelTensor, bias, result, argmax);
  CorrelationPlan plan = planCorrelation(shape, kernels.target());
  Panel panel;
  panel.columns = plan.tiles.columns;
  panel.groups = shape.groups;
  panel.taps = shape.taps();
  panel.depth = shape.depth();
  panel.allColumns = shape.columns();
  panel.transposed = shape.transposed;
  panel.interleave = plan.interleave;
  BufferId packed;
  if (panel.packed())
    packed = addPackStep(kernels, source, panel, kernelTensor);

  kernels.describeNextStep(planText(plan));
  auto ofAll = [&](int64_t count) { return shape.samples ? Affine{count * shape.samples, 0} : Affine{0, count}; };
  kernels.addStep(source, what, ofAll(plan.units()), ofAll(2 * shape.multiplyAdds()), [&](Kernel &kernel) {
    CorrelationEmitter emitter(kernels, kernel, shape, plan, panel);
    ContractionEmit emit(kernel.builder, kernel.loc);
    emitter.input = input.flat(kernels, kernel);
    emitter.weights = panel.packed() ? kernels.flat(kernel, packed) : kernels.flat(kernel, kernelTensor);
    if (bias)
      emitter.bias = kernels.flat(kernel, bias);
    emitter.result = kernels.flat(kernel, result);
    if (shape.argmax)
      emitter.argmax = kernels.flat(kernel, argmax);
    emitter.run();
  });
}

} // namespace nncc::kernels
