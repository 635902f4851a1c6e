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
      Value block = emit.add(panel.position(emit, emit.index(0), first, before),
                             emit.mul(depth, panel.channelStride(slices)));
      Value source = emit.add(emit.mul(depth, shape.resultChannels), first);
      int64_t offset = 0;
      for (planning::VectorSlice slice : slices) {
        forDirectTaps([&](Value direct, Value directSource) {
          Value at = emit.add(emit.add(block, offset), emit.mul(direct, panel.tapStride(slices)));
          Values values = transform(emit.add(emit.add(source, offset), directSource), slice);
          for (auto [position, value] : llvm::enumerate(values))
            emit.store(value, to, emit.add(at, position * plan.directTaps() * panel.tapStride(slices)),
                       {slice.width, slice.width});
        });
        offset += slice.width;
      }
    });
  }

  /// A vector of filters of the convolution, which are what is summed over, and all its input channels, the columns:
  /// transformed into scratch, then turned around.
  void filters(Value first, planning::VectorSlice slice, Value scratch) {
    int64_t positions = plan.positions(), width = slice.width;
    forColumnBlocks(emit, panel.columns, [&](Value, Value column, Value before, const Slices &slices) {
      int64_t valid = planning::validColumns(slices), padded = planning::paddedColumns(slices);
      Value block = emit.add(panel.position(emit, emit.index(0), column, before),
                             emit.mul(first, panel.channelStride(slices)));
      forDirectTaps([&](Value direct, Value directSource) {
        Value at = emit.add(block, emit.mul(direct, panel.tapStride(slices)));
        emit.loop(valid, [&](Value one) {
          Value source = emit.add(emit.mul(emit.add(column, one), shape.sourceChannels), first);
          Values values = transform(emit.add(source, directSource), slice);
          for (auto [position, value] : llvm::enumerate(values))
            emit.store(value, scratch, emit.add(emit.mul(one, width), position * valid * width),
                       {width, width});
        });
        emit.loop(positions, [&](Value position) {
          Value start = emit.add(at, emit.mul(position, plan.directTaps() * panel.tapStride(slices)));
          if (valid != padded)
            emit.fillZero(to, start, emit.index(slice.valid * padded), target);
          emitTranspose(emit, to, start, padded, scratch, emit.mul(position, valid * width), width, valid,
                        emit.index(slice.valid), target);
        });
      });
    });
  }

private:
  const Correlation &shape;
  const WinogradPlan &plan;
  const Panel &panel;
  const TargetFacts &target;
  ContractionEmit emit;

  int64_t rowElements() const { return shape.sourceChannels * shape.resultChannels; }
  /// Where tap t of an axis (ascending source positions) is in the kernel: at first + t * step, in elements.
  int64_t tapStep(int axis) const {
    int64_t step = rowElements();
    for (int next = axis + 1; next < 3; ++next)
      step *= plan.taps[next];
    return shape.axes[axis].tapStep < 0 ? -step : step;
  }
  int64_t firstTap() const {
    int64_t first = 0;
    for (int axis = 0; axis < 3; ++axis)
      if (tapStep(axis) < 0)
        first -= (plan.taps[axis] - 1) * tapStep(axis);
    return first;
  }

  /// body(number of the direct tap, its elements before it in the kernel).
  void forDirectTaps(llvm::function_ref<void(Value, Value)> body) const {
    // At most one axis has several.
    int axis = 0;
    while (axis < 2 && plan.directTaps(axis) == 1)
      ++axis;
    emit.loop(plan.directTaps(), [&](Value tap) { body(tap, emit.mul(tap, tapStep(axis))); });
  }

  /// All positions of one direct tap.
  Values transform(Value at, planning::VectorSlice slice) const {
    VectorGrid grid;
    for (int axis = 0; axis < 3; ++axis)
      grid.extents[axis] = plan.transformed(axis) ? plan.taps[axis] : 1;
    for (int64_t d = 0; d < grid.extents[0]; ++d)
      for (int64_t h = 0; h < grid.extents[1]; ++h)
        for (int64_t w = 0; w < grid.extents[2]; ++w)
          grid.values.push_back(emit.load(
              from, emit.add(at, firstTap() + d * tapStep(0) + h * tapStep(1) + w * tapStep(2)), slice));
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
  panel.depth = shape.depth();
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
    int64_t columns = std::max(planning::validColumns(panel.columns.block), planning::validColumns(panel.columns.tail));
    Value scratch = kernels.scratch(
        kernel, MemRefType::get({plan.positions() * columns * lanes}, kernel.builder.getF32Type()));
    Value whole = emit.index(depth / lanes);
    emit.loop(kernel.begin, emit.min(kernel.end, whole), 1,
              [&](Value unit) { emitter.filters(emit.mul(unit, lanes), {lanes, lanes}, scratch); });
    if (int64_t rest = depth % lanes)
      emit.loop(emit.max(kernel.begin, whole), kernel.end, 1, [&](Value) {
        emitter.filters(emit.index(depth - rest), {static_cast<int64_t>(llvm::PowerOf2Ceil(rest)), rest}, scratch);
      });
  });
  return transformed;
}

} // namespace nncc::kernels
