// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gradient of a convolution's kernel where a max pool follows: only one position of each window and filter has a
// gradient, and not even that where the activation is flat.
//   for each unit (slab, or some filters of a slab)
//     zero its sums, [filters][taps and channels]
//     for each chunk (sample, some pooled positions) of the slab
//       copy the source rows with their halo              only where padding is asked for
//       add the gradient to the bias' sums
//       for each filter
//         list the positions whose gradient is not 0: the gradient, and where its input starts
//         for each tile of taps and channels
//           accumulators = sums
//           for each position of the list: accumulators += source (taps and channels) * gradient
//           sums = accumulators
// then the slabs' sums are added up in order, and transposed.
#include "nncc/Kernels/Contraction/PooledKernelGradient.h"

#include "PositionLists.h"
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

/// The partial sums: for each slab those of the filters, a row each, then those of the bias.
struct SumsLayout {
  int64_t filterStride, bias, slab;

  SumsLayout(const PooledConvolution &shape)
      : filterStride(llvm::alignTo(shape.taps() * shape.depth(), 16)), bias(shape.filters * filterStride),
        slab(bias + llvm::alignTo(shape.filters, 16)) {}
};

class PooledKernelGradientEmitter {
public:
  PooledKernelGradientEmitter(KernelBuilder &kernels, Kernel &kernel, const PooledConvolution &shape,
                              const PooledKernelGradientPlan &plan)
      : kernels(kernels), kernel(kernel), shape(shape), plan(plan), target(kernels.target()), layout(shape),
        emit(kernel.builder, kernel.loc), builder(kernel.builder), loc(kernel.loc) {}

  Value input, gradient, argmax, sums; ///< rank 1
  bool withBias = false;

  void run() {
    Volume slab = {plan.slab, shape.channels};
    if (needsHalo())
      halo = kernels.scratch(kernel, MemRefType::get({slab.elements()}, builder.getF32Type()));
    Volume in = halo ? slab : sourceVolume();
    strides = {in.stride(0), in.stride(1), in.stride(2)};
    lists.emplace(kernels, kernel, shape, plan, strides, gradient, argmax);
    Value active = activeSlabs(emit, plan, kernel.batch);
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      Value number = emit.div(unit, plan.filterParts), part = emit.rem(unit, plan.filterParts);
      isFirstPart = plan.filterParts == 1 ? Value()
                                          : arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, part,
                                                                  emit.index(0));
      filterBegin = emit.div(emit.mul(part, shape.columns()), plan.filterParts);
      filterEnd = emit.div(emit.mul(emit.add(part, 1), shape.columns()), plan.filterParts);
      forSlabOfUnit(emit, plan, number, active, [&](Value slab) { doSlab(slab, active); });
    });
  }

private:
  KernelBuilder &kernels;
  Kernel &kernel;
  const PooledConvolution &shape;
  const PooledKernelGradientPlan &plan;
  const TargetFacts &target;
  SumsLayout layout;
  ContractionEmit emit;
  OpBuilder &builder;
  Location loc;
  Value halo;                     ///< scratch; null where nothing is padded
  std::array<int64_t, 3> strides; ///< of what the chunks read
  std::optional<PositionLists> lists;
  Value filterBegin, filterEnd;   ///< of a group
  Value isFirstPart;              ///< that does the bias; null where there is one part
  Value sumsBase;                 ///< of the running slab

  bool needsHalo() const {
    return llvm::any_of(shape.axes, [](const Axis &axis) { return axis.needsHalo(); });
  }
  Volume sourceVolume() const {
    return {{shape.axes[0].source, shape.axes[1].source, shape.axes[2].source}, shape.channels};
  }
  Volume pooledVolume() const {
    return {{shape.pooledExtent(0), shape.pooledExtent(1), shape.pooledExtent(2)}, shape.filters};
  }
  /// From one pooled position to the next, in what is read.
  int64_t pooledStep(int axis) const { return shape.pool[axis] * shape.axes[axis].step * strides[axis]; }

  /// What the bias needs, which one part of the filters does for all.
  void onFirstPart(llvm::function_ref<void()> body) const {
    if (!withBias)
      return;
    if (isFirstPart)
      emit.ifThen(isFirstPart, body);
    else
      body();
  }

  /// The chunks of slab `slab` of `active`.
  void doSlab(Value slab, Value active) {
    sumsBase = emit.mul(slab, layout.slab);
    onFirstPart([&] { emit.fillZero(sums, emit.add(sumsBase, layout.bias), emit.index(shape.filters), target); });
    emit.loop(shape.groups, [&](Value group) {
      Value first = emit.mul(emit.add(emit.mul(group, shape.columns()), filterBegin), layout.filterStride);
      Value count = emit.mul(emit.sub(filterEnd, filterBegin), layout.filterStride);
      emit.fillZero(sums, emit.add(sumsBase, first), count, target);
    });
    const std::array<int64_t, 3> extents = {shape.pooledExtent(0), shape.pooledExtent(1), shape.pooledExtent(2)};
    forChunksOfSlab(emit, plan, slab, active, kernel.batch, extents, [&](const Chunk &chunk) { addChunk(chunk); });
  }

  void addChunk(const Chunk &chunk) {
    const auto &[number, first, count] = chunk;
    Volume sample = sourceVolume(), pooled = pooledVolume();
    Value from = emit.mul(number, sample.elements()), memory = input;
    if (halo) {
      Volume slab = {plan.slab, shape.channels};
      std::array<Value, 3> origin;
      Value base = emit.index(0);
      for (int axis = 0; axis < 3; ++axis) {
        origin[axis] = sourceOrigin(emit, shape.axes[axis], emit.mul(first[axis], shape.pool[axis]));
        base = emit.sub(base, emit.mul(origin[axis], slab.stride(axis)));
      }
      copyHalo(emit, input, from, sample, halo, slab, origin, target);
      from = base;
      memory = halo;
    }
    Value at = emit.mul(number, pooled.elements());
    for (int axis = 0; axis < 3; ++axis) {
      int64_t offset = shape.axes[axis].phases.front().offset * strides[axis];
      from = emit.add(from, emit.add(emit.mul(first[axis], pooledStep(axis)), offset));
      at = emit.add(at, emit.mul(first[axis], pooled.stride(axis)));
    }
    onFirstPart([&] {
      addColumnSums(emit, {gradient, at, count, {pooled.stride(0), pooled.stride(1), pooled.stride(2)}, shape.filters,
                           sums, emit.add(sumsBase, layout.bias), argmax, shape.poolPositions()},
                    target);
    });
    emit.loop(shape.groups, [&](Value group) {
      Value groupFrom = emit.add(from, emit.mul(group, shape.depth()));
      auto addFilter = [&](Value filter, Value length) {
        emit.ifThen(emit.less(emit.index(0), length), [&] {
          addList(memory, groupFrom, length, emit.add(sumsBase, emit.mul(filter, layout.filterStride)));
        });
      };
      Value firstFilter = emit.mul(group, shape.columns()), rest = filterBegin;
      if (plan.compress) {
        int64_t step = PositionLists::kFilters;
        Value whole = emit.mul(emit.div(emit.sub(filterEnd, filterBegin), step), step);
        rest = emit.add(filterBegin, whole);
        Value positions = emit.mul(emit.mul(count[0], count[1]), count[2]);
        emit.loop(filterBegin, rest, step, [&](Value column) {
          Value filter = emit.add(firstFilter, column);
          lists->prepare(emit.add(at, filter), positions);
          emit.loop(step, [&](Value one) { addFilter(emit.add(filter, one), lists->compress(one, positions)); });
        });
      }
      emit.loop(rest, filterEnd, 1, [&](Value column) {
        Value filter = emit.add(firstFilter, column);
        addFilter(filter, lists->append(emit.add(at, filter), count));
      });
    });
  }

  /// Adds the positions of the list to the sums of a filter, which start at `to`.
  void addList(Value memory, Value from, Value length, Value to) const {
    std::array<int64_t, 3> tapSteps, tapSums;
    int64_t sumStride = runOf(shape, plan);
    for (int axis = 2; axis >= 0; --axis) {
      tapSteps[axis] = shape.axes[axis].tapStep * strides[axis];
      tapSums[axis] = sumStride;
      sumStride *= tapsOf(shape, plan, axis);
    }
    using Tap = std::pair<Value, int64_t>; ///< the first, and how many
    auto tile = [&](const std::array<Tap, 3> &taps, Value column, const Slices &slices) {
      SmallVector<int64_t> sources, rows;
      for (int64_t d = 0; d < taps[0].second; ++d)
        for (int64_t h = 0; h < taps[1].second; ++h)
          for (int64_t w = 0; w < taps[2].second; ++w) {
            sources.push_back(d * tapSteps[0] + h * tapSteps[1] + w * tapSteps[2]);
            rows.push_back(d * tapSums[0] + h * tapSums[1] + w * tapSums[2]);
          }
      Value source = emit.add(from, column), sum = emit.add(to, column);
      for (int axis = 0; axis < 3; ++axis) {
        source = emit.add(source, emit.mul(taps[axis].first, tapSteps[axis]));
        sum = emit.add(sum, emit.mul(taps[axis].first, tapSums[axis]));
      }
      Values accumulators = loadAccumulators(emit, sums, sum, rows, slices);
      accumulators = emit.loop(emit.index(0), length, 1, std::move(accumulators), [&](Value k, Values carried) {
        Value place = memref::LoadOp::create(builder, loc, lists->places, k);
        place = emit.add(source, arith::IndexCastOp::create(builder, loc, builder.getIndexType(), place));
        llvm::SmallDenseMap<int64_t, Value, 4> factors; // by width
        size_t next = 0;
        for (int64_t offset : sources) {
          int64_t lane = offset;
          for (planning::VectorSlice slice : slices) {
            Value &factor = factors[slice.width];
            if (!factor)
              factor = emit.splat(lists->gradients, k, slice.width);
            Value vector = emit.load(memory, emit.add(place, lane), slice);
            carried[next] = emit.multiplyAdd(factor, vector, carried[next], target);
            ++next;
            lane += slice.valid;
          }
        }
        return carried;
      });
      storeAccumulators(emit, accumulators, sums, sum, rows, slices);
    };
    forRowTiles(emit, plan.taps[0], [&](Value d, int64_t depths) {
      forRowTiles(emit, plan.taps[1], [&](Value h, int64_t heights) {
        forRowTiles(emit, plan.taps[2], [&](Value w, int64_t widths) {
          forColumnBlocks(emit, plan.columns, [&](Value, Value column, Value, const Slices &slices) {
            tile({Tap{d, depths}, Tap{h, heights}, Tap{w, widths}}, column, slices);
          });
        });
      });
    });
  }
};

/// Adds the step that adds up the slabs, into the first one's sums, and transposes [filters][taps and channels] into
/// the result. A unit is some filters.
void addSumStep(KernelBuilder &kernels, Operation *source, const PooledConvolution &shape,
                const PooledKernelGradientPlan &plan, BufferId partial, Value result, Value biasGradient) {
  int64_t perUnit = 16;
  while (shape.filters % perUnit)
    perUnit /= 2;
  SumsLayout layout(shape);
  int64_t elements = shape.taps() * shape.depth(), stride = layout.filterStride, units = shape.filters / perUnit;
  kernels.addStep(source, "conv kernel gradient, sum", {units + (biasGradient ? 1 : 0), 0},
                  {plan.slabs * layout.slab, 0}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value from = kernels.flat(kernel, partial), to = kernels.flat(kernel, result);
    Value toBias = biasGradient ? kernels.flat(kernel, biasGradient) : Value();
    Value active = activeSlabs(emit, plan, kernel.batch);
    // The slabs behind the first are added to it.
    auto addSlabs = [&](Value begin, int64_t count) {
      if (plan.slabs > 1)
        emit.loop(emit.index(1), active, 1, [&](Value number) {
          Value other = emit.add(begin, emit.mul(number, layout.slab));
          emit.vectorLoop(emit.index(count), kernels.target(), [&](Value i, planning::VectorSlice slice) {
            Value at = emit.add(begin, i);
            Value sum = arith::AddFOp::create(emit.builder, emit.loc, emit.load(from, at, slice),
                                              emit.load(from, emit.add(other, i), slice));
            emit.store(sum, from, at, slice);
          });
        });
    };
    auto sumFilters = [&](Value unit) {
      Value filter = emit.mul(unit, perUnit), begin = emit.mul(filter, stride);
      addSlabs(begin, perUnit * stride);
      emitTranspose(emit, to, filter, shape.filters, from, begin, stride, perUnit, emit.index(elements),
                    kernels.target());
    };
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      if (!biasGradient)
        return sumFilters(unit);
      emit.ifThen(emit.less(unit, emit.index(units)), [&] { sumFilters(unit); });
      emit.ifThen(emit.less(emit.index(units - 1), unit), [&] {
        Value begin = emit.index(layout.bias);
        addSlabs(begin, shape.filters);
        emit.copy(toBias, emit.index(0), from, begin, emit.index(shape.filters), kernels.target());
      });
    });
  });
}

} // namespace

void addPooledKernelGradientSteps(KernelBuilder &kernels, Operation *source, const PooledConvolution &shape,
                                  const PooledKernelGradientPlan &plan, Value input, Value outputGradient,
                                  Value argmax, Value result, Value biasGradient) {
  int64_t elements = plan.slabs * SumsLayout(shape).slab;
  BufferId partial = kernels.addTemporary(MemRefType::get({elements}, Float32Type::get(source->getContext())));
  int64_t multiplyAdds = shape.pooledPositions() * shape.taps() * shape.depth() * shape.filters;
  kernels.describeNextStep(planText(plan) + (biasGradient ? ", with the bias" : ""));
  kernels.addStep(source, "conv kernel gradient", {plan.slabs * plan.filterParts, 0}, {0, 2 * multiplyAdds},
                  [&](Kernel &kernel) {
    PooledKernelGradientEmitter emitter(kernels, kernel, shape, plan);
    emitter.input = kernels.flat(kernel, input);
    emitter.gradient = kernels.flat(kernel, outputGradient);
    emitter.argmax = kernels.flat(kernel, argmax);
    emitter.sums = kernels.flat(kernel, partial);
    emitter.withBias = biasGradient != Value();
    emitter.run();
  });
  addSumStep(kernels, source, shape, plan, partial, result, biasGradient);
}

} // namespace nncc::kernels
