// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gradient of a convolution's kernel:
//   for each unit (slab, or slab and part of the kernel)
//     zero its sums
//     for each chunk (sample, some rows of positions) of the slab
//       copy the source rows with their halo       only where padding is asked for
//       for each group, column block, run, row tile
//         accumulators = sums
//         for each position: accumulators += source (taps and channels) * output gradient
//         sums = accumulators
// then the slabs' sums are added up in order.
#include "nncc/Kernels/Contraction/KernelGradient.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "nncc/Kernels/Contraction/Halo.h"
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Contraction/Transpose.h"

using namespace mlir;

namespace nncc::kernels {

using planning::Slices;

namespace {

class KernelGradientEmitter {
public:
  KernelGradientEmitter(KernelBuilder &kernels, Kernel &kernel, const KernelGradient &shape,
                        const KernelGradientPlan &plan)
      : kernels(kernels), kernel(kernel), shape(shape), plan(plan), target(kernels.target()),
        emit(kernel.builder, kernel.loc) {}

  Value input, gradient, sums; ///< rank 1

  void run() {
    if (shape.needsHalo())
      scratch = kernels.scratch(kernel, MemRefType::get({slabVolume().elements()}, kernel.builder.getF32Type()));
    int64_t parts = plan.splitKernel ? plan.runs * plan.tiles.columns.totalBlocks() : 1;
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      Value slab = emit.div(unit, parts), part = emit.rem(unit, parts);
      sumsBase = emit.mul(slab, shape.elements());
      if (plan.splitKernel) {
        blockBegin = emit.div(part, plan.runs);
        runBegin = emit.rem(part, plan.runs);
        blockEnd = emit.add(blockBegin, 1);
        runEnd = emit.add(runBegin, 1);
      } else {
        blockBegin = runBegin = emit.index(0);
        blockEnd = emit.index(plan.tiles.columns.totalBlocks());
        runEnd = emit.index(plan.runs);
      }
      zeroSums();
      Value chunks = emit.mul(kernel.batch, plan.blocks);
      Value first = emit.div(emit.mul(slab, chunks), plan.slabs);
      Value last = emit.div(emit.mul(emit.add(slab, 1), chunks), plan.slabs);
      emit.loop(first, last, 1, [&](Value chunk) { addChunk(chunk); });
    });
  }

private:
  KernelBuilder &kernels;
  Kernel &kernel;
  const KernelGradient &shape;
  const KernelGradientPlan &plan;
  const TargetFacts &target;
  ContractionEmit emit;
  Value scratch, sumsBase;
  Value blockBegin, blockEnd, runBegin, runEnd; ///< part of the kernel

  Volume sourceVolume() const {
    return {{shape.axes[0].source, shape.axes[1].source, shape.axes[2].source}, shape.channels};
  }
  Volume slabVolume() const { return {plan.slab, shape.channels}; }
  Volume gradientVolume() const {
    return {{shape.axes[0].result, shape.axes[1].result, shape.axes[2].result}, shape.filters};
  }
  int64_t rowsOfRun() const { return plan.runTaps * shape.depth(); }

  /// The column blocks of the unit: body(first column, slices).
  void forBlocks(llvm::function_ref<void(Value, const Slices &)> body) const {
    const planning::ColumnPlan &columns = plan.tiles.columns;
    int64_t valid = planning::validColumns(columns.block);
    Value whole = emit.index(columns.blocks);
    if (columns.blocks)
      emit.loop(blockBegin, emit.min(blockEnd, whole), 1,
                [&](Value block) { body(emit.mul(block, valid), columns.block); });
    if (columns.tail.empty())
      return;
    auto tail = [&] { body(emit.index(columns.blocks * valid), columns.tail); };
    if (plan.splitKernel)
      emit.ifThen(emit.less(whole, blockEnd), tail);
    else
      tail();
  }

  void zeroSums() const {
    if (!plan.splitKernel)
      return emit.fillZero(sums, sumsBase, emit.index(shape.elements()), target);
    emit.loop(shape.groups, [&](Value group) {
      forBlocks([&](Value first, const Slices &slices) {
        Value begin = emit.mul(runBegin, rowsOfRun()), end = emit.mul(runEnd, rowsOfRun());
        Value column = emit.add(sumsBase, emit.add(emit.mul(group, shape.columns()), first));
        emit.loop(begin, end, 1, [&](Value row) {
          storeAccumulators(emit, zeroAccumulators(emit, 1, slices), sums,
                            emit.add(column, emit.mul(row, shape.filters)), {0}, slices);
        });
      });
    });
  }

  void addChunk(Value chunk) {
    Value number = emit.div(chunk, plan.blocks), block = emit.rem(chunk, plan.blocks);
    Volume sample = sourceVolume(), results = gradientVolume(), slab = slabVolume();
    std::array<Value, 3> first, count;
    for (int axis = 0; axis < 3; ++axis) {
      int64_t extent = shape.axes[axis].result;
      bool cut = axis == plan.blockAxis;
      first[axis] = cut ? emit.div(emit.mul(block, extent), plan.blocks) : emit.index(0);
      count[axis] = cut ? emit.sub(emit.div(emit.mul(emit.add(block, 1), extent), plan.blocks), first[axis])
                        : emit.index(extent);
    }
    Window source = {input, emit.mul(number, sample.elements()),
                     {sample.stride(0), sample.stride(1), sample.stride(2)}};
    if (scratch) {
      std::array<Value, 3> origin;
      Value base = emit.index(0);
      for (int axis = 0; axis < 3; ++axis) {
        origin[axis] = sourceOrigin(emit, shape.axes[axis], first[axis]);
        base = emit.sub(base, emit.mul(origin[axis], slab.stride(axis)));
      }
      copyHalo(emit, input, source.base, sample, scratch, slab, origin, target);
      source = {scratch, base, {slab.stride(0), slab.stride(1), slab.stride(2)}};
    }

    TileOperands tile;
    tile.memoryA = plan.swapped ? gradient : source.memory;
    tile.memoryB = plan.swapped ? source.memory : gradient;
    Value a = source.base, b = emit.mul(number, results.elements());
    for (int axis = 0; axis < 3; ++axis) {
      const Axis &facts = shape.axes[axis];
      a = emit.add(a, emit.mul(emit.add(emit.mul(first[axis], facts.step), facts.phases.front().offset),
                               source.strides[axis]));
      b = emit.add(b, emit.mul(first[axis], results.stride(axis)));
      int64_t sourceStep = facts.step * source.strides[axis], gradientStep = results.stride(axis);
      if (plan.swapped)
        std::swap(sourceStep, gradientStep);
      tile.loops.push_back({count[axis], sourceStep, gradientStep});
    }
    // Where the rows of a run are, from its first.
    SmallVector<int64_t> offsets;
    for (int64_t tap = 0; tap < plan.runTaps; ++tap) {
      int64_t at = tapOffset(tap, source);
      for (int64_t channel = 0; channel < shape.depth(); ++channel)
        offsets.push_back(at + channel);
    }
    bool oneTile = plan.tiles.rows.totalTiles() == 1 && !plan.swapped;

    emit.loop(shape.groups, [&](Value group) {
      forBlocks([&](Value firstColumn, const Slices &slices) {
        Value column = emit.add(emit.mul(group, shape.columns()), firstColumn);
        emit.loop(runBegin, runEnd, 1, [&](Value run) {
          Value runStart = emit.add(emit.add(a, emit.mul(group, shape.depth())), tapOffset(run, source));
          Value runSums = emit.add(emit.add(sumsBase, column), emit.mul(run, rowsOfRun() * shape.filters));
          int64_t sumStep = plan.swapped ? rowsOfRun() : shape.filters;
          forRowTiles(emit, plan.tiles.rows, [&](Value row, int64_t rows) {
            tile.a = emit.add(plan.swapped ? b : runStart, row);
            tile.rows = oneTile ? offsets : evenRows(rows, 1);
            tile.b = emit.add(plan.swapped ? runStart : b, column);
            tile.columns = slices;
            Value at = emit.add(runSums, emit.mul(row, sumStep));
            SmallVector<int64_t> sumRows = evenRows(rows, sumStep);
            Values accumulators = emitTile(emit, tile, loadAccumulators(emit, sums, at, sumRows, slices), target);
            storeAccumulators(emit, accumulators, sums, at, sumRows, slices);
          });
        });
      });
    });
  }

  /// Distance of a tap (row-major number) in the source.
  int64_t tapOffset(int64_t tap, const Window &source) const {
    int64_t offset = 0;
    for (int axis = 2; axis >= 0; --axis) {
      offset += tap % shape.axes[axis].taps * shape.axes[axis].tapStep * source.strides[axis];
      tap /= shape.axes[axis].taps;
    }
    return offset;
  }

  /// Distance of the first tap of a run.
  Value tapOffset(Value run, const Window &source) const {
    Value tap = emit.mul(run, plan.runTaps), offset = emit.index(0);
    for (int axis = 2; axis >= 0; --axis) {
      const Axis &facts = shape.axes[axis];
      offset = emit.add(offset, emit.mul(emit.rem(tap, facts.taps), facts.tapStep * source.strides[axis]));
      tap = emit.div(tap, facts.taps);
    }
    return offset;
  }
};

/// Adds up the slabs' sums [runs][filters][rows of the run], into the first slab, and transposes them into the result.
void addTransposingSum(KernelBuilder &kernels, Operation *source, const KernelGradient &shape,
                       const KernelGradientPlan &plan, BufferId partial, Value result) {
  int64_t elements = shape.elements(), rows = plan.runTaps * shape.depth();
  kernels.addStep(source, "conv kernel gradient, sum", {plan.runs, 0}, {plan.slabs * elements, 0}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value from = kernels.flat(kernel, partial), to = kernels.flat(kernel, result);
    emit.loop(kernel.begin, kernel.end, 1, [&](Value run) {
      Value begin = emit.mul(run, rows * shape.filters);
      emit.vectorLoop(emit.index(rows * shape.filters), kernels.target(), [&](Value i, planning::VectorSlice slice) {
        Value at = emit.add(begin, i), sum = emit.load(from, at, slice);
        for (int64_t slab = 1; slab < plan.slabs; ++slab)
          sum = arith::AddFOp::create(emit.builder, emit.loc, sum,
                                      emit.load(from, emit.add(at, slab * elements), slice));
        emit.store(sum, from, at, slice);
      });
      emitTranspose(emit, to, begin, shape.filters, from, begin, rows, shape.filters, emit.index(rows),
                    kernels.target());
    });
  });
}

} // namespace

void addKernelGradientSteps(KernelBuilder &kernels, Operation *source, const KernelGradient &shape, Value input,
                            BufferRef outputGradient, Value result) {
  KernelGradientPlan plan = planKernelGradient(shape, kernels.target());
  OpBuilder types(source->getContext());
  int64_t elements = shape.elements(), multiplyAdds = elements;
  for (const Axis &axis : shape.axes)
    multiplyAdds *= axis.result;
  BufferId partial;
  bool direct = plan.slabs == 1 && !plan.swapped;
  if (!direct)
    partial = kernels.addTemporary(MemRefType::get({plan.slabs * elements}, types.getF32Type()));
  int64_t parts = plan.splitKernel ? plan.runs * plan.tiles.columns.totalBlocks() : 1;
  kernels.describeNextStep(planText(plan));
  kernels.addStep(source, "conv kernel gradient", {plan.slabs * parts, 0}, {0, 2 * multiplyAdds}, [&](Kernel &kernel) {
    KernelGradientEmitter emitter(kernels, kernel, shape, plan);
    ContractionEmit emit(kernel.builder, kernel.loc);
    emitter.input = kernels.flat(kernel, input);
    emitter.gradient = outputGradient.flat(kernels, kernel);
    emitter.sums = direct ? kernels.flat(kernel, result) : kernels.flat(kernel, partial);
    emitter.run();
  });
  if (direct)
    return;
  if (plan.swapped)
    return addTransposingSum(kernels, source, shape, plan, partial, result);
  constexpr int64_t perUnit = 4096;
  int64_t units = llvm::divideCeil(elements, perUnit);
  kernels.addStep(source, "conv kernel gradient, sum", {units, 0}, {plan.slabs * elements, 0}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value from = kernels.flat(kernel, partial), to = kernels.flat(kernel, result);
    Value begin = emit.mul(kernel.begin, perUnit);
    Value end = emit.min(emit.mul(kernel.end, perUnit), emit.index(elements));
    emit.vectorLoop(emit.sub(end, begin), kernels.target(), [&](Value i, planning::VectorSlice slice) {
      Value at = emit.add(begin, i), sum = emit.load(from, at, slice);
      for (int64_t slab = 1; slab < plan.slabs; ++slab)
        sum = arith::AddFOp::create(emit.builder, emit.loc, sum,
                                    emit.load(from, emit.add(at, slab * elements), slice));
      emit.store(sum, to, at, slice);
    });
  });
}

} // namespace nncc::kernels
