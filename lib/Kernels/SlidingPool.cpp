// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pooling by windows that move by one position along the last axis: in memory, a row of results is its channels one
// after the other, and so is what each position of the window reads. Lanes run along whole rows, over positions and
// channels alike, however few the channels are. Where windows reach over the edge, a block of rows is copied into
// scratch first, with a value around it that changes no result.
#include "Pooling.h"

#include <limits>

using namespace mlir;
using namespace nncc::kernels;
using arith::CmpFPredicate;

namespace {

/// Windows up to this size are unrolled; larger ones are left to the general kernel.
constexpr int64_t kMostPositions = 32;
/// Elements of results that a unit makes, about.
constexpr int64_t kElementsOfUnit = 4096;

/// A row of results while it is computed: where the first element of each window position is.
struct SlidingRow {
  Value memory, start;
  int64_t planeStride, rowStride, channels;
  Value first, second; ///< place of the row on the outer axes
  Value result;        ///< first element of the row in the results

  Value load(Emit &emit, const Window &g, int64_t position, Value offset, int64_t width) const {
    int64_t kd = position / (g.window[1] * g.window[2]), kh = position / g.window[2] % g.window[1];
    int64_t distance = kd * planeStride + kh * rowStride + position % g.window[2] * channels;
    return emit.load(memory, emit.add(emit.add(start, offset), distance), width);
  }
};

using RowBody = std::function<void(const SlidingRow &)>;

class SlidingPool {
public:
  SlidingPool(KernelBuilder &kernels, const Window &g, const SlidingPlan &plan) : kernels(kernels), g(g), plan(plan) {}

  /// Adds the step. `fill` stands around the input; `prepare` runs at the kernel's start.
  void add(Operation *op, StringRef what, Value input, double fill,
           llvm::function_ref<RowBody(Kernel &, Emit &)> prepare) const {
    int64_t units = g.output[0] * plan.blocks;
    int64_t elements = g.outputRows() * g.output[2] * g.channels;
    auto perBatch = [&](int64_t count) { return g.batched ? Affine{0, count} : Affine{count, 0}; };
    kernels.describeNextStep("rows of positions and channels, " + std::to_string(plan.blocks) + " blocks" +
                             (g.isPadded() ? ", copied" : ""));
    kernels.addStep(op, what, perBatch(units), perBatch(elements * g.positions()), [&](Kernel &kernel) {
      Emit emit(kernel, kernels.target());
      RowBody body = prepare(kernel, emit);
      Value from = kernels.flat(kernel, input);
      Value scratch = g.isPadded() ? kernels.scratch(kernel, MemRefType::get({plan.slabElements()},
                                                                             emit.builder.getF32Type()))
                                   : Value();
      forUnits(emit, kernel, [&](Value unit) {
        Value block = emit.rem(unit, plan.blocks), plane = emit.div(unit, plan.blocks); // of the whole batch
        Value first = emit.rem(plane, g.output[0]), sample = emit.div(plane, g.output[0]);
        Value begin = emit.div(emit.mul(block, g.output[1]), plan.blocks);
        Value end = emit.div(emit.mul(emit.add(block, 1), g.output[1]), plan.blocks);
        SlidingRow row;
        row.channels = g.channels;
        row.first = first;
        Value base = emit.index(0);
        if (scratch) {
          copy(emit, from, scratch, sample, first, begin, fill);
          row.memory = scratch;
          row.rowStride = plan.columns * g.channels;
          row.planeStride = plan.rows * row.rowStride;
        } else {
          row.memory = from;
          row.rowStride = g.input[2] * g.channels;
          row.planeStride = g.input[1] * row.rowStride;
          Value depth = emit.add(emit.mul(sample, g.input[0]), emit.mul(first, g.stride[0]));
          base = emit.mul(emit.add(emit.mul(depth, g.input[1]), emit.mul(begin, g.stride[1])), row.rowStride);
        }
        emit.loop(begin, end, 1, [&](Value second) {
          row.second = second;
          row.start = emit.add(base, emit.mul(emit.sub(second, begin), g.stride[1] * row.rowStride));
          row.result = emit.mul(emit.add(emit.mul(plane, g.output[1]), second), g.output[2] * g.channels);
          body(row);
        });
      });
    });
  }

private:
  KernelBuilder &kernels;
  const Window &g;
  const SlidingPlan &plan;

  /// The rows under the windows of a block.
  void copy(Emit &emit, Value from, Value to, Value sample, Value first, Value begin, double fill) const {
    int64_t rowElements = plan.columns * g.channels, left = g.low[2] * g.channels, inside = g.input[2] * g.channels;
    Value depth = emit.sub(emit.mul(first, g.stride[0]), g.low[0]);
    Value height = emit.sub(emit.mul(begin, g.stride[1]), g.low[1]);
    auto fillRun = [&](Value start, int64_t count) {
      emit.pieces(count, [&](Value offset, int64_t width) {
        emit.store(emit.constant(emit.f32s(width), fill), to, emit.add(start, offset));
      });
    };
    auto exists = [&](Value position, int64_t extent) {
      // Negative positions are huge unsigned ones.
      return emit.compare(arith::CmpIPredicate::ult, position, emit.index(extent));
    };
    emit.loop(0, g.window[0], [&](Value kd) {
      emit.loop(0, plan.rows, [&](Value r) {
        Value d = emit.add(depth, kd), h = emit.add(height, r);
        Value start = emit.mul(emit.add(emit.mul(kd, plan.rows), r), rowElements);
        Value there = arith::AndIOp::create(emit.builder, emit.loc, exists(d, g.input[0]), exists(h, g.input[1]));
        emit.ifThen(there, [&] {
          Value source = emit.add(emit.mul(emit.add(emit.mul(sample, g.input[0]), d), g.input[1]), h);
          source = emit.mul(source, g.input[2] * g.channels);
          fillRun(start, left);
          emit.pieces(inside, [&](Value offset, int64_t width) {
            emit.store(emit.load(from, emit.add(source, offset), width), to,
                       emit.add(emit.add(start, left), offset));
          });
          fillRun(emit.add(start, left + inside), rowElements - left - inside);
        });
        Value missing = arith::XOrIOp::create(emit.builder, emit.loc, there,
                                              emit.integer(emit.builder.getI1Type(), 1));
        emit.ifThen(missing, [&] { fillRun(start, rowElements); });
      });
    });
  }
};

} // namespace

std::optional<SlidingPlan> nncc::kernels::planSlidingPool(const Window &g, const TargetFacts &target) {
  if (g.stride[2] != 1 || g.positions() > kMostPositions)
    return std::nullopt;
  SlidingPlan plan;
  int64_t row = g.output[2] * g.channels;
  int64_t rows = std::clamp<int64_t>(kElementsOfUnit / row, 1, g.output[1]);
  plan.blocks = llvm::divideCeil(g.output[1], rows);
  plan.planes = g.window[0];
  plan.rows = (int64_t(llvm::divideCeil(g.output[1], plan.blocks)) - 1) * g.stride[1] + g.window[1];
  plan.columns = g.output[2] - 1 + g.window[2];
  plan.channels = g.channels;
  if (g.isPadded() && 4 * plan.slabElements() > target.l2Bytes / 2)
    return std::nullopt;
  return plan;
}

void nncc::kernels::addSlidingMaxPool(KernelBuilder &kernels, Operation *op, const Window &g, const SlidingPlan &plan,
                                      Value input, Value output, Value argmax) {
  double least = -std::numeric_limits<double>::infinity();
  SlidingPool(kernels, g, plan).add(op, "max pool", input, least, [&](Kernel &kernel, Emit &emit) -> RowBody {
    Value to = kernels.flat(kernel, output), toArgmax = argmax ? kernels.flat(kernel, argmax) : Value();
    return [=, &emit, &g](const SlidingRow &row) {
      emit.pieces(g.output[2] * g.channels, [&](Value offset, int64_t width) {
        VectorType numbers = emit.vectorType(width, emit.builder.getI32Type());
        Value best = row.load(emit, g, 0, offset, width), number;
        if (argmax)
          number = emit.integer(numbers, 0);
        for (int64_t position = 1; position < g.positions(); ++position) {
          Value x = row.load(emit, g, position, offset, width);
          Value greater = emit.compare(CmpFPredicate::OGT, x, best);
          best = emit.select(greater, x, best);
          if (argmax)
            number = emit.select(greater, emit.integer(numbers, position), number);
        }
        Value at = emit.add(row.result, offset);
        emit.store(best, to, at);
        if (!argmax)
          return;
        Type element = cast<ShapedType>(toArgmax.getType()).getElementType();
        if (!element.isInteger(32))
          number = arith::TruncIOp::create(emit.builder, emit.loc, emit.vectorType(width, element), number);
        emit.store(number, toArgmax, at);
      });
    };
  });
}

void nncc::kernels::addSlidingAveragePool(KernelBuilder &kernels, Operation *op, const Window &g,
                                          const SlidingPlan &plan, Value input, Value output) {
  SlidingPool(kernels, g, plan).add(op, "average pool", input, 0, [&](Kernel &kernel, Emit &emit) -> RowBody {
    Value to = kernels.flat(kernel, output);
    // 1 / (positions inside) is a product: of the outer axes, and of the last one, which is tabled.
    int64_t rowElements = g.output[2] * g.channels;
    Type f32 = emit.builder.getF32Type();
    auto inverse = [&emit, &g, f32](int axis, Value o) {
      Range range = positionsInside(emit, g, axis, o);
      return emit.divf(1.0, emit.toFloat(emit.sub(range.to, range.from), f32));
    };
    Value table;
    if (g.isPadded(2)) {
      table = kernels.scratch(kernel, MemRefType::get({rowElements}, f32));
      emit.loop(0, g.output[2], [&](Value o) {
        Value share = inverse(2, o);
        emit.pieces(g.channels, [&](Value c, int64_t width) {
          emit.store(emit.splat(share, emit.f32s(width)), table, emit.add(emit.mul(o, g.channels), c));
        });
      });
    }
    return [=, &emit, &g](const SlidingRow &row) {
      Value ofRow = emit.constant(f32, 1.0 / double(g.window[2]));
      if (!g.isPadded(0) && !g.isPadded(1))
        ofRow = emit.constant(f32, 1.0 / double(table ? g.window[0] * g.window[1] : g.positions()));
      else
        ofRow = emit.mulf(emit.mulf(inverse(0, row.first), inverse(1, row.second)),
                          table ? emit.constant(f32, 1.0) : ofRow);
      emit.pieces(rowElements, [&](Value offset, int64_t width) {
        Value sum = row.load(emit, g, 0, offset, width);
        for (int64_t position = 1; position < g.positions(); ++position)
          sum = emit.addf(sum, row.load(emit, g, position, offset, width));
        Value share = emit.splat(ofRow, sum.getType());
        if (table)
          share = emit.mulf(share, emit.load(table, offset, width));
        emit.store(emit.mulf(sum, share), to, emit.add(row.result, offset));
      });
    };
  });
}
