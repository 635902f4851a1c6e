// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A correlation in bf16 tiles with f32 sums:
//   for each unit (sample, block of results)
//     round the source with its halo to bf16, channels filled up to whole tiles
//     for each 32 filters, row of results
//       for each row of the pooling window, 32 positions
//         up to 2 x 2 tiles += source * weights over all taps and channels; to scratch
//       bias, activation, maximum over the window, store
#include "nncc/Kernels/Contraction/BFloatCorrelation.h"
#include "nncc/Kernels/Contraction/Epilogue.h"
#include "nncc/Kernels/Contraction/Halo.h"
#include "nncc/Kernels/Contraction/MatrixUnit.h"
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Emit.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace nncc::kernels {

namespace {

/// Rows and columns of the result that one run over the taps computes: four tiles.
constexpr int64_t blockRows = 2 * MatrixUnit::rows, blockColumns = 2 * MatrixUnit::columns;

int64_t tileElements(const BFloatPlan &plan) { return plan.depthStep * MatrixUnit::columns; }
/// Elements of 16 packed columns: [taps][depth steps][depth step / 2][16][2].
int64_t columnElements(const Correlation &shape, const BFloatPlan &plan) {
  return shape.taps() * plan.depthSteps * tileElements(plan);
}
int64_t columnTiles(const Correlation &shape) { return llvm::divideCeil(shape.resultChannels, MatrixUnit::columns); }

Value toBFloat(const ContractionEmit &emit, Value value) {
  Type type = emit.builder.getBF16Type();
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = vector.clone(type);
  return arith::TruncFOp::create(emit.builder, emit.loc, type, value);
}

BufferId addPackStep(KernelBuilder &kernels, Operation *source, const Correlation &shape, const BFloatPlan &plan,
                     Value kernelTensor) {
  OpBuilder types(source->getContext());
  BufferId packed = kernels.addTemporary(
      MemRefType::get({columnTiles(shape) * columnElements(shape, plan)}, types.getBF16Type()));
  kernels.addStep(source, "pack kernel", {columnTiles(shape), 0}, {0, 0}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value from = kernels.flat(kernel, kernelTensor), to = kernels.buffer(kernel, packed);
    Value zero = arith::ConstantOp::create(emit.builder, emit.loc, emit.builder.getFloatAttr(emit.builder.getBF16Type(), 0));
    emit.loop(kernel.begin, kernel.end, 1, [&](Value columnTile) {
      Value start = emit.mul(columnTile, columnElements(shape, plan));
      Value firstColumn = emit.mul(columnTile, MatrixUnit::columns);
      emit.loop(columnElements(shape, plan), [&](Value i) {
        memref::StoreOp::create(emit.builder, emit.loc, zero, to, emit.add(start, i));
      });
      Value left = emit.sub(emit.index(shape.resultChannels), firstColumn);
      Value columns = emit.min(left, emit.index(MatrixUnit::columns));
      emit.loop(shape.taps(), [&](Value tap) {
        emit.loop(shape.sourceChannels, [&](Value channel) {
          Value step = emit.div(channel, plan.depthStep), inStep = emit.rem(channel, plan.depthStep);
          Value tile = emit.add(emit.mul(tap, plan.depthSteps), step);
          Value row = emit.add(start, emit.mul(tile, tileElements(plan)));
          row = emit.add(row, emit.add(emit.mul(emit.div(inStep, 2), 2 * MatrixUnit::columns), emit.rem(inStep, 2)));
          emit.loop(emit.index(0), columns, 1, [&](Value lane) {
            Value column = emit.add(firstColumn, lane), position;
            if (shape.transposed)
              position = emit.add(emit.mul(emit.add(emit.mul(tap, shape.resultChannels), column), shape.sourceChannels), channel);
            else
              position = emit.add(emit.mul(emit.add(emit.mul(tap, shape.sourceChannels), channel), shape.resultChannels), column);
            Value weight = memref::LoadOp::create(emit.builder, emit.loc, from, position);
            memref::StoreOp::create(emit.builder, emit.loc, toBFloat(emit, weight), to, emit.add(row, emit.mul(lane, 2)));
          });
        });
      });
    });
  });
  return packed;
}

class BFloatEmitter {
public:
  BFloatEmitter(KernelBuilder &kernels, Kernel &kernel, const Correlation &shape, const BFloatPlan &plan)
      : kernel(kernel), shape(shape), plan(plan), target(kernels.target()), emit(kernel.builder, kernel.loc),
        math(kernel.builder, kernel.loc, target), unit(emit, plan.depthStep), epilogue(emit, shape, target) {
    slab = {plan.slab, plan.depth()};
    // The last tile of a row may read on behind the slab; what it computes there is not stored.
    int64_t slack = blockRows * shape.axes[2].step * plan.depth();
    auto scratch = [&](int64_t elements, Type type) {
      return kernels.scratch(kernel, MemRefType::get({elements}, type));
    };
    rounded = scratch(slab.elements() + slack, kernel.builder.getBF16Type());
    rowPositions = llvm::alignTo(mostResults(2) * shape.pool[2], blockRows);
    sums = scratch(shape.pool[0] * shape.pool[1] * rowPositions * blockColumns, kernel.builder.getF32Type());
  }

  Value input, weights, bias, result, argmax; ///< flat; bias and argmax may be null

  void run() {
    Volume results = resultVolume();
    emit.loop(kernel.begin, kernel.end, 1, [&](Value number) {
      Value sample = emit.div(number, plan.blocks), block = emit.rem(number, plan.blocks);
      int64_t extent = shape.resultExtent(plan.blockAxis);
      blockBegin = emit.div(emit.mul(block, extent), plan.blocks);
      blockEnd = emit.div(emit.mul(emit.add(block, 1), extent), plan.blocks);
      for (int axis = 0; axis < 3; ++axis)
        origin[axis] = sourceOrigin(emit, shape.axes[axis], emit.mul(begin(axis), shape.pool[axis]));
      roundSource(sample);
      resultBase = emit.mul(sample, results.elements());
      int64_t whole = shape.resultChannels / blockColumns;
      emit.loop(whole, [&](Value columns) { columnBlock(emit.mul(columns, blockColumns), blockColumns); });
      if (int64_t rest = shape.resultChannels - whole * blockColumns)
        columnBlock(emit.index(whole * blockColumns), rest);
    });
  }

private:
  Kernel &kernel;
  const Correlation &shape;
  const BFloatPlan &plan;
  const TargetFacts &target;
  ContractionEmit emit;
  Emit math;
  MatrixUnit unit;
  CorrelationEpilogue epilogue;
  Volume slab;
  Value rounded; ///< the unit's sources
  Value sums;    ///< [rows of a window][rowPositions][blockColumns]
  int64_t rowPositions = 0;
  Value blockBegin, blockEnd, resultBase;
  std::array<Value, 3> origin;

  int64_t mostResults(int axis) const { return axis == plan.blockAxis ? plan.mostPerBlock : shape.resultExtent(axis); }
  Value begin(int axis) const { return axis == plan.blockAxis ? blockBegin : emit.index(0); }
  Value end(int axis) const { return axis == plan.blockAxis ? blockEnd : emit.index(shape.resultExtent(axis)); }
  Volume resultVolume() const {
    return {{shape.resultExtent(0), shape.resultExtent(1), shape.resultExtent(2)},
            shape.resultDistance ? shape.resultDistance : shape.resultChannels};
  }

  Value isInside(Value position, int64_t extent) const {
    // Negative positions are huge unsigned ones.
    return arith::CmpIOp::create(emit.builder, emit.loc, arith::CmpIPredicate::ult, position, emit.index(extent));
  }

  /// Copies the unit's part of a sample, zero outside of it and in the channels that fill up tiles.
  void roundSource(Value sample) {
    Volume whole = {{shape.axes[0].source, shape.axes[1].source, shape.axes[2].source}, shape.sourceChannels};
    Value sampleBase = emit.mul(sample, whole.elements());
    emit.loop(plan.slab[0], [&](Value d) {
      emit.loop(plan.slab[1], [&](Value h) {
        emit.loop(plan.slab[2], [&](Value w) {
          std::array<Value, 3> at = {emit.add(origin[0], d), emit.add(origin[1], h), emit.add(origin[2], w)};
          Value to = emit.add(emit.add(emit.mul(d, slab.stride(0)), emit.mul(h, slab.stride(1))), emit.mul(w, slab.stride(2)));
          Value from = sampleBase, exists = isInside(at[0], whole.extents[0]);
          for (int axis = 0; axis < 3; ++axis) {
            from = emit.add(from, emit.mul(at[axis], whole.stride(axis)));
            if (axis)
              exists = arith::AndIOp::create(emit.builder, emit.loc, exists, isInside(at[axis], whole.extents[axis]));
          }
          auto branch = scf::IfOp::create(emit.builder, emit.loc, exists, /*withElseRegion=*/true);
          OpBuilder::InsertionGuard guard(emit.builder);
          emit.builder.setInsertionPoint(branch.thenBlock()->getTerminator());
          math.pieces(shape.sourceChannels, [&](Value c, int64_t width) {
            vector::StoreOp::create(emit.builder, emit.loc, toBFloat(emit, math.load(input, emit.add(from, c), width)),
                                    rounded, emit.add(to, c));
          });
          zeroChannels(to, shape.sourceChannels);
          emit.builder.setInsertionPoint(branch.elseBlock()->getTerminator());
          zeroChannels(to, 0);
        });
      });
    });
  }

  void zeroChannels(Value position, int64_t first) {
    Type bf16 = emit.builder.getBF16Type();
    math.pieces(plan.depth() - first, [&](Value c, int64_t width) {
      auto type = VectorType::get(width, bf16);
      Value zero = arith::ConstantOp::create(emit.builder, emit.loc, type, emit.builder.getZeroAttr(type));
      vector::StoreOp::create(emit.builder, emit.loc, zero, rounded, emit.add(emit.add(position, first), c));
    });
  }

  /// Columns [first, first + count) of all results of the unit.
  void columnBlock(Value first, int64_t count) {
    emit.loop(begin(0), end(0), 1, [&](Value d) {
      emit.loop(begin(1), end(1), 1, [&](Value h) {
        for (int64_t wd = 0; wd < shape.pool[0]; ++wd)
          for (int64_t wh = 0; wh < shape.pool[1]; ++wh)
            sumRow(emit.add(emit.mul(d, shape.pool[0]), wd), emit.add(emit.mul(h, shape.pool[1]), wh), first, count,
                   (wd * shape.pool[1] + wh) * rowPositions * blockColumns);
        storeRow(d, h, first, count);
      });
    });
  }

  /// Where the first tap of a result (before the pool) stands in the slab.
  Value slabPosition(int axis, Value position) const {
    return emit.sub(emit.add(emit.mul(position, shape.axes[axis].step), shape.axes[axis].phases.front().offset), origin[axis]);
  }

  /// The sums of a row of results, to `sums` from `sumBase` on.
  void sumRow(Value depth, Value height, Value firstColumn, int64_t columns, int64_t sumBase) {
    Value row = emit.add(emit.mul(slabPosition(0, depth), slab.stride(0)), emit.mul(slabPosition(1, height), slab.stride(1)));
    Value firstPosition = emit.mul(begin(2), shape.pool[2]), lastPosition = emit.mul(end(2), shape.pool[2]);
    int64_t columnTiles = llvm::divideCeil(columns, MatrixUnit::columns);
    // A row that fits one tile needs no second.
    int64_t rowTiles = mostResults(2) * shape.pool[2] <= MatrixUnit::rows ? 1 : 2;
    emit.loop(firstPosition, lastPosition, rowTiles * MatrixUnit::rows, [&](Value position) {
      Value a = emit.add(row, emit.mul(slabPosition(2, position), slab.stride(2)));
      Value b = emit.mul(emit.div(firstColumn, MatrixUnit::columns), columnElements(shape, plan));
      Values tiles(rowTiles * columnTiles, unit.zero());
      tiles = overTaps(0, a, emit.index(0), b, std::move(tiles), columnTiles);
      Value to = emit.add(emit.mul(emit.sub(position, firstPosition), blockColumns), sumBase);
      for (int64_t m = 0; m < rowTiles; ++m)
        for (int64_t n = 0; n < columnTiles; ++n)
          unit.store(tiles[m * columnTiles + n], sums,
                     emit.add(to, m * MatrixUnit::rows * blockColumns + n * MatrixUnit::columns), blockColumns);
    });
  }

  /// The taps of the axes from `axis` on, then the channels.
  Values overTaps(int axis, Value a, Value tap, Value b, Values tiles, int64_t columnTiles) {
    if (axis == 3)
      return overChannels(a, emit.add(b, emit.mul(tap, plan.depthSteps * tileElements(plan))), std::move(tiles), columnTiles);
    const Axis &facts = shape.axes[axis];
    const Axis::Phase &phase = facts.phases.front();
    return emit.loop(emit.index(0), emit.index(phase.taps), 1, std::move(tiles), [&](Value t, Values carried) {
      Value here = emit.add(emit.mul(tap, facts.taps), emit.add(emit.mul(t, facts.tapStride), phase.firstTap));
      return overTaps(axis + 1, emit.add(a, emit.mul(t, facts.tapStep * slab.stride(axis))), here, b, std::move(carried),
                      columnTiles);
    });
  }

  Values overChannels(Value a, Value b, Values tiles, int64_t columnTiles) {
    int64_t rowTiles = tiles.size() / columnTiles, rowStride = shape.axes[2].step * slab.stride(2);
    return emit.loop(emit.index(0), emit.index(plan.depthSteps), 1, std::move(tiles), [&](Value step, Values carried) {
      Values rows, columns;
      for (int64_t m = 0; m < rowTiles; ++m)
        rows.push_back(unit.loadA(rounded, emit.add(emit.add(a, emit.mul(step, plan.depthStep)), m * MatrixUnit::rows * rowStride),
                                  rowStride));
      for (int64_t n = 0; n < columnTiles; ++n)
        columns.push_back(unit.loadB(weights, emit.add(emit.add(b, emit.mul(step, tileElements(plan))),
                                                       n * columnElements(shape, plan))));
      for (int64_t m = 0; m < rowTiles; ++m)
        for (int64_t n = 0; n < columnTiles; ++n) {
          Value &tile = carried[m * columnTiles + n];
          tile = unit.multiplyAdd(rows[m], columns[n], tile);
        }
      return carried;
    });
  }

  /// Bias, pool and activation of a row of results.
  void storeRow(Value d, Value h, Value firstColumn, int64_t columns) {
    Volume results = resultVolume();
    Value row = emit.add(resultBase, emit.add(emit.mul(d, results.stride(0)), emit.mul(h, results.stride(1))));
    emit.loop(begin(2), end(2), 1, [&](Value position) {
      Value from = emit.mul(emit.sub(position, begin(2)), shape.pool[2] * blockColumns);
      Value to = emit.add(emit.add(row, emit.mul(position, results.stride(2))), firstColumn);
      for (int64_t column = 0; column < columns; column += target.lanes()) {
        planning::VectorSlice slice{target.lanes(), std::min(target.lanes(), columns - column)};
        Value addend = bias ? emit.load(bias, emit.add(firstColumn, column), slice) : Value();
        Values window;
        for (int64_t r = 0; r < shape.pool[0] * shape.pool[1]; ++r)
          for (int64_t w = 0; w < shape.pool[2]; ++w) {
            Value sum = emit.load(sums, emit.add(from, (r * rowPositions + w) * blockColumns + column), slice, /*padded=*/true);
            window.push_back(addend ? math.addf(sum, addend) : sum);
          }
        CorrelationEpilogue::Result value = epilogue.apply(window);
        emit.store(value.value, result, emit.add(to, column), slice);
        if (argmax)
          epilogue.storeNumber(value.number, argmax, emit.add(to, column), slice);
      }
    });
  }
};

} // namespace

void addBFloatCorrelationSteps(KernelBuilder &kernels, Operation *source, StringRef what, const Correlation &shape,
                               const BFloatPlan &plan, BufferRef input, Value kernelTensor, Value bias, Value result,
                               Value argmax) {
  BufferId packed = addPackStep(kernels, source, shape, plan, kernelTensor);
  kernels.describeNextStep(planText(plan));
  kernels.addStep(source, what, {0, plan.blocks}, {0, 2 * shape.multiplyAdds()}, [&](Kernel &kernel) {
    BFloatEmitter emitter(kernels, kernel, shape, plan);
    emitter.input = input.flat(kernels, kernel);
    emitter.weights = kernels.flat(kernel, packed);
    if (bias)
      emitter.bias = kernels.flat(kernel, bias);
    emitter.result = kernels.flat(kernel, result);
    if (shape.argmax)
      emitter.argmax = kernels.flat(kernel, argmax);
    emitter.run();
  });
}

} // namespace nncc::kernels
