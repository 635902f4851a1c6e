// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A correlation of stride 1 by Winograd's algorithm:
//   for each unit (sample, block of tiles)         the runtime's threads share these
//     copy its source with the halo                only where something outside of the source is read
//     for each tile of the source, channels        source transform, into scratch: a matrix for each position
//     for each column block
//       for each position                          a matrix product: tiles x channels times channels x columns
//       for each tile of the result, columns       result transform, bias, activation, max pool, store
// Scratch is as large as a few rows of tiles: the caches hold it, no map is ever written in transformed form.
#include "nncc/Kernels/Contraction/Winograd.h"

#include "nncc/Kernels/Contraction/Epilogue.h"
#include "nncc/Kernels/Contraction/Halo.h"
#include "nncc/Kernels/Contraction/Tile.h"

using namespace mlir;

namespace nncc::kernels {

using planning::Slices;

namespace {

/// Floats in a cache line, and lines after which the first-level cache begins again.
constexpr int64_t lineFloats = 16;

/// Distance of the matrices of two positions: an odd number of lines, or those of all positions would meet in the same few
/// sets of the cache.
int64_t matrixPitch(int64_t floats) {
  int64_t lines = (floats + lineFloats - 1) / lineFloats;
  return (lines | 1) * lineFloats;
}

/// Builds the body of the kernel.
class WinogradEmitter {
public:
  WinogradEmitter(KernelBuilder &kernels, Kernel &kernel, const Correlation &shape, const WinogradPlan &plan,
                  const Panel &panel)
      : kernels(kernels), kernel(kernel), shape(shape), plan(plan), panel(panel), target(kernels.target()),
        emit(kernel.builder, kernel.loc), epilogue(emit, shape, target) {
    for (int axis = 0; axis < 3; ++axis)
      if (plan.transformed(axis))
        transforms[axis] = winogradTransform(plan.outputs[axis], plan.taps[axis]);
  }

  Value input, weights, bias, result, argmax; ///< rank 1; bias and argmax may be null

  void run() {
    auto scratch = [&](int64_t floats) {
      return kernels.scratch(kernel, MemRefType::get({floats}, kernel.builder.getF32Type()));
    };
    Volume sample = {{shape.axes[0].source, shape.axes[1].source, shape.axes[2].source}, shape.sourceChannels};
    Volume slab = {{plan.reach(0), plan.reach(1), plan.reach(2)}, shape.sourceChannels};
    Value slabScratch = needsHalo() ? scratch(slab.elements()) : Value();
    sourcePitch = matrixPitch(plan.sourceTiles() * shape.sourceChannels);
    sources = scratch(plan.positions() * sourcePitch);
    int64_t columns =
        std::max(planning::paddedColumns(panel.columns.block), planning::paddedColumns(panel.columns.tail));
    productPitch = matrixPitch(plan.unitTiles() * columns);
    products = scratch(plan.positions() * productPitch);

    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      Value number = unit;
      for (int axis = 2; axis >= 0; --axis) {
        firstGroup[axis] = emit.mul(emit.rem(number, plan.blocks[axis]), plan.groups(axis));
        number = emit.div(number, plan.blocks[axis]);
      }
      std::array<Value, 3> origin;
      for (int axis = 0; axis < 3; ++axis)
        origin[axis] = emit.add(emit.mul(firstGroup[axis], plan.group[axis] * plan.outputs[axis]),
                                shape.axes[axis].shift);
      Value sampleBase = emit.mul(number, sample.elements());
      const Volume &memory = slabScratch ? slab : sample;
      source = {input, sampleBase, {memory.stride(0), memory.stride(1), memory.stride(2)}};
      if (slabScratch) {
        copyHalo(emit, input, sampleBase, sample, slabScratch, slab, origin, target);
        source.memory = slabScratch;
        source.base = emit.index(0);
      } else {
        for (int axis = 0; axis < 3; ++axis)
          source.base = emit.add(source.base, emit.mul(origin[axis], source.strides[axis]));
      }
      Volume results = resultVolume();
      resultBase = emit.mul(number, results.elements());
      transformSource();
      forColumnBlocks(emit, panel.columns, [&](Value, Value first, Value before, const Slices &slices) {
        multiply(panel.position(emit, emit.index(0), first, before), slices);
        finish(first, slices);
      });
    });
  }

private:
  KernelBuilder &kernels;
  Kernel &kernel;
  const Correlation &shape;
  const WinogradPlan &plan;
  const Panel &panel;
  const TargetFacts &target;
  ContractionEmit emit;
  CorrelationEpilogue epilogue;
  std::array<WinogradTransform, 3> transforms;
  Window source; ///< base: of the unit's first tile
  std::array<Value, 3> firstGroup;
  Value resultBase;
  Value sources, products; ///< scratch: [positions][tiles][channels], [positions][tiles][columns of a block]
  int64_t sourcePitch = 0, productPitch = 0;

  /// Whether some unit reads outside of the source: for padding, or for results that do not exist.
  bool needsHalo() const {
    for (int axis = 0; axis < 3; ++axis) {
      int64_t last = (plan.allTiles(axis) - 1) * plan.outputs[axis] + plan.outputs[axis] + plan.taps[axis] - 2;
      if (shape.axes[axis].shift < 0 || last + shape.axes[axis].shift >= shape.axes[axis].source)
        return true;
    }
    return false;
  }

  Volume resultVolume() const {
    int64_t distance = shape.resultDistance ? shape.resultDistance : shape.resultChannels;
    return {{shape.resultExtent(0), shape.resultExtent(1), shape.resultExtent(2)}, distance};
  }

  /// body(coordinates) for a grid.
  void forGrid(const std::array<int64_t, 3> &extents,
               llvm::function_ref<void(const std::array<Value, 3> &)> body) const {
    emit.loop(extents[0], [&](Value d) {
      emit.loop(extents[1], [&](Value h) { emit.loop(extents[2], [&](Value w) { body({d, h, w}); }); });
    });
  }

  Value number(const std::array<Value, 3> &at, const std::array<int64_t, 3> &extents) const {
    return emit.add(emit.mul(emit.add(emit.mul(at[0], extents[1]), at[1]), extents[2]), at[2]);
  }

  void transformSource() {
    std::array<int64_t, 3> extents = {plan.sourceTiles(0), plan.sourceTiles(1), plan.sourceTiles(2)};
    forGrid(extents, [&](const std::array<Value, 3> &at) {
      Value from = source.base, to = emit.mul(number(at, extents), shape.sourceChannels);
      for (int axis = 0; axis < 3; ++axis)
        from = emit.add(from, emit.mul(at[axis], plan.outputs[axis] * source.strides[axis]));
      emit.vectorLoop(emit.index(shape.sourceChannels), target, [&](Value channel, planning::VectorSlice slice) {
        VectorGrid grid;
        grid.extents = {plan.positions(0), plan.positions(1), plan.positions(2)};
        for (int64_t d = 0; d < grid.extents[0]; ++d)
          for (int64_t h = 0; h < grid.extents[1]; ++h)
            for (int64_t w = 0; w < grid.extents[2]; ++w)
              grid.values.push_back(
                  emit.load(source.memory,
                            emit.add(emit.add(from, channel),
                                     d * source.strides[0] + h * source.strides[1] + w * source.strides[2]),
                            slice));
        for (int axis = 0; axis < 3; ++axis)
          if (plan.transformed(axis))
            grid = multiplyAxis(emit, transforms[axis].source, grid, axis, target);
        for (auto [position, value] : llvm::enumerate(grid.values))
          emit.store(value, sources, emit.add(emit.add(to, channel), position * sourcePitch), slice);
      });
    });
  }

  /// The products of all positions for the columns of a block.
  void multiply(Value panelBase, const Slices &slices) {
    Slices whole;
    for (planning::VectorSlice slice : slices)
      whole.push_back({slice.width, slice.width});
    int64_t channels = shape.sourceChannels, columns = planning::paddedColumns(slices);
    int64_t tap = panel.tapStride(slices);
    // Tiles of one direct tap lie as far from those of the next as one step of its axis.
    int64_t tapDistance = channels;
    for (int axis = 2; axis >= 0 && plan.directTaps(axis) == 1; --axis)
      tapDistance *= plan.sourceTiles(axis);
    emit.loop(plan.positions(), [&](Value position) {
      forRowTiles(emit, plan.product.rows, [&](Value first, int64_t count) {
        TileOperands tile;
        tile.memoryA = sources;
        tile.a = emit.add(emit.mul(position, sourcePitch), emit.mul(first, channels));
        tile.rows = evenRows(count, channels);
        tile.memoryB = weights;
        tile.b = emit.add(panelBase, emit.mul(position, plan.directTaps() * tap));
        tile.columns = slices;
        tile.paddedB = true;
        tile.loops = {{emit.index(plan.directTaps()), tapDistance, tap},
                      {emit.index(channels), 1, panel.channelStride(slices)}};
        Values sums = emitTile(emit, tile, zeroAccumulators(emit, count, slices), target);
        storeAccumulators(emit, sums, products,
                          emit.add(emit.mul(position, productPitch), emit.mul(first, columns)),
                          evenRows(count, columns), whole);
      });
    });
  }

  /// From the products of a column block to results.
  void finish(Value firstColumn, const Slices &slices) {
    int64_t columns = planning::paddedColumns(slices);
    forGrid({plan.groups(0), plan.groups(1), plan.groups(2)}, [&](const std::array<Value, 3> &at) {
      std::array<Value, 3> tile;
      for (int axis = 0; axis < 3; ++axis)
        tile[axis] = emit.mul(at[axis], plan.group[axis]);
      Value from = emit.mul(number(tile, plan.tiles), columns);
      forSlices(emit, slices, [&](Value before, planning::VectorSlice slice) {
        VectorGrid grid = loadProducts(emit.add(from, before), columns, slice.width);
        for (int axis = 0; axis < 3; ++axis)
          if (plan.transformed(axis))
            grid = multiplyAxis(emit, transforms[axis].result, grid, axis, target);
        Value column = emit.add(firstColumn, before);
        if (bias) {
          Value one = emit.load(bias, column, slice);
          for (Value &value : grid.values)
            value = arith::AddFOp::create(emit.builder, emit.loc, value, one);
        }
        store(at, grid, column, slice);
      });
    });
  }

  /// The products of a group of tiles: positions of transformed axes, tiles of direct ones.
  VectorGrid loadProducts(Value from, int64_t columns, int64_t width) const {
    VectorGrid grid;
    auto coordinates = [&](int axis, llvm::function_ref<void(int64_t, int64_t)> body) {
      for (int64_t i = 0; i < grid.extents[axis]; ++i)
        plan.transformed(axis) ? body(i, 0) : body(0, i);
    };
    for (int axis = 0; axis < 3; ++axis)
      grid.extents[axis] = plan.transformed(axis) ? plan.positions(axis) : plan.group[axis];
    coordinates(0, [&](int64_t depth, int64_t tileDepth) {
      coordinates(1, [&](int64_t height, int64_t tileHeight) {
        coordinates(2, [&](int64_t column, int64_t tileColumn) {
          int64_t position = (depth * plan.positions(1) + height) * plan.positions(2) + column;
          int64_t tile = (tileDepth * plan.tiles[1] + tileHeight) * plan.tiles[2] + tileColumn;
          grid.values.push_back(
              emit.load(products, emit.add(from, position * productPitch + tile * columns), {width, width}));
        });
      });
    });
    return grid;
  }

  /// Pools the results of a group of tiles and writes those that exist.
  void store(const std::array<Value, 3> &at, const VectorGrid &grid, Value column, planning::VectorSlice slice) {
    Volume results = resultVolume();
    std::array<int64_t, 3> extents;
    std::array<Value, 3> first;
    Value base = emit.add(resultBase, column);
    for (int axis = 0; axis < 3; ++axis) {
      extents[axis] = grid.extents[axis] / shape.pool[axis];
      first[axis] = emit.mul(emit.add(firstGroup[axis], at[axis]), extents[axis]);
      base = emit.add(base, emit.mul(first[axis], results.stride(axis)));
    }
    auto guarded = [&](int axis, int64_t step, llvm::function_ref<void()> body) {
      if (plan.groups(axis) * plan.blocks[axis] * extents[axis] == shape.resultExtent(axis))
        return body();
      emit.ifThen(emit.less(emit.add(first[axis], step), emit.index(shape.resultExtent(axis))), body);
    };
    std::array<int64_t, 3> step;
    // Everything is computed before the first test.
    SmallVector<CorrelationEpilogue::Result> values;
    for (step[0] = 0; step[0] < extents[0]; ++step[0])
      for (step[1] = 0; step[1] < extents[1]; ++step[1])
        for (step[2] = 0; step[2] < extents[2]; ++step[2])
          values.push_back(epilogue.apply(window(grid, step)));
    auto next = values.begin();
    for (step[0] = 0; step[0] < extents[0]; ++step[0])
      guarded(0, step[0], [&] {
        for (step[1] = 0; step[1] < extents[1]; ++step[1])
          guarded(1, step[1], [&] {
            for (step[2] = 0; step[2] < extents[2]; ++step[2])
              guarded(2, step[2], [&] {
                Value to = base;
                for (int axis = 0; axis < 3; ++axis)
                  to = emit.add(to, step[axis] * results.stride(axis));
                emit.store(next->value, result, to, slice);
                if (argmax)
                  epilogue.storeNumber(next->number, argmax, to, slice);
                ++next;
              });
          });
      });
  }

  /// The positions of one pooling window of a tile.
  Values window(const VectorGrid &grid, const std::array<int64_t, 3> &step) const {
    Values values;
    for (int64_t d = 0; d < shape.pool[0]; ++d)
      for (int64_t h = 0; h < shape.pool[1]; ++h)
        for (int64_t w = 0; w < shape.pool[2]; ++w) {
          int64_t depth = step[0] * shape.pool[0] + d, height = step[1] * shape.pool[1] + h;
          values.push_back(grid.values[(depth * grid.extents[1] + height) * grid.extents[2] +
                                       step[2] * shape.pool[2] + w]);
        }
    return values;
  }
};

} // namespace

void forSlices(const ContractionEmit &emit, const Slices &slices,
               llvm::function_ref<void(Value, planning::VectorSlice)> body) {
  int64_t before = 0;
  for (size_t from = 0, to; from < slices.size(); from = to) {
    planning::VectorSlice slice = slices[from];
    for (to = from + 1; to < slices.size() && slices[to] == slice && !slice.partial();)
      ++to;
    emit.loop(to - from, [&](Value number) { body(emit.add(emit.mul(number, slice.width), before), slice); });
    before += (to - from) * slice.width;
  }
}

void addWinogradSteps(KernelBuilder &kernels, Operation *source, StringRef what, const Correlation &shape,
                      const WinogradPlan &plan, BufferRef input, Value kernelTensor, Value bias, Value result,
                      Value argmax) {
  Panel panel = winogradPanel(shape, plan);
  BufferId transformed = addWinogradKernelStep(kernels, source, shape, plan, panel, kernelTensor);
  // What the direct sum would take: the work that the model asks for.
  kernels.describeNextStep(planText(plan));
  kernels.addStep(source, what, {0, plan.units()}, {0, 2 * shape.multiplyAdds()}, [&](Kernel &kernel) {
    WinogradEmitter emitter(kernels, kernel, shape, plan, panel);
    emitter.input = input.flat(kernels, kernel);
    emitter.weights = kernels.flat(kernel, transformed);
    if (bias)
      emitter.bias = kernels.flat(kernel, bias);
    emitter.result = kernels.flat(kernel, result);
    if (shape.argmax)
      emitter.argmax = kernels.flat(kernel, argmax);
    emitter.run();
  });
}

} // namespace nncc::kernels
