// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Locally connected layers: each position of the result is a small dense layer with weights of its own. Every weight is
// used once a sample, so the register tiles have samples as rows: what is read of the weights serves several of them.
#include "LocalConvolution.h"

#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Contraction/Transpose.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace nncc::kernels {

using planning::Slices;

namespace {

ArrayRef<int64_t> shapeOf(Value value) { return cast<ShapedType>(value.getType()).getShape(); }

/// Extents, and how far from each other weights and inputs stand.
struct Local {
  SmallVector<int64_t> input, output, window, strides; ///< spatial
  int64_t channels, filters, implementation;

  template <typename Op>
  Local(Op op, ArrayRef<int64_t> inputShape, ArrayRef<int64_t> outputShape)
      : input(inputShape.drop_front().drop_back()), output(outputShape.drop_front().drop_back()),
        window(op.getWindow()), strides(op.getStrides()), channels(inputShape.back()), filters(outputShape.back()),
        implementation(op.getImplementation()) {}

  static int64_t product(ArrayRef<int64_t> extents) {
    int64_t result = 1;
    for (int64_t extent : extents)
      result *= extent;
    return result;
  }
  int64_t positions() const { return product(output); }
  int64_t inputElements() const { return product(input) * channels; }
  int64_t outputElements() const { return positions() * filters; }
  int64_t depth() const { return product(window) * channels; }
  /// Weights of the last window axis and the channels: neighbours in the input.
  int64_t run() const { return window.back() * channels; }
  int64_t runs() const { return depth() / run(); }
  /// Elements of the input from one step of an axis to the next.
  int64_t inputStride(size_t axis) const { return product(ArrayRef<int64_t>(input).drop_front(axis + 1)) * channels; }
  /// The same in a dense [window..., channels].
  int64_t patchStride(size_t axis) const { return product(ArrayRef<int64_t>(window).drop_front(axis + 1)) * channels; }
  int64_t flops() const { return 2 * positions() * depth() * filters; }
};

/// Where the window and the weights of a result position begin.
struct Place {
  Value input, weights;
};

Place placeOf(const ContractionEmit &emit, const Local &local, Value position) {
  Value rest = position, input = emit.index(0);
  for (size_t axis = local.output.size(); axis-- > 0;) {
    Value o = emit.rem(rest, local.output[axis]);
    rest = emit.div(rest, local.output[axis]);
    input = emit.add(input, emit.mul(o, local.strides[axis] * local.inputStride(axis)));
  }
  // Implementation 2 has a weight for every pair of an input and an output; see nn.local_conv.
  Value weights = local.implementation == 2
                      ? emit.add(emit.mul(input, local.outputElements()), emit.mul(position, local.filters))
                      : emit.mul(position, local.depth() * local.filters);
  return {input, weights};
}

/// Distance of the weights of neighbouring channels, in the implementations whose filters are neighbours.
int64_t channelStride(const Local &local) { return local.implementation == 2 ? local.outputElements() : local.filters; }

/// Distance of the weights of one step in a window's axis.
int64_t tapStride(const Local &local, size_t axis) {
  return (local.implementation == 2 ? local.inputStride(axis) : local.patchStride(axis)) * channelStride(local);
}

/// Begin of run `run` (a row-major number over all window axes but the last): in the input, in the kernel, in a dense patch.
struct Run {
  Value input, weights, patch;
};

Run runOf(const ContractionEmit &emit, const Local &local, Value run) {
  Run result = {emit.index(0), emit.index(0), emit.mul(run, local.run())};
  for (size_t axis = local.window.size() - 1; axis-- > 0;) {
    Value tap = emit.rem(run, local.window[axis]);
    run = emit.div(run, local.window[axis]);
    result.input = emit.add(result.input, emit.mul(tap, local.inputStride(axis)));
    result.weights = emit.add(result.weights, emit.mul(tap, tapStride(local, axis)));
  }
  if (local.implementation == 3)
    result.weights = result.patch;
  return result;
}

LogicalResult emitLocalConv(Operation *op, KernelBuilder &kernels) {
  auto conv = cast<nn::LocalConvOp>(op);
  Local local(conv, shapeOf(conv.getInput()), shapeOf(conv.getOutput()));
  const TargetFacts &target = kernels.target();
  planning::ContractionPlan plan =
      planning::planContraction({planning::dynamicRows, local.filters, local.depth()}, target);
  kernels.describeNextStep("a position a unit, samples in " + planText(plan));
  kernels.addStep(op, "local conv forward", {local.positions(), 0}, {0, local.flops()}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value x = kernels.flat(kernel, conv.getInput()), w = kernels.flat(kernel, conv.getKernel());
    Value y = kernels.flat(kernel, conv.getOutput()), transposed;
    int64_t patch = local.depth() * local.filters;
    if (local.implementation == 3)
      transposed = kernels.scratch(kernel, MemRefType::get({patch}, kernel.builder.getF32Type()));
    emit.loop(kernel.begin, kernel.end, 1, [&](Value position) {
      Place place = placeOf(emit, local, position);
      TileOperands tile;
      tile.memoryA = x;
      tile.memoryB = w;
      if (transposed) {
        emitTranspose(emit, transposed, emit.index(0), local.filters, w, place.weights, local.depth(), local.filters,
                      emit.index(local.depth()), target);
        tile.memoryB = transposed;
        place.weights = emit.index(0);
      }
      for (size_t axis = 0; axis < local.window.size(); ++axis)
        tile.loops.push_back({emit.index(local.window[axis]), local.inputStride(axis), tapStride(local, axis)});
      tile.loops.push_back({emit.index(local.channels), 1, channelStride(local)});
      forDynamicRows(emit, plan.rows.rows, emit.index(0), kernel.batch, [&](Value sample, int64_t samples) {
        forColumnBlocks(emit, plan.columns, [&](Value, Value first, Value, const Slices &slices) {
          tile.a = emit.add(emit.mul(sample, local.inputElements()), place.input);
          tile.rows = evenRows(samples, local.inputElements());
          tile.b = emit.add(place.weights, first);
          tile.columns = slices;
          Value at = emit.add(emit.mul(sample, local.outputElements()), emit.mul(position, local.filters));
          storeAccumulators(emit, emitTile(emit, tile, zeroAccumulators(emit, samples, slices), target), y,
                            emit.add(at, first), evenRows(samples, local.outputElements()), slices);
        });
      });
    });
  });
  return success();
}

/// Samples are shared out in so many slices, whatever the batch.
constexpr int64_t kSlices = 16;

LogicalResult emitLocalConvGradInput(Operation *op, KernelBuilder &kernels) {
  auto conv = cast<nn::LocalConvGradInputOp>(op);
  Local local(conv, shapeOf(conv.getInputGradient()), shapeOf(conv.getOutputGradient()));
  const TargetFacts &target = kernels.target();
  planning::ContractionPlan plan =
      planning::planContraction({planning::dynamicRows, local.run(), local.filters}, target);
  kernels.describeNextStep(std::to_string(kSlices) + " slices of the batch, samples in " + planText(plan));
  kernels.addStep(op, "local conv input gradient", {kSlices, 0}, {0, local.flops()}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value dy = kernels.flat(kernel, conv.getOutputGradient()), w = kernels.flat(kernel, conv.getKernel());
    Value dx = kernels.flat(kernel, conv.getInputGradient()), transposed;
    // The weights of a position as [filters, depth]: what implementation 3 has already.
    if (local.implementation != 3)
      transposed = kernels.scratch(
          kernel, MemRefType::get({local.depth() * local.filters}, kernel.builder.getF32Type()));
    emit.loop(kernel.begin, kernel.end, 1, [&](Value slice) {
      Value from = emit.div(emit.mul(slice, kernel.batch), kSlices);
      Value to = emit.div(emit.mul(emit.add(slice, 1), kernel.batch), kSlices);
      emit.fillZero(dx, emit.mul(from, local.inputElements()), emit.mul(emit.sub(to, from), local.inputElements()),
                    target);
      emit.ifThen(emit.less(from, to), [&] {
        emit.loop(local.positions(), [&](Value position) {
          Place place = placeOf(emit, local, position);
          if (transposed)
            emit.loop(local.runs(), [&](Value number) {
              Run run = runOf(emit, local, number);
              emitTranspose(emit, transposed, run.patch, local.depth(), w, emit.add(place.weights, run.weights),
                            channelStride(local), local.run(), emit.index(local.filters), target);
            });
          forDynamicRows(emit, plan.rows.rows, from, to, [&](Value sample, int64_t samples) {
            emit.loop(local.runs(), [&](Value number) {
              Run run = runOf(emit, local, number);
              forColumnBlocks(emit, plan.columns, [&](Value, Value first, Value, const Slices &slices) {
                TileOperands tile;
                tile.memoryA = dy;
                tile.a = emit.add(emit.mul(sample, local.outputElements()), emit.mul(position, local.filters));
                tile.rows = evenRows(samples, local.outputElements());
                tile.memoryB = transposed ? transposed : w;
                tile.b = emit.add(emit.add(run.patch, first), transposed ? emit.index(0) : place.weights);
                tile.columns = slices;
                tile.loops = {{emit.index(local.filters), 1, local.depth()}};
                Value at = emit.add(emit.mul(sample, local.inputElements()), emit.add(place.input, run.input));
                at = emit.add(at, first);
                SmallVector<int64_t> rows = evenRows(samples, local.inputElements());
                Values sums = loadAccumulators(emit, dx, at, rows, slices);
                storeAccumulators(emit, emitTile(emit, tile, sums, target), dx, at, rows, slices);
              });
            });
          });
        });
      });
    });
  });
  return success();
}

LogicalResult emitLocalConvGradKernel(Operation *op, KernelBuilder &kernels) {
  auto conv = cast<nn::LocalConvGradKernelOp>(op);
  Local local(conv, shapeOf(conv.getInput()), shapeOf(conv.getOutputGradient()));
  const TargetFacts &target = kernels.target();
  // 1. Of implementation 2 most elements stand for no weight.
  if (local.implementation == 2) {
    int64_t elements = local.inputElements() * local.outputElements();
    constexpr int64_t units = 64;
    kernels.addStep(op, "local conv kernel gradient, zeros", {units, 0}, {0, 0}, [&](Kernel &kernel) {
      ContractionEmit emit(kernel.builder, kernel.loc);
      Value dw = kernels.flat(kernel, conv.getKernelGradient());
      Value from = emit.div(emit.mul(kernel.begin, elements), units);
      Value to = emit.div(emit.mul(kernel.end, elements), units);
      emit.fillZero(dw, from, emit.sub(to, from), target);
    });
  }
  // 2. Sums over the batch: rows are weights of a run and columns filters, or the other way round.
  bool swapped = local.implementation == 3;
  planning::ContractionShape shape = {local.run(), local.filters};
  if (swapped)
    shape = {local.filters, local.run()};
  planning::ContractionPlan plan = planning::planContraction(shape, target);
  kernels.describeNextStep("a position a unit, " + planText(plan));
  kernels.addStep(op, "local conv kernel gradient", {local.positions(), 0}, {0, local.flops()}, [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value x = kernels.flat(kernel, conv.getInput()), dy = kernels.flat(kernel, conv.getOutputGradient());
    Value dw = kernels.flat(kernel, conv.getKernelGradient());
    emit.loop(kernel.begin, kernel.end, 1, [&](Value position) {
      Place place = placeOf(emit, local, position);
      Value outputs = emit.mul(position, local.filters);
      emit.loop(local.runs(), [&](Value number) {
        Run run = runOf(emit, local, number);
        Value inputs = emit.add(place.input, run.input), weights = emit.add(place.weights, run.weights);
        int64_t rowStride = swapped ? local.depth() : channelStride(local);
        forRowTiles(emit, plan.rows, [&](Value row, int64_t rows) {
          forColumnBlocks(emit, plan.columns, [&](Value, Value first, Value, const Slices &slices) {
            TileOperands tile;
            tile.memoryA = swapped ? dy : x;
            tile.a = emit.add(swapped ? outputs : inputs, row);
            tile.rows = evenRows(rows, 1);
            tile.memoryB = swapped ? x : dy;
            tile.b = emit.add(swapped ? inputs : outputs, first);
            tile.columns = slices;
            int64_t stepX = local.inputElements(), stepY = local.outputElements();
            tile.loops = {{kernel.batch, swapped ? stepY : stepX, swapped ? stepX : stepY}};
            storeAccumulators(emit, emitTile(emit, tile, zeroAccumulators(emit, rows, slices), target), dw,
                              emit.add(weights, emit.add(emit.mul(row, rowStride), first)), evenRows(rows, rowStride),
                              slices);
          });
        });
      });
    });
  });
  return success();
}

} // namespace

void addLocalConvolutionKernels(EmitterTable &table) {
  table["nn.local_conv"] = emitLocalConv;
  table["nn.local_conv_grad_input"] = emitLocalConvGradInput;
  table["nn.local_conv_grad_kernel"] = emitLocalConvGradKernel;
}

} // namespace nncc::kernels
