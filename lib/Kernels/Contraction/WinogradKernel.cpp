// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel of a convolution, transformed for Winograd's algorithm: taps of an axis become positions.
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Contraction/Transpose.h"
#include "nncc/Kernels/Contraction/Winograd.h"

using namespace mlir;

namespace nncc::kernels {

using planning::Slices;

namespace {

/// Builds the body of the step.
class KernelTransformEmitter {
public:
  KernelTransformEmitter(Kernel &kernel, const Correlation &shape, const WinogradPlan &plan, const Panel &panel,
                         const TargetFacts &target)
      : shape(shape), plan(plan), panel(panel), target(target), emit(kernel.builder, kernel.loc) {}

  Value from, to;

  /// One input channel of the convolution: its filters are the columns.
  void channel(Value depth) {
    forColumnBlocks(emit, panel.columns, [&](Value, Value first, Value before, const Slices &slices) {
      Value at = emit.add(emit.mul(depth, shape.resultChannels), first);
      row(panel.position(emit, emit.index(0), first, before), depth, slices,
          {from, at, shape.sourceChannels * shape.resultChannels});
    });
  }

  /// `count` filters of the convolution, which are what is summed over; its input channels are the columns. The taps are
  /// turned around in scratch first.
  void filters(Value first, int64_t count, Value scratch) {
    forColumnBlocks(emit, panel.columns, [&](Value, Value column, Value before, const Slices &slices) {
      int64_t width = planning::paddedColumns(slices);
      emit.loop(shape.taps(), [&](Value tap) {
        Value source = emit.add(emit.mul(emit.add(emit.mul(tap, shape.resultChannels), column), shape.sourceChannels),
                                first);
        emitTranspose(emit, scratch, emit.mul(tap, count * width), width, from, source, shape.sourceChannels,
                      planning::validColumns(slices), emit.index(count), target);
      });
      Value block = panel.position(emit, emit.index(0), column, before);
      emit.loop(count, [&](Value one) {
        row(block, emit.add(first, one), slices, {scratch, emit.mul(one, width), count * width});
      });
    });
  }

private:
  /// The taps of a row of columns.
  struct Taps {
    Value memory;
    Value at;         ///< first column of tap 0
    int64_t distance; ///< from one tap to the next
  };

  const Correlation &shape;
  const WinogradPlan &plan;
  const Panel &panel;
  const TargetFacts &target;
  ContractionEmit emit;

  /// From one tap of an axis to that of the next source position.
  int64_t tapStep(int axis, int64_t distance) const {
    for (int next = axis + 1; next < 3; ++next)
      distance *= plan.taps[next];
    return shape.axes[axis].tapStep < 0 ? -distance : distance;
  }

  /// One row of a column block of all matrices.
  void row(Value block, Value depth, const Slices &slices, const Taps &taps) const {
    int64_t first = 0, tapStride = panel.tapStride(slices);
    for (int axis = 0; axis < 3; ++axis)
      first += std::max<int64_t>(0, -(plan.taps[axis] - 1) * tapStep(axis, taps.distance));
    // At most one axis has several direct taps.
    int direct = 0;
    while (direct < 2 && plan.directTaps(direct) == 1)
      ++direct;
    Value to = emit.add(block, emit.mul(depth, panel.channelStride(slices)));
    emit.loop(plan.directTaps(), [&](Value tap) {
      Value source = emit.add(emit.add(taps.at, first), emit.mul(tap, tapStep(direct, taps.distance)));
      Value target = emit.add(to, emit.mul(tap, tapStride));
      forSlices(emit, slices, [&](Value before, planning::VectorSlice slice) {
        Values values = transform(taps, emit.add(source, before), slice);
        for (auto [position, value] : llvm::enumerate(values))
          emit.store(value, this->to,
                     emit.add(emit.add(target, before), position * plan.directTaps() * tapStride),
                     {slice.width, slice.width});
      });
    });
  }

  /// All positions of one direct tap; lanes that stand for no column are 0.
  Values transform(const Taps &taps, Value at, planning::VectorSlice slice) const {
    VectorGrid grid;
    for (int axis = 0; axis < 3; ++axis)
      grid.extents[axis] = plan.transformed(axis) ? plan.taps[axis] : 1;
    for (int64_t d = 0; d < grid.extents[0]; ++d)
      for (int64_t h = 0; h < grid.extents[1]; ++h)
        for (int64_t w = 0; w < grid.extents[2]; ++w) {
          int64_t tap = d * tapStep(0, taps.distance) + h * tapStep(1, taps.distance) + w * tapStep(2, taps.distance);
          grid.values.push_back(emit.load(taps.memory, emit.add(at, tap), slice));
        }
    for (int axis = 0; axis < 3; ++axis)
      if (plan.transformed(axis))
        grid = multiplyAxis(emit, winogradTransform(plan.outputs[axis], plan.taps[axis]).kernel, grid, axis, target);
    return grid.values;
  }
};

} // namespace

Panel winogradPanel(const Correlation &shape, const WinogradPlan &plan) {
  Panel panel;
  panel.columns = plan.product.columns;
  panel.taps = plan.positions() * plan.directTaps();
  // An odd number of rows: the same row of all matrices is written together, and at powers of two they would all fall into
  // the same few sets of the caches.
  panel.depth = shape.depth() | 1;
  panel.allColumns = shape.columns();
  panel.transposed = true; // never the kernel as it is
  return panel;
}

BufferId addWinogradKernelStep(KernelBuilder &kernels, Operation *source, const Correlation &shape,
                               const WinogradPlan &plan, const Panel &panel, Value kernelTensor) {
  OpBuilder types(source->getContext());
  BufferId transformed = kernels.addTemporary(MemRefType::get({panel.groupElements()}, types.getF32Type()));
  const TargetFacts &target = kernels.target();
  int64_t lanes = target.lanes(), depth = shape.depth();
  int64_t units = shape.transposed ? (depth + lanes - 1) / lanes : depth;
  kernels.addStep(source, "transform kernel", {units, 0}, {0, 0}, [&](Kernel &kernel) {
    KernelTransformEmitter emitter(kernel, shape, plan, panel, target);
    ContractionEmit emit(kernel.builder, kernel.loc);
    emitter.from = kernels.flat(kernel, kernelTensor);
    emitter.to = kernels.buffer(kernel, transformed);
    if (!shape.transposed) {
      emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) { emitter.channel(unit); });
      return;
    }
    int64_t columns =
        std::max(planning::paddedColumns(panel.columns.block), planning::paddedColumns(panel.columns.tail));
    Value scratch =
        kernels.scratch(kernel, MemRefType::get({shape.taps() * columns * lanes}, kernel.builder.getF32Type()));
    Value whole = emit.index(depth / lanes);
    emit.loop(kernel.begin, emit.min(kernel.end, whole), 1,
              [&](Value unit) { emitter.filters(emit.mul(unit, lanes), lanes, scratch); });
    if (int64_t rest = depth % lanes)
      emit.loop(emit.max(kernel.begin, whole), kernel.end, 1,
                [&](Value) { emitter.filters(emit.index(depth - rest), rest, scratch); });
  });
  return transformed;
}

} // namespace nncc::kernels
