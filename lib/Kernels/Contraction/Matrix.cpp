// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A dense layer's forward pass and its gradients. In each a row's sum has the same order whatever tile the row falls
// into, so that threads may share the rows anyhow.
#include "nncc/Kernels/Contraction/Matrix.h"

#include "nncc/Kernels/Contraction/Panel.h"
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Contraction/Transpose.h"
#include "nncc/Kernels/Math.h"

#include "../UpdateStep.h"
#include "nncc/Analysis/ParameterLayout.h"

using namespace mlir;

namespace nncc::kernels {

using planning::Slices;

namespace {

/// Floats in a cache line.
constexpr int64_t lineFloats = 16;

Values activate(const ContractionEmit &emit, const TargetFacts &target, nn::Activation activation, Values values) {
  Emit math(emit.builder, emit.loc, target);
  for (Value &value : values)
    value = emitActivation(math, activation, value);
  return values;
}

/// The bias in every row, or zeroes.
Values initialRows(const ContractionEmit &emit, Value bias, Value column, int64_t rows, const Slices &slices) {
  if (!bias)
    return zeroAccumulators(emit, rows, slices);
  Values row = loadAccumulators(emit, bias, column, {0}, slices), all;
  for (int64_t m = 0; m < rows; ++m)
    all.append(row.begin(), row.end());
  return all;
}

/// Body of a kernel of which each unit is a row, or a column block: complete sums over `depth`, epilogue, store.
struct RowsBody {
  Value a, b, bias, result; ///< rank 1; A [rows, depth], result [rows, columns]
  int64_t depth, columns;
  Panel panel;
  planning::ContractionPlan tiles;
  nn::Activation activation = nn::Activation::Linear;

  void emitRows(const ContractionEmit &emit, const TargetFacts &target, Value begin, Value end, Value firstColumn,
                Value paddedBefore, const Slices &slices) const {
    Value panelBase = panel.position(emit, emit.index(0), firstColumn, paddedBefore);
    forDynamicRows(emit, tiles.rows.rows, begin, end, [&](Value row, int64_t count) {
      TileOperands tile;
      tile.memoryA = a;
      tile.a = emit.mul(row, depth);
      tile.rows = evenRows(count, depth);
      tile.memoryB = b;
      tile.b = panelBase;
      tile.columns = slices;
      tile.paddedB = panel.transposed;
      tile.loops = {{emit.index(depth), 1, panel.transposed ? panel.channelStride(slices) : columns}};
      Values sums = emitTile(emit, tile, initialRows(emit, bias, firstColumn, count, slices), target);
      storeAccumulators(emit, activate(emit, target, activation, sums), result,
                        emit.add(emit.mul(row, columns), firstColumn), evenRows(count, columns), slices);
    });
  }
};

/// The column blocks begin <= block < end, which stand in the kernel's units: body(first column, slices).
void forUnitBlocks(const ContractionEmit &emit, const planning::ColumnPlan &plan, Value begin, Value end,
                   llvm::function_ref<void(Value, const Slices &)> body) {
  int64_t valid = planning::validColumns(plan.block);
  Value whole = emit.index(plan.blocks);
  if (plan.blocks)
    emit.loop(begin, emit.min(end, whole), 1, [&](Value block) { body(emit.mul(block, valid), plan.block); });
  if (!plan.tail.empty())
    emit.ifThen(emit.less(whole, end), [&] { body(emit.index(plan.blocks * valid), plan.tail); });
}

} // namespace

void addMatrixSteps(KernelBuilder &kernels, Operation *source, const Matrix &shape, nn::Activation activation,
                    Value input, Value kernelTensor, Value bias, Value result) {
  const TargetFacts &target = kernels.target();
  MatrixPlan plan = planMatrix(shape, target);
  Affine flops = {0, 2 * shape.positions * shape.elements()};
  auto bodyOf = [&](Kernel &kernel) {
    RowsBody body;
    body.a = kernels.flat(kernel, input);
    body.b = kernels.flat(kernel, kernelTensor);
    if (bias)
      body.bias = kernels.flat(kernel, bias);
    body.result = kernels.flat(kernel, result);
    body.depth = shape.inputs;
    body.columns = shape.outputs;
    body.tiles = plan.tiles;
    body.panel.columns = planning::ColumnPlan(); // as it is
    body.activation = activation;
    return body;
  };

  if (plan.strategy == MatrixStrategy::Rows) {
    kernels.describeNextStep(planText(plan));
    kernels.addStep(source, "dense forward", {0, shape.positions}, flops, [&](Kernel &kernel) {
      ContractionEmit emit(kernel.builder, kernel.loc);
      RowsBody body = bodyOf(kernel);
      forColumnBlocks(emit, plan.tiles.columns, [&](Value, Value first, Value before, const Slices &slices) {
        body.emitRows(emit, target, kernel.begin, kernel.end, first, before, slices);
      });
    });
    return;
  }
  if (plan.strategy == MatrixStrategy::Columns) {
    kernels.describeNextStep(planText(plan));
    kernels.addStep(source, "dense forward", {plan.tiles.columns.totalBlocks(), 0}, flops, [&](Kernel &kernel) {
      ContractionEmit emit(kernel.builder, kernel.loc);
      RowsBody body = bodyOf(kernel);
      Value rows = emit.mul(kernel.batch, shape.positions);
      forUnitBlocks(emit, plan.tiles.columns, kernel.begin, kernel.end, [&](Value first, const Slices &slices) {
        body.emitRows(emit, target, emit.index(0), rows, first, first, slices);
      });
    });
    return;
  }

  // Partial sums [rows][slabs][outputs].
  int64_t allBlocks = plan.tiles.columns.totalBlocks(), blocks = plan.allColumns ? 1 : allBlocks;
  int64_t rowStep = plan.slabs * shape.outputs;
  OpBuilder types(source->getContext());
  BufferId partial = kernels.addTemporary(
      MemRefType::get({ShapedType::kDynamic, shape.positions, plan.slabs, shape.outputs}, types.getF32Type()));
  kernels.describeNextStep(planText(plan));
  kernels.addStep(source, "dense forward", {plan.slabs * blocks, 0}, flops, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value a = kernels.flat(kernel, input), b = kernels.flat(kernel, kernelTensor);
    Value sums = kernels.flat(kernel, partial);
    Value rows = emit.mul(kernel.batch, shape.positions), none = emit.index(0);
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      Value slab = emit.div(unit, blocks), block = emit.rem(unit, blocks);
      Value first = emit.div(emit.mul(slab, shape.inputs), plan.slabs);
      Value last = emit.div(emit.mul(emit.add(slab, 1), shape.inputs), plan.slabs);
      Value slabSums = emit.mul(slab, shape.outputs);
      auto forBlocks = [&](llvm::function_ref<void(Value, const Slices &)> body) {
        Value end = plan.allColumns ? emit.index(allBlocks) : emit.add(block, 1);
        forUnitBlocks(emit, plan.tiles.columns, block, end, body);
      };
      forBlocks([&](Value column, const Slices &slices) {
        emit.loop(none, rows, 1, [&](Value row) {
          Value at = emit.add(emit.add(slabSums, column), emit.mul(row, rowStep));
          storeAccumulators(emit, zeroAccumulators(emit, 1, slices), sums, at, {0}, slices);
        });
      });
      emit.loop(first, last, plan.depthBlock, [&](Value k) {
        Value count = emit.min(emit.index(plan.depthBlock), emit.sub(last, k));
        forBlocks([&](Value column, const Slices &slices) {
          forDynamicRows(emit, plan.tiles.rows.rows, none, rows, [&](Value row, int64_t tileRows) {
            TileOperands tile;
            tile.memoryA = a;
            tile.a = emit.add(emit.mul(row, shape.inputs), k);
            tile.rows = evenRows(tileRows, shape.inputs);
            tile.memoryB = b;
            tile.b = emit.add(emit.mul(k, shape.outputs), column);
            tile.columns = slices;
            tile.loops = {{count, 1, shape.outputs}};
            // The kernel comes from memory: each row tile asks for one line of every row of the next depth block.
            Value line = emit.mul(emit.div(row, plan.tiles.rows.rows), lineFloats);
            Value next = emit.mul(emit.add(k, plan.depthBlock), shape.outputs);
            tile.prefetch = {b, emit.add(emit.add(next, column), line), shape.outputs};
            Value at = emit.add(emit.add(slabSums, column), emit.mul(row, rowStep));
            SmallVector<int64_t> sumRows = evenRows(tileRows, rowStep);
            Values loaded = loadAccumulators(emit, sums, at, sumRows, slices);
            storeAccumulators(emit, emitTile(emit, tile, loaded, target), sums, at, sumRows, slices);
          });
        });
      });
    });
  });
  Affine sumFlops = {0, shape.positions * plan.slabs * shape.outputs};
  kernels.addStep(source, "dense forward, sum", {0, shape.positions}, sumFlops, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value sums = kernels.flat(kernel, partial), to = kernels.flat(kernel, result);
    Value biases = bias ? kernels.flat(kernel, bias) : Value();
    emit.loop(kernel.begin, kernel.end, 1, [&](Value row) {
      Value from = emit.mul(row, rowStep), at = emit.mul(row, shape.outputs);
      emit.vectorLoop(emit.index(shape.outputs), target, [&](Value i, planning::VectorSlice slice) {
        Value sum = biases ? emit.load(biases, i, slice) : emit.zero(slice.width);
        for (int64_t slab = 0; slab < plan.slabs; ++slab)
          sum = arith::AddFOp::create(emit.builder, emit.loc, sum,
                                      emit.load(sums, emit.add(emit.add(from, i), slab * shape.outputs), slice));
        emit.store(activate(emit, target, activation, {sum}).front(), to, emit.add(at, i), slice);
      });
    });
  });
}

namespace {

/// The input gradient of few rows: each is a dot product of a row of the kernel, which is read once, as it lies there.
struct DotProducts {
  Value a, weights, to; ///< output gradient [rows, outputs], kernel [inputs, outputs], input gradient [rows, inputs]
  int64_t inputs, outputs;

  /// Inputs first <= i < first + count of all rows.
  void run(const ContractionEmit &emit, const TargetFacts &target, Value rows, Value first, int64_t count) const {
    emit.loop(emit.index(0), rows, 1, [&](Value row) {
      int64_t together = std::min<int64_t>(count, 4), whole = count / together * together;
      emit.loop(emit.index(0), emit.index(whole), together,
                [&](Value i) { products(emit, target, row, emit.add(first, i), together); });
      for (int64_t i = whole; i < count; ++i)
        products(emit, target, row, emit.add(first, i), 1);
    });
  }

private:
  void products(const ContractionEmit &emit, const TargetFacts &target, Value row, Value input, int64_t count) const {
    int64_t lanes = target.lanes();
    Values sums(count, emit.zero(lanes));
    auto step = [&](Value k, planning::VectorSlice slice, Values sums) {
      Value gradient = emit.load(a, emit.add(emit.mul(row, outputs), k), slice);
      for (auto [i, sum] : llvm::enumerate(sums)) {
        Value at = emit.add(emit.mul(emit.add(input, i), outputs), k);
        sum = emit.multiplyAdd(gradient, emit.load(weights, at, slice), sum, target);
      }
      return sums;
    };
    int64_t whole = outputs / lanes * lanes;
    sums = emit.loop(emit.index(0), emit.index(whole), lanes, sums,
                     [&](Value k, Values carried) { return step(k, {lanes, lanes}, carried); });
    if (outputs != whole)
      sums = step(emit.index(whole), {lanes, outputs - whole}, sums);
    Emit math(emit.builder, emit.loc, target);
    for (auto [i, sum] : llvm::enumerate(sums)) {
      Value all = math.reduceLanes(sum, [&](Value x, Value y) { return math.addf(x, y); });
      math.store(all, to, emit.add(emit.add(emit.mul(row, inputs), input), i));
    }
  }
};

} // namespace

void addMatrixInputGradientSteps(KernelBuilder &kernels, Operation *source, const Matrix &shape, Value outputGradient,
                                 Value kernelTensor, Value result) {
  const TargetFacts &target = kernels.target();
  MatrixPlan plan = planMatrixInputGradient(shape, target);
  Affine flops = {0, 2 * shape.positions * shape.elements()};
  if (plan.strategy == MatrixStrategy::Rows) {
    Panel panel;
    panel.columns = plan.tiles.columns;
    panel.depth = shape.outputs;
    panel.allColumns = shape.inputs;
    panel.transposed = true;
    BufferId packed = addPackStep(kernels, source, panel, kernelTensor);
    kernels.describeNextStep(planText(plan));
    kernels.addStep(source, "dense input gradient", {0, shape.positions}, flops, [&](Kernel &kernel) {
      ContractionEmit emit(kernel.builder, kernel.loc);
      RowsBody body{kernels.flat(kernel, outputGradient), kernels.flat(kernel, packed), Value(),
                    kernels.flat(kernel, result), shape.outputs, shape.inputs, panel, plan.tiles};
      forColumnBlocks(emit, plan.tiles.columns, [&](Value, Value first, Value before, const Slices &slices) {
        body.emitRows(emit, target, kernel.begin, kernel.end, first, before, slices);
      });
    });
    return;
  }

  // A unit is a block of inputs: its part of the kernel, which is contiguous, is transposed in scratch for all rows.
  int64_t depthBlock = std::min(plan.depthBlock, shape.outputs);
  bool several = depthBlock < shape.outputs;
  int64_t width = std::max(planning::paddedColumns(plan.tiles.columns.block),
                           planning::paddedColumns(plan.tiles.columns.tail));
  kernels.describeNextStep(planText(plan));
  kernels.addStep(source, "dense input gradient", {plan.tiles.columns.totalBlocks(), 0}, flops, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value a = kernels.flat(kernel, outputGradient), weights = kernels.flat(kernel, kernelTensor);
    Value to = kernels.flat(kernel, result);
    Value scratch = kernels.scratch(kernel, MemRefType::get({depthBlock * width}, kernel.builder.getF32Type()));
    Value rows = emit.mul(kernel.batch, shape.positions), none = emit.index(0);
    DotProducts dot{a, weights, to, shape.inputs, shape.outputs};
    emit.ifThen(emit.less(rows, emit.index(plan.fewestRowsOfTiles)), [&] {
      forUnitBlocks(emit, plan.tiles.columns, kernel.begin, kernel.end, [&](Value first, const Slices &slices) {
        dot.run(emit, target, rows, first, planning::validColumns(slices));
      });
    });
    emit.ifThen(emit.less(emit.index(plan.fewestRowsOfTiles - 1), rows), [&] {
    forUnitBlocks(emit, plan.tiles.columns, kernel.begin, kernel.end, [&](Value first, const Slices &slices) {
      int64_t padded = planning::paddedColumns(slices), valid = planning::validColumns(slices);
      if (padded != valid)
        emit.fillZero(scratch, none, emit.index(depthBlock * padded), target);
      if (several)
        emit.loop(none, rows, 1, [&](Value row) {
          storeAccumulators(emit, zeroAccumulators(emit, 1, slices), to, emit.add(emit.mul(row, shape.inputs), first),
                            {0}, slices);
        });
      emit.loop(none, emit.index(shape.outputs), depthBlock, [&](Value k) {
        Value count = emit.min(emit.index(depthBlock), emit.sub(emit.index(shape.outputs), k));
        emitTranspose(emit, scratch, none, padded, weights, emit.add(emit.mul(first, shape.outputs), k), shape.outputs,
                      valid, count, target);
        forDynamicRows(emit, plan.tiles.rows.rows, none, rows, [&](Value row, int64_t tileRows) {
          TileOperands tile;
          tile.memoryA = a;
          tile.a = emit.add(emit.mul(row, shape.outputs), k);
          tile.rows = evenRows(tileRows, shape.outputs);
          tile.memoryB = scratch;
          tile.b = none;
          tile.columns = slices;
          tile.paddedB = true;
          tile.loops = {{count, 1, padded}};
          // The row tiles share asking for what the next block will transpose.
          Value line = emit.mul(emit.mul(emit.div(row, plan.tiles.rows.rows), count), lineFloats);
          Value next = emit.add(emit.mul(emit.add(first, valid), shape.outputs), k);
          tile.prefetch = {weights, emit.add(next, line), lineFloats};
          Value at = emit.add(emit.mul(row, shape.inputs), first);
          SmallVector<int64_t> resultRows = evenRows(tileRows, shape.inputs);
          prefetchRows(emit, to, at, resultRows, slices);
          Values start = several ? loadAccumulators(emit, to, at, resultRows, slices)
                                 : zeroAccumulators(emit, tileRows, slices);
          storeAccumulators(emit, emitTile(emit, tile, start, target), to, at, resultRows, slices);
        });
      });
    });
    });
  });
}

namespace {

/// What becomes of a tile of a kernel gradient.
struct TileEnd {
  SmallVector<Value> buffers; ///< in which the tile's elements (at the position + offset) will be accessed
  int64_t offset = 0;
  std::function<void(Values sums, Value position, ArrayRef<int64_t> rows, const Slices &)> finish;
};

/// Adds the step of a kernel gradient. `prepare` runs at the kernel's start.
void addKernelGradientStep(KernelBuilder &kernels, Operation *source, StringRef what, const Matrix &shape, Value input,
                           Value outputGradient, int64_t flopsPerElement,
                           llvm::function_ref<TileEnd(Kernel &, const ContractionEmit &)> prepare) {
  const TargetFacts &target = kernels.target();
  planning::ContractionPlan tiles = planning::planContraction({shape.inputs, shape.outputs}, target);
  // A unit is a run of row tiles.
  int64_t allTiles = tiles.rows.totalTiles(), units = std::min<int64_t>(allTiles, 64);
  Affine flops = {flopsPerElement * shape.elements(), 2 * shape.positions * shape.elements()};
  kernels.describeNextStep(planText(tiles));
  kernels.addStep(source, what, {units, 0}, flops, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value a = kernels.flat(kernel, input), b = kernels.flat(kernel, outputGradient);
    TileEnd end = prepare(kernel, emit);
    Value firstTile = emit.div(emit.mul(kernel.begin, allTiles), units);
    Value lastTile = emit.div(emit.mul(kernel.end, allTiles), units);
    Value samples = emit.mul(kernel.batch, shape.positions);
    forRowTiles(emit, tiles.rows, firstTile, lastTile, [&](Value row, int64_t tileRows) {
      forColumnBlocks(emit, tiles.columns, [&](Value, Value first, Value, const Slices &slices) {
        TileOperands tile;
        tile.memoryA = a;
        tile.a = row;
        tile.rows = evenRows(tileRows, 1);
        tile.memoryB = b;
        tile.b = first;
        tile.columns = slices;
        tile.loops = {{samples, shape.inputs, shape.outputs}};
        // A sample's inputs lie far from the next one's: its next line should be there when the tiles get to it.
        tile.prefetch = {a, emit.add(row, lineFloats), shape.inputs};
        Value position = emit.add(emit.mul(row, shape.outputs), first);
        SmallVector<int64_t> rows = evenRows(tileRows, shape.outputs);
        for (Value buffer : end.buffers)
          prefetchRows(emit, buffer, emit.add(position, end.offset), rows, slices);
        Values sums = emitTile(emit, tile, zeroAccumulators(emit, tileRows, slices), target);
        end.finish(std::move(sums), position, rows, slices);
      });
    });
  });
}

} // namespace

void addMatrixKernelGradientSteps(KernelBuilder &kernels, Operation *source, const Matrix &shape, Value input,
                                  Value outputGradient, Value result) {
  addKernelGradientStep(kernels, source, "dense kernel gradient", shape, input, outputGradient, 0,
                        [&](Kernel &kernel, const ContractionEmit &emit) {
    TileEnd end;
    Value to = kernels.flat(kernel, result);
    end.finish = [=, &emit](Values sums, Value position, ArrayRef<int64_t> rows, const Slices &slices) {
      storeAccumulators(emit, sums, to, position, rows, slices);
    };
    return end;
  });
}

void addMatrixKernelUpdateSteps(KernelBuilder &kernels, Operation *source, const Matrix &shape, Value input,
                                Value outputGradient, StringRef variable, Operation *optimizer) {
  UpdateRule rule = *updateRuleOf(optimizer);
  auto layout = analysis::ParameterLayout::of(source->getParentOfType<ModuleOp>());
  int64_t offset = layout.lookup(variable)->offset;
  std::string what = ("dense kernel gradient, " + rule.what).str();
  std::optional<Emit> math;
  std::optional<ParameterUpdate> parameters;
  addKernelGradientStep(kernels, source, what, shape, input, outputGradient, rule.flops,
                        [&](Kernel &kernel, const ContractionEmit &emit) {
    TileEnd end;
    math.emplace(kernel, kernels.target());
    parameters.emplace(kernels, kernel, *math, optimizer, layout.lookup(variable)->elements);
    Update update = rule.prepare(kernel, *math, kernels, parameters->rate);
    end.buffers = parameters->buffers();
    end.offset = offset;
    end.finish = [&, update](Values sums, Value position, ArrayRef<int64_t> rows, const Slices &slices) {
      auto sum = sums.begin();
      for (int64_t row : rows) {
        Value at = emit.add(position, row + offset);
        for (planning::VectorSlice slice : slices) {
          parameters->apply(
              update, *sum++, [&](Value buffer) { return emit.load(buffer, at, slice); },
              [&](Value value, Value buffer) { emit.store(value, buffer, at, slice); });
          at = emit.add(at, slice.width);
        }
      }
    };
    return end;
  });
}

} // namespace nncc::kernels
