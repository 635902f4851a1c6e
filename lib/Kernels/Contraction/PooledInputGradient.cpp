// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gradient of a convolution's input where a max pool follows: at each position of the map only the filters whose
// maximum stood there have a gradient.
//   for each unit (sample and part of its input gradient)
//     zero the part
//     for some rows of the pooled map, and each group
//       for each row, window position, pooled column: list the filters with a gradient
//       for each block of taps (last axis) and channels, each tap of the other axes      weights that stay in L1
//         for each row and window position whose contribution lies in the part
//           for each pooled column
//             accumulators = 0
//             for each filter of the list: accumulators += its gradient * its weights
//             input gradient += accumulators
// (Sparsity on CPUs: SparseTrain, arXiv 1911.10175.)
#include "nncc/Kernels/Contraction/PooledInputGradient.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Contraction/Transpose.h"

using namespace mlir;

namespace nncc::kernels {

using planning::Slices;
using planning::VectorSlice;

namespace {

/// Filters that are looked at together: a mask of as many bits numbers a row of the table.
constexpr int64_t chunk = 8;
/// Filters whose weights are packed by one unit.
constexpr int64_t filtersPerUnit = 64;

/// The packed kernel, [groups][taps of axes 0 and 1][blocks][filters of the group][taps of the block][channels of the
/// block, padded to vectors], and the plan's blocks of it.
class FilterPanel {
public:
  FilterPanel(const PooledConvolution &shape, const PooledInputGradientPlan &plan)
      : shape(shape), plan(plan), taps(tapsOf(shape, plan)) {}

  int64_t outerTaps() const { return shape.axes[0].taps * shape.axes[1].taps; }
  /// Elements of all blocks of one tap of the outer axes.
  int64_t elements() const {
    int64_t channels = plan.columns.blocks * planning::paddedColumns(plan.columns.block) +
                       planning::paddedColumns(plan.columns.tail);
    return shape.columns() * taps * channels;
  }

  /// A block: some taps from `firstTap`, the channels `slices` from `firstChannel`; its first filter's weights are at
  /// `position` of the outer tap's.
  struct Block {
    Value firstTap, firstChannel, position;
    int64_t taps;
    const Slices &slices;
    int64_t filterStride() const { return taps * planning::paddedColumns(slices); }
  };

  void forBlocks(const ContractionEmit &emit, function_ref<void(const Block &)> body) const {
    forColumnBlocks(emit, plan.columns, [&](Value, Value firstChannel, Value before, const Slices &slices) {
      Value start = emit.mul(before, shape.columns() * taps);
      int64_t tapStride = shape.columns() * planning::paddedColumns(slices), whole = taps / plan.tapsPerBlock;
      auto block = [&](Value firstTap, int64_t count) {
        body({firstTap, firstChannel, emit.add(start, emit.mul(firstTap, tapStride)), count, slices});
      };
      emit.loop(whole, [&](Value number) { block(emit.mul(number, plan.tapsPerBlock), plan.tapsPerBlock); });
      if (int64_t rest = taps % plan.tapsPerBlock)
        block(emit.index(whole * plan.tapsPerBlock), rest);
    });
  }

private:
  const PooledConvolution &shape;
  const PooledInputGradientPlan &plan;
  int64_t taps;
};

BufferId addPackFiltersStep(KernelBuilder &kernels, Operation *source, const PooledConvolution &shape,
                            const PooledInputGradientPlan &plan, Value kernelTensor) {
  FilterPanel panel(shape, plan);
  int64_t panels = shape.groups * panel.outerTaps();
  BufferId packed = kernels.addTemporary(
      MemRefType::get({panels * panel.elements()}, Float32Type::get(source->getContext())));
  // A unit is a part of the filters of a group, for one tap of the outer axes.
  int64_t parts = llvm::divideCeil(shape.columns(), filtersPerUnit);
  kernels.addStep(source, "pack kernel", {panels * parts, 0}, {0, 0}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    const TargetFacts &target = kernels.target();
    Value from = kernels.flat(kernel, kernelTensor), to = kernels.buffer(kernel, packed);
    int64_t channels = channelsOf(shape, plan), rows = tapsOf(shape, plan) * channels;
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      Value number = emit.div(unit, parts), first = emit.mul(emit.rem(unit, parts), filtersPerUnit);
      Value count = emit.min(emit.index(filtersPerUnit), emit.sub(emit.index(shape.columns()), first));
      Value group = emit.div(number, panel.outerTaps()), outer = emit.rem(number, panel.outerTaps());
      Value toStart = emit.mul(number, panel.elements());
      Value fromStart = emit.add(emit.mul(outer, rows * shape.filters), emit.mul(group, shape.columns()));
      fromStart = emit.add(fromStart, first);
      panel.forBlocks(emit, [&](const FilterPanel::Block &block) {
        int64_t width = planning::paddedColumns(block.slices), valid = planning::validColumns(block.slices);
        Value position = emit.add(emit.add(toStart, block.position), emit.mul(first, block.filterStride()));
        if (width != valid)
          emit.fillZero(to, position, emit.mul(count, block.filterStride()), target);
        emit.loop(block.taps, [&](Value tap) {
          Value row = emit.add(emit.mul(emit.add(block.firstTap, tap), channels), block.firstChannel);
          emitTranspose(emit, to, emit.add(position, emit.mul(tap, width)), block.filterStride(), from,
                        emit.add(fromStart, emit.mul(row, shape.filters)), shape.filters, valid, count, target);
        });
      });
    });
  });
  return packed;
}

class PooledInputGradientEmitter {
public:
  PooledInputGradientEmitter(KernelBuilder &kernels, Kernel &kernel, const PooledConvolution &shape,
                             const PooledInputGradientPlan &plan)
      : kernels(kernels), kernel(kernel), shape(shape), plan(plan), target(kernels.target()), panel(shape, plan),
        emit(kernel.builder, kernel.loc), builder(kernel.builder), loc(kernel.loc) {}

  Value gradient, argmax, weights, result; ///< rank 1

  void run() {
    int64_t lists = plan.listRows * plan.listColumns;
    table = kernels.scratch(kernel, MemRefType::get({(1 << chunk) * chunk}, builder.getI16Type()));
    // A vector may be stored where less than one is listed.
    filters = kernels.scratch(kernel, MemRefType::get({lists * shape.columns() + chunk}, builder.getI16Type()));
    starts = kernels.scratch(kernel, MemRefType::get({lists * shape.poolPositions() + 1}, builder.getI32Type()));
    fillTable();
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) { emitUnit(unit); });
  }

private:
  KernelBuilder &kernels;
  Kernel &kernel;
  const PooledConvolution &shape;
  const PooledInputGradientPlan &plan;
  const TargetFacts &target;
  FilterPanel panel;
  ContractionEmit emit;
  OpBuilder &builder;
  Location loc;
  Value table;   ///< row m: the numbers of the bits that are set in m
  Value filters; ///< the lists, one after the other: numbers of filters in their group
  Value starts;  ///< where each list starts, and the last one ends
  Value sample;
  std::array<Value, 3> begin, end;             ///< the part of the input gradient that the unit owns
  std::array<Value, 3> firstWindow, endWindow; ///< pooled positions that reach it

  // Small arithmetic beside ContractionEmit's.

  Value asIndex(Value number) const { return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), number); }
  Value asInteger(Value number, Type type) const { return arith::IndexCastUIOp::create(builder, loc, type, number); }
  Value inside(Value position, Value low, Value high) const {
    // Negative distances are huge unsigned ones.
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, emit.sub(position, low), emit.sub(high, low));
  }
  VectorType vectorOf(Type element) const { return VectorType::get(chunk, element); }
  Value constant(Type type, int64_t value) const {
    TypedAttr attribute = builder.getIntegerAttr(getElementTypeOrSelf(type), value);
    if (auto vector = dyn_cast<VectorType>(type))
      attribute = DenseElementsAttr::get(vector, Attribute(attribute));
    return arith::ConstantOp::create(builder, loc, type, attribute);
  }
  Value popCount(Value bits) const {
    return asIndex(math::CtPopOp::create(builder, loc, bits));
  }

  int64_t pooled(int axis) const { return shape.pooledExtent(axis); }
  bool isCut(int axis) const { return axis == plan.blockAxis && plan.blocks > 1; }
  /// Whether taps of an axis must be tested for lying in the unit's part.
  bool isTested(int axis) const {
    const Axis &facts = shape.axes[axis];
    int64_t first = facts.phases.front().offset;
    int64_t last = (pooled(axis) * shape.pool[axis] - 1) * facts.step + first + (facts.taps - 1) * facts.tapStep;
    return isCut(axis) || first < 0 || last >= facts.source;
  }

  /// table[m] is table[m without its highest bit], and that bit behind the others.
  void fillTable() const {
    vector::StoreOp::create(builder, loc, constant(vectorOf(builder.getI16Type()), 0), table, emit.index(0));
    Value one = emit.index(1);
    emit.loop(chunk, [&](Value bit) {
      Value power = arith::ShLIOp::create(builder, loc, one, bit);
      emit.loop(power, emit.mul(power, 2), 1, [&](Value mask) {
        Value rest = emit.sub(mask, power), row = emit.mul(mask, chunk);
        vector::StoreOp::create(builder, loc,
                                vector::LoadOp::create(builder, loc, vectorOf(builder.getI16Type()), table,
                                                       emit.mul(rest, chunk)),
                                table, row);
        Value behind = popCount(asInteger(rest, builder.getI32Type()));
        memref::StoreOp::create(builder, loc, asInteger(bit, builder.getI16Type()), table, emit.add(row, behind));
      });
    });
  }

  void emitUnit(Value unit) {
    sample = emit.div(unit, plan.blocks);
    Value block = emit.rem(unit, plan.blocks);
    for (int axis = 0; axis < 3; ++axis) {
      const Axis &facts = shape.axes[axis];
      begin[axis] = emit.index(0);
      end[axis] = emit.index(facts.source);
      firstWindow[axis] = emit.index(0);
      endWindow[axis] = emit.index(pooled(axis));
      if (!isCut(axis))
        continue;
      begin[axis] = emit.div(emit.mul(block, facts.source), plan.blocks);
      end[axis] = emit.div(emit.mul(emit.add(block, 1), facts.source), plan.blocks);
      // Window w reaches from w * step + offset to w * step + offset + span.
      int64_t step = facts.step * shape.pool[axis], offset = facts.phases.front().offset;
      int64_t span = (shape.pool[axis] - 1) * facts.step + (facts.taps - 1) * facts.tapStep;
      Value roundedUp = emit.add(begin[axis], step - 1 - offset - span);
      firstWindow[axis] = emit.div(emit.max(roundedUp, emit.index(0)), step);
      Value roundedDown = emit.add(end[axis], -1 - offset);
      endWindow[axis] = emit.min(emit.add(emit.div(roundedDown, step), 1), endWindow[axis]);
    }
    zeroPart();
    // Rows of the pooled map, counted over both outer axes.
    Value firstRow = emit.add(emit.mul(firstWindow[0], pooled(1)), firstWindow[1]);
    Value endRow = emit.add(emit.mul(emit.sub(endWindow[0], emit.index(1)), pooled(1)), endWindow[1]);
    emit.loop(firstRow, endRow, plan.listRows, [&](Value row) {
      Value rows = emit.min(emit.index(plan.listRows), emit.sub(endRow, row));
      emit.loop(shape.groups, [&](Value group) {
        listFilters(row, rows, group);
        addContributions(row, rows, group);
      });
    });
  }

  int64_t stride(int axis) const {
    int64_t stride = shape.channels;
    for (int next = axis + 1; next < 3; ++next)
      stride *= shape.axes[next].source;
    return stride;
  }
  Value partOfInput(const std::array<Value, 3> &position) const {
    Value at = emit.mul(sample, shape.axes[0].source * stride(0));
    for (int axis = 0; axis < 3; ++axis)
      at = emit.add(at, emit.mul(position[axis], stride(axis)));
    return at;
  }
  void zeroPart() const {
    // Axes before the cut one have extent 1: the part is one run.
    int axis = plan.blockAxis;
    emit.fillZero(result, partOfInput(begin), emit.mul(emit.sub(end[axis], begin[axis]), stride(axis)), target);
  }

  /// First element of a pooled position (row and column) and group.
  Value pooledElement(Value row, Value column, Value group) const {
    Value position = emit.add(emit.mul(emit.add(emit.mul(sample, pooled(0) * pooled(1)), row), pooled(2)), column);
    return emit.add(emit.mul(position, shape.filters), emit.mul(group, shape.columns()));
  }

  void listFilters(Value firstRow, Value rows, Value group) const {
    // Carried through all loops: the end of the filters, and the number of the list.
    Values carried = {emit.index(0), emit.index(0)};
    auto nest = [&](Value count, Values carried, auto body) {
      return emit.loop(emit.index(0), count, 1, carried, body);
    };
    carried = nest(rows, carried, [&](Value row, Values carried) {
      return nest(emit.index(shape.pool[0] * shape.pool[1]), carried, [&](Value outer, Values carried) {
        Value firstPosition = emit.mul(outer, shape.pool[2]);
        return emit.loop(firstWindow[2], endWindow[2], 1, carried, [&](Value column, Values carried) {
          Value element = pooledElement(emit.add(firstRow, row), column, group);
          return nest(emit.index(shape.pool[2]), carried, [&](Value inner, Values carried) {
            memref::StoreOp::create(builder, loc, asInteger(carried[0], builder.getI32Type()), starts, carried[1]);
            Value at = listOne(element, emit.add(firstPosition, inner), carried[0]);
            return Values{at, emit.add(carried[1], 1)};
          });
        });
      });
    });
    memref::StoreOp::create(builder, loc, asInteger(carried[0], builder.getI32Type()), starts, carried[1]);
  }

  /// Appends the filters whose gradient is at a window position; returns the new end.
  Value listOne(Value element, Value windowPosition, Value at) const {
    Type i16 = builder.getI16Type(), i32 = builder.getI32Type();
    auto argmaxType = cast<MemRefType>(argmax.getType()).getElementType();
    Value position = asInteger(windowPosition, i32);
    int64_t whole = shape.columns() / chunk * chunk;
    at = emit.loop(emit.index(0), emit.index(whole), chunk, {at}, [&](Value first, Values carried) -> Values {
      Value from = emit.add(element, first);
      Value value = vector::LoadOp::create(builder, loc, vectorOf(builder.getF32Type()), gradient, from);
      Value number = vector::LoadOp::create(builder, loc, vectorOf(argmaxType), argmax, from);
      if (argmaxType != i32)
        number = arith::ExtUIOp::create(builder, loc, vectorOf(i32), number);
      Value wanted = vector::BroadcastOp::create(builder, loc, vectorOf(i32), position);
      Value here = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, number, wanted);
      Value counts = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE, value, emit.zero(chunk));
      Value both = arith::AndIOp::create(builder, loc, here, counts);
      Value bits = vector::BitCastOp::create(builder, loc, VectorType::get(1, builder.getI8Type()), both);
      bits = arith::ExtUIOp::create(builder, loc, i32, vector::ExtractOp::create(builder, loc, bits, ArrayRef<int64_t>{0}));
      Value numbers = vector::LoadOp::create(builder, loc, vectorOf(i16), table, emit.mul(asIndex(bits), chunk));
      Value offset = vector::BroadcastOp::create(builder, loc, vectorOf(i16), asInteger(first, i16));
      numbers = arith::AddIOp::create(builder, loc, numbers, offset);
      vector::StoreOp::create(builder, loc, numbers, filters, carried[0]);
      return {emit.add(carried[0], popCount(bits))};
    })[0];
    return emit.loop(emit.index(whole), emit.index(shape.columns()), 1, {at}, [&](Value filter, Values carried) -> Values {
      Value from = emit.add(element, filter);
      Value value = memref::LoadOp::create(builder, loc, gradient, from);
      Value number = memref::LoadOp::create(builder, loc, argmax, from);
      if (argmaxType != i32)
        number = arith::ExtUIOp::create(builder, loc, i32, number);
      Value here = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, number, position);
      Value zero = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0));
      Value counts = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE, value, zero);
      Value both = arith::AndIOp::create(builder, loc, here, counts);
      // Written always, kept if it counts.
      memref::StoreOp::create(builder, loc, asInteger(filter, i16), filters, carried[0]);
      return {emit.add(carried[0], asIndex(arith::ExtUIOp::create(builder, loc, i32, both)))};
    })[0];
  }

  /// Position in the input that a map position and a tap meet at.
  Value inputPosition(int axis, Value window, Value windowPosition, Value tap) const {
    const Axis &facts = shape.axes[axis];
    Value map = emit.add(emit.mul(window, shape.pool[axis]), windowPosition);
    return emit.add(emit.add(emit.mul(map, facts.step), emit.mul(tap, facts.tapStep)), facts.phases.front().offset);
  }

  void ifInside(int axis, Value position, function_ref<void()> body) const {
    if (isTested(axis))
      emit.ifThen(inside(position, begin[axis], end[axis]), body);
    else
      body();
  }

  void addContributions(Value firstRow, Value rows, Value group) const {
    panel.forBlocks(emit, [&](const FilterPanel::Block &block) {
      emit.loop(shape.axes[0].taps, [&](Value tap0) {
        emit.loop(shape.axes[1].taps, [&](Value tap1) {
          Value outerTap = emit.add(emit.mul(tap0, shape.axes[1].taps), tap1);
          Value panels = emit.add(emit.mul(group, panel.outerTaps()), outerTap);
          Value blockWeights = emit.add(emit.mul(panels, panel.elements()), block.position);
          emit.loop(emit.index(0), rows, 1, [&](Value row) {
            Value mapRow = emit.add(firstRow, row);
            Value window0 = emit.div(mapRow, pooled(1)), window1 = emit.rem(mapRow, pooled(1));
            emit.loop(shape.pool[0], [&](Value inner0) {
              Value position0 = inputPosition(0, window0, inner0, tap0);
              ifInside(0, position0, [&] {
                emit.loop(shape.pool[1], [&](Value inner1) {
                  Value position1 = inputPosition(1, window1, inner1, tap1);
                  ifInside(1, position1, [&] {
                    Value list = emit.add(emit.mul(emit.add(emit.mul(row, shape.pool[0]), inner0), shape.pool[1]), inner1);
                    Value to = partOfInput({position0, position1, emit.index(0)});
                    to = emit.add(to, emit.mul(group, shape.depth()));
                    addRow(block, blockWeights, mapRow, list, group, to);
                  });
                });
              });
            });
          });
        });
      });
    });
  }

  /// One row of the map: its lists come one after the other.
  void addRow(const FilterPanel::Block &block, Value blockWeights, Value mapRow, Value outerList, Value group,
              Value rowOfInput) const {
    Value columns = emit.sub(endWindow[2], firstWindow[2]);
    Value firstList = emit.mul(outerList, emit.mul(columns, shape.pool[2]));
    emit.loop(firstWindow[2], endWindow[2], 1, [&](Value window) {
      Value element = pooledElement(mapRow, window, group);
      Value windowList = emit.add(firstList, emit.mul(emit.sub(window, firstWindow[2]), shape.pool[2]));
      emit.loop(shape.pool[2], [&](Value inner) {
        Value list = emit.add(windowList, inner);
        auto bound = [&](int64_t offset) {
          return asIndex(memref::LoadOp::create(builder, loc, starts, emit.add(list, offset)));
        };
        Values sums = zeroAccumulators(emit, block.taps, block.slices);
        sums = emit.loop(bound(0), bound(1), 1, sums, [&](Value i, Values sums) {
          return addFilter(block, blockWeights, element, i, sums);
        });
        Value position = inputPosition(2, window, inner, block.firstTap);
        store(block, sums, position, rowOfInput);
      });
    });
  }

  Values addFilter(const FilterPanel::Block &block, Value blockWeights, Value element, Value i, Values sums) const {
    Value filter = asIndex(memref::LoadOp::create(builder, loc, filters, i));
    Value at = emit.add(blockWeights, emit.mul(filter, block.filterStride()));
    Value scalar = memref::LoadOp::create(builder, loc, gradient, emit.add(element, filter));
    size_t number = 0;
    int64_t offset = 0;
    for (int64_t tap = 0; tap < block.taps; ++tap)
      for (VectorSlice slice : block.slices) {
        Value factor = vector::BroadcastOp::create(builder, loc, VectorType::get(slice.width, builder.getF32Type()), scalar);
        Value weight = emit.load(weights, emit.add(at, offset), {slice.width, slice.width});
        sums[number] = emit.multiplyAdd(weight, factor, sums[number], target);
        offset += slice.width;
        ++number;
      }
    return sums;
  }

  void store(const FilterPanel::Block &block, const Values &sums, Value position, Value rowOfInput) const {
    size_t number = 0;
    for (int64_t tap = 0; tap < block.taps; ++tap) {
      Value at = emit.add(position, tap * shape.axes[2].tapStep);
      ifInside(2, at, [&] {
        Value to = emit.add(emit.add(rowOfInput, emit.mul(at, shape.channels)), block.firstChannel);
        int64_t offset = 0;
        for (VectorSlice slice : block.slices) {
          Value there = emit.add(to, offset);
          Value sum = arith::AddFOp::create(builder, loc, emit.load(result, there, slice), sums[number++]);
          emit.store(sum, result, there, slice);
          offset += slice.valid;
        }
      });
    }
  }
};

} // namespace

void addPooledInputGradientSteps(KernelBuilder &kernels, Operation *source, const PooledConvolution &shape,
                                 const PooledInputGradientPlan &plan, Value outputGradient, Value argmax,
                                 Value kernelTensor, Value result) {
  BufferId packed = addPackFiltersStep(kernels, source, shape, plan, kernelTensor);
  int64_t multiplyAdds = shape.pooledPositions() * shape.filters * shape.taps() * shape.depth();
  kernels.describeNextStep(planText(plan));
  kernels.addStep(source, "conv input gradient, sparse", {0, plan.blocks}, {0, 2 * multiplyAdds}, [&](Kernel &kernel) {
    PooledInputGradientEmitter emitter(kernels, kernel, shape, plan);
    emitter.gradient = kernels.flat(kernel, outputGradient);
    emitter.argmax = kernels.flat(kernel, argmax);
    emitter.weights = kernels.buffer(kernel, packed);
    emitter.result = kernels.flat(kernel, result);
    emitter.run();
  });
}

} // namespace nncc::kernels
