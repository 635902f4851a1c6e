// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Panel.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Contraction/Transpose.h"

using namespace mlir;

namespace nncc::kernels {

using planning::Slices;

bool Panel::packed() const {
  bool partial = llvm::any_of(columns.block, [](auto slice) { return slice.partial(); });
  return transposed || interleave > 1 || groups > 1 || columns.totalBlocks() > 1 || partial;
}

int64_t Panel::groupElements() const {
  return taps * depth *
         (columns.blocks * planning::paddedColumns(columns.block) + planning::paddedColumns(columns.tail));
}

int64_t Panel::channelStride(const Slices &slices) const {
  return packed() ? planning::paddedColumns(slices) : allColumns;
}

Value Panel::position(const ContractionEmit &emit, Value group, Value firstColumn, Value paddedBefore) const {
  if (!packed())
    return firstColumn;
  return emit.add(emit.mul(group, groupElements()), emit.mul(paddedBefore, taps * depth));
}

BufferId addPackStep(KernelBuilder &kernels, Operation *source, const Panel &panel, Value kernelTensor) {
  OpBuilder types(source->getContext());
  BufferId packed = kernels.addTemporary(MemRefType::get({panel.groups * panel.groupElements()}, types.getF32Type()));
  int64_t filters = panel.groups * (panel.transposed ? panel.depth : panel.allColumns);
  // A unit is one tap of one group.
  kernels.addStep(source, "pack kernel", {panel.groups * panel.taps, 0}, {0, 0}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    const TargetFacts &target = kernels.target();
    Value from = kernels.flat(kernel, kernelTensor), to = kernels.buffer(kernel, packed);
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      Value group = emit.div(unit, panel.taps), tap = emit.rem(unit, panel.taps);
      forColumnBlocks(emit, panel.columns, [&](Value, Value first, Value before, const Slices &slices) {
        int64_t width = planning::paddedColumns(slices), valid = planning::validColumns(slices);
        Value block = emit.add(panel.position(emit, group, first, before), emit.mul(tap, panel.tapStride(slices)));
        if (!panel.transposed && panel.interleave == 1) {
          Value start = emit.add(emit.mul(tap, panel.depth * filters),
                                 emit.add(emit.mul(group, panel.allColumns), first));
          emit.loop(panel.depth, [&](Value channel) {
            Value position = emit.add(start, emit.mul(channel, filters));
            Value target = emit.add(block, emit.mul(channel, width));
            int64_t offset = 0;
            for (planning::VectorSlice slice : slices) {
              // Lanes that stand for no column become 0.
              emit.store(emit.load(from, emit.add(position, offset), slice), to, emit.add(target, offset),
                         {slice.width, slice.width});
              offset += slice.width;
            }
          });
          return;
        }
        if (width != valid)
          emit.fillZero(to, block, emit.index(panel.depth * width), target);
        if (panel.transposed && panel.interleave == 1) {
          Value row = emit.add(emit.mul(tap, panel.allColumns), first);
          emitTranspose(emit, to, block, width, from,
                        emit.add(emit.mul(row, filters), emit.mul(group, panel.depth)), filters, valid,
                        emit.index(panel.depth), target);
          return;
        }
        // The rows of the kernel are input channels, its columns filters.
        emit.loop(valid, [&](Value column) {
          emit.loop(panel.depth, [&](Value channel) {
            Value row = panel.transposed ? emit.add(emit.mul(tap, panel.allColumns), emit.add(first, column))
                                         : emit.add(emit.mul(tap, panel.depth), channel);
            Value filter = panel.transposed ? emit.add(emit.mul(group, panel.depth), channel)
                                            : emit.add(emit.mul(group, panel.allColumns), emit.add(first, column));
            Value position = emit.add(emit.mul(row, filters), filter);
            Value weight = memref::LoadOp::create(emit.builder, emit.loc, from, position);
            Value step = emit.mul(emit.div(channel, panel.interleave), panel.interleave * width);
            Value lane = emit.add(emit.mul(column, panel.interleave), emit.rem(channel, panel.interleave));
            memref::StoreOp::create(emit.builder, emit.loc, weight, to, emit.add(block, emit.add(step, lane)));
          });
        });
      });
    });
  });
  return packed;
}

} // namespace nncc::kernels
