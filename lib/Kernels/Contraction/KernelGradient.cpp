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
//       add the output gradient's positions to the bias' sums
// then the slabs' sums are added up in order.
#include "nncc/Kernels/Contraction/KernelGradient.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "nncc/Kernels/Contraction/ColumnSums.h"
#include "nncc/Kernels/Contraction/Halo.h"
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Contraction/Transpose.h"

using namespace mlir;

namespace nncc::kernels {

using planning::Slices;

namespace {

Value samplesOf(const ContractionEmit &emit, const KernelGradient &shape, const Kernel &kernel) {
  return shape.samples ? emit.index(shape.samples) : kernel.batch;
}

/// Where the sums of slabs are: rows of a temporary, of the kernel's elements and then the bias' filters. Where they need
/// no transposition, the first slab's are the results themselves.
struct SlabSums {
  int64_t elements, rowFloats;
  bool firstInResult;

  SlabSums(const KernelGradient &shape, const KernelGradientPlan &plan, bool bias)
      : elements(shape.elements()), rowFloats(llvm::alignTo(elements + (bias ? shape.filters : 0), 16)),
        firstInResult(!plan.swapped) {}

  int64_t rows(const KernelGradientPlan &plan) const { return plan.slabs - firstInResult; }
};

class KernelGradientEmitter {
public:
  KernelGradientEmitter(KernelBuilder &kernels, Kernel &kernel, const KernelGradient &shape,
                        const KernelGradientPlan &plan)
      : kernels(kernels), kernel(kernel), shape(shape), plan(plan), target(kernels.target()),
        emit(kernel.builder, kernel.loc) {}

  Value input, gradient, argmax;      ///< rank 1; argmax may be null
  Value result, biasResult, partials; ///< rank 1; biasResult and partials may be null

  void run() {
    if (shape.needsHalo())
      scratch = kernels.scratch(kernel, MemRefType::get({slabVolume().elements()}, kernel.builder.getF32Type()));
    int64_t parts = plan.splitKernel ? plan.runs * plan.tiles.columns.totalBlocks() : 1;
    Value active = activeSlabs(emit, plan, samplesOf(emit, shape, kernel));
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      Value slab = emit.div(unit, parts), part = emit.rem(unit, parts);
      isFirstPart = parts > 1 ? equal(part, 0) : Value();
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
      forSlabOfUnit(emit, plan, slab, active, [&](Value number) { doSlab(number, active); });
    });
  }

private:
  KernelBuilder &kernels;
  Kernel &kernel;
  const KernelGradient &shape;
  const KernelGradientPlan &plan;
  const TargetFacts &target;
  ContractionEmit emit;
  Value scratch;
  Value sums, sumsBase, biasSums, biasBase; ///< of the running unit
  Value isFirstPart;                        ///< null where a unit does the whole kernel
  Value blockBegin, blockEnd, runBegin, runEnd; ///< part of the kernel

  Volume sourceVolume() const {
    return {{shape.axes[0].source, shape.axes[1].source, shape.axes[2].source}, shape.channels};
  }
  Volume slabVolume() const { return {plan.slab, shape.channels}; }
  Volume gradientVolume() const {
    return {{shape.resultExtent(0), shape.resultExtent(1), shape.resultExtent(2)}, shape.filters};
  }
  Value equal(Value a, int64_t b) const {
    return arith::CmpIOp::create(emit.builder, emit.loc, arith::CmpIPredicate::eq, a, emit.index(b));
  }

  /// The chunks of slab `number` of `active`.
  void doSlab(Value number, Value active) {
    SlabSums layout(shape, plan, biasResult != Value());
    Value isFirst = layout.firstInResult && plan.slabs > 1 ? equal(number, 0) : Value();
    Value row = emit.mul(emit.sub(number, emit.index(layout.firstInResult)), layout.rowFloats);
    auto choose = [&](Value first, Value &memory, Value &base, int64_t offset) {
      if (!layout.firstInResult) {
        memory = partials;
        base = emit.add(row, offset);
      } else if (plan.slabs == 1) {
        memory = first;
        base = emit.index(0);
      } else {
        auto anywhere = MemRefType::get({ShapedType::kDynamic}, emit.builder.getF32Type(),
                                        StridedLayoutAttr::get(emit.builder.getContext(), ShapedType::kDynamic, {1}));
        auto cast = [&](Value memref) -> Value {
          return memref::CastOp::create(emit.builder, emit.loc, anywhere, memref);
        };
        memory = arith::SelectOp::create(emit.builder, emit.loc, isFirst, cast(first), cast(partials));
        base = arith::SelectOp::create(emit.builder, emit.loc, isFirst, emit.index(0), emit.add(row, offset));
      }
    };
    choose(result, sums, sumsBase, 0);
    if (biasResult)
      choose(biasResult, biasSums, biasBase, layout.elements);
    zeroSums();
    onFirstPart([&] { emit.fillZero(biasSums, biasBase, emit.index(shape.filters), target); });
    const std::array<int64_t, 3> extents = {shape.resultExtent(0), shape.resultExtent(1), shape.resultExtent(2)};
    forChunksOfSlab(emit, plan, number, active, samplesOf(emit, shape, kernel), extents,
                    [&](const Chunk &chunk) { addChunk(chunk); });
  }

  /// What the bias needs, which one part of the kernel does for all.
  void onFirstPart(llvm::function_ref<void()> body) const {
    if (!biasResult)
      return;
    if (isFirstPart)
      emit.ifThen(isFirstPart, body);
    else
      body();
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

  void addChunk(const Chunk &chunk) {
    Volume sample = sourceVolume(), results = gradientVolume(), slab = slabVolume();
    const auto &[number, first, count] = chunk;
    Window source = {input, emit.mul(number, sample.elements()),
                     {sample.stride(0), sample.stride(1), sample.stride(2)}};
    if (scratch) {
      std::array<Value, 3> origin;
      Value base = emit.index(0);
      for (int axis = 0; axis < 3; ++axis) {
        origin[axis] = sourceOrigin(emit, shape.axes[axis], emit.mul(first[axis], shape.pool[axis]));
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
      int64_t step = shape.pool[axis] * facts.step;
      a = emit.add(a, emit.mul(emit.add(emit.mul(first[axis], step), facts.phases.front().offset),
                               source.strides[axis]));
      b = emit.add(b, emit.mul(first[axis], results.stride(axis)));
      int64_t sourceStep = step * source.strides[axis], gradientStep = results.stride(axis);
      if (plan.swapped)
        std::swap(sourceStep, gradientStep);
      tile.loops.push_back({count[axis], sourceStep, gradientStep});
    }
    if (argmax) {
      tile.window.places = argmax;
      for (int64_t d = 0; d < shape.pool[0]; ++d)
        for (int64_t h = 0; h < shape.pool[1]; ++h)
          for (int64_t w = 0; w < shape.pool[2]; ++w)
            tile.window.offsets.push_back(d * shape.axes[0].step * source.strides[0] +
                                          h * shape.axes[1].step * source.strides[1] +
                                          w * shape.axes[2].step * source.strides[2]);
    }
    TilePatch patch;
    if (plan.patches)
      patch = patchOf(source);
    // Where the rows of a run are, from its first.
    SmallVector<int64_t> offsets;
    for (int64_t tap = 0; tap < plan.runTaps; ++tap) {
      int64_t at = tapOffset(tap, source);
      for (int64_t channel = 0; channel < shape.depth(); ++channel)
        offsets.push_back(at + channel);
    }
    bool oneTile = plan.tiles.rows.totalTiles() == 1 && !plan.swapped;

    Value gradientStart = b;
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
            if (plan.patches) {
              // A patch is that of the run's first row.
              tile.a = runStart;
              tile.window.patch = patch;
              tile.window.patch->rowSlots = {};
              ArrayRef<int64_t> all = patch.rowSlots;
              llvm::append_range(tile.window.patch->rowSlots, all.slice(*knownIndex(row), rows));
            }
            Value at = emit.add(runSums, emit.mul(row, sumStep));
            SmallVector<int64_t> sumRows = evenRows(rows, sumStep);
            Values accumulators = emitTile(emit, tile, loadAccumulators(emit, sums, at, sumRows, slices), target);
            storeAccumulators(emit, accumulators, sums, at, sumRows, slices);
          });
        });
      });
    });
    onFirstPart([&] {
      addColumnSums(emit, {gradient, gradientStart, count, {results.stride(0), results.stride(1), results.stride(2)},
                           shape.filters, biasSums, biasBase, argmax, shape.poolPositions()},
                    target);
    });
  }

  /// The input that a pooling window and the taps of a run meet, and where in it taps and positions are.
  TilePatch patchOf(const Window &source) const {
    bool allTaps = plan.runs == 1;
    auto [planes, rows] = shape.patchRows(allTaps);
    // From one row of the patch to the next in the input: only rows that hold positions of the window, or all.
    auto distance = [&](int axis) { return (allTaps ? 1 : shape.axes[axis].step) * source.strides[axis]; };
    TilePatch patch;
    patch.width = shape.patchExtent(2, allTaps) * shape.channels;
    patch.pitch = shape.patchPitch(allTaps);
    for (int64_t d = 0; d < planes; ++d)
      for (int64_t h = 0; h < rows; ++h)
        patch.starts.push_back(d * distance(0) + h * distance(1));
    auto slot = [&, rows = rows](int64_t d, int64_t h, int64_t w) {
      return (d * rows + h) * patch.pitch + w * shape.channels;
    };
    const Axes &axes = shape.axes;
    for (int64_t d = 0; d < (allTaps ? axes[0].taps : 1); ++d)
      for (int64_t h = 0; h < (allTaps ? axes[1].taps : 1); ++h)
        for (int64_t w = 0; w < axes[2].taps; ++w)
          for (int64_t c = 0; c < shape.channels; ++c)
            patch.rowSlots.push_back(slot(d * axes[0].tapStep, h * axes[1].tapStep, w * axes[2].tapStep) + c);
    for (int64_t d = 0; d < shape.pool[0]; ++d)
      for (int64_t h = 0; h < shape.pool[1]; ++h)
        for (int64_t w = 0; w < shape.pool[2]; ++w)
          patch.windowSlots.push_back(allTaps ? slot(d * axes[0].step, h * axes[1].step, w * axes[2].step)
                                              : slot(d, h, w * axes[2].step));
    return patch;
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

/// Adds the sums of the slabs from `first` on to `to`, in their order.
void addSlabs(const ContractionEmit &emit, const TargetFacts &target, const SlabSums &layout, Value partials, Value first,
              Value active, int64_t offset, Value to, Value position, Value count) {
  emit.loop(first, active, 1, [&](Value slab) {
    Value row = emit.add(emit.mul(emit.sub(slab, emit.index(layout.firstInResult)), layout.rowFloats), offset);
    emit.vectorLoop(count, target, [&](Value i, planning::VectorSlice slice) {
      Value at = emit.add(position, i);
      Value sum = arith::AddFOp::create(emit.builder, emit.loc, emit.load(to, at, slice),
                                        emit.load(partials, emit.add(row, at), slice));
      emit.store(sum, to, at, slice);
    });
  });
}

/// Elements of the kernel that a unit of the sum adds up: they stay in the first-level cache.
constexpr int64_t kSumElements = 4096;

/// Adds the step that adds up the slabs' sums. Swapped ones are [runs][filters][rows of the run]: they are added into the
/// first slab's, and then transposed into the result.
void addSumStep(KernelBuilder &kernels, Operation *source, const KernelGradient &shape, const KernelGradientPlan &plan,
                BufferId partial, Value result, Value biasGradient) {
  const TargetFacts &target = kernels.target();
  int64_t rows = plan.runTaps * shape.depth(), perUnit = plan.swapped ? rows * shape.filters : kSumElements;
  int64_t units = llvm::divideCeil(shape.elements(), perUnit);
  kernels.addStep(source, "conv kernel gradient, sum", {units + (biasGradient ? 1 : 0), 0},
                  {plan.slabs * shape.elements(), 0}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    SlabSums layout(shape, plan, biasGradient != Value());
    Value partials = kernels.flat(kernel, partial), to = kernels.flat(kernel, result);
    Value toBias = biasGradient ? kernels.flat(kernel, biasGradient) : Value();
    Value active = activeSlabs(emit, plan, samplesOf(emit, shape, kernel)), one = emit.index(1);
    auto sumKernel = [&](Value unit) {
      Value position = emit.mul(unit, perUnit);
      Value count = emit.min(emit.index(perUnit), emit.sub(emit.index(shape.elements()), position));
      addSlabs(emit, target, layout, partials, one, active, 0, plan.swapped ? partials : to, position, count);
      if (plan.swapped)
        emitTranspose(emit, to, position, shape.filters, partials, position, rows, shape.filters, emit.index(rows),
                      target);
    };
    auto sumBias = [&] {
      Value none = emit.index(0), filters = emit.index(shape.filters);
      if (!layout.firstInResult)
        emit.copy(toBias, none, partials, emit.index(layout.elements), filters, target);
      addSlabs(emit, target, layout, partials, one, active, layout.elements, toBias, none, filters);
    };
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      if (!biasGradient)
        return sumKernel(unit);
      Value ofKernel = emit.less(unit, emit.index(units));
      emit.ifThen(ofKernel, [&] { sumKernel(unit); });
      emit.ifThen(emit.less(emit.index(units - 1), unit), sumBias);
    });
  });
}

} // namespace

void addKernelGradientSteps(KernelBuilder &kernels, Operation *source, const KernelGradient &shape, Value input,
                            BufferRef outputGradient, Value result, Value biasGradient, Value argmax,
                            std::string why) {
  KernelGradientPlan plan = planKernelGradient(shape, kernels.target());
  OpBuilder types(source->getContext());
  int64_t multiplyAdds = plan.work;
  SlabSums layout(shape, plan, biasGradient != Value());
  BufferId partial;
  bool direct = layout.rows(plan) == 0;
  if (!direct)
    partial = kernels.addTemporary(MemRefType::get({layout.rows(plan) * layout.rowFloats}, types.getF32Type()));
  int64_t parts = plan.splitKernel ? plan.runs * plan.tiles.columns.totalBlocks() : 1;
  kernels.describeNextStep(why + planText(plan) + (biasGradient ? ", with the bias" : ""));
  Affine flops = shape.samples ? Affine{2 * multiplyAdds * shape.samples, 0} : Affine{0, 2 * multiplyAdds};
  kernels.addStep(source, "conv kernel gradient", {plan.slabs * parts, 0}, flops, [&](Kernel &kernel) {
    KernelGradientEmitter emitter(kernels, kernel, shape, plan);
    emitter.input = kernels.flat(kernel, input);
    emitter.gradient = outputGradient.flat(kernels, kernel);
    if (argmax)
      emitter.argmax = kernels.flat(kernel, argmax);
    if (!plan.swapped)
      emitter.result = kernels.flat(kernel, result);
    if (!direct)
      emitter.partials = kernels.flat(kernel, partial);
    if (biasGradient)
      emitter.biasResult = kernels.flat(kernel, biasGradient);
    emitter.run();
  });
  if (!direct)
    addSumStep(kernels, source, shape, plan, partial, result, biasGradient);
}

} // namespace nncc::kernels
