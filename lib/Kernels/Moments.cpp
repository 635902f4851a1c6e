// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mean and variance of each channel, stable and in one pass over memory.
#include "Channels.h"

using namespace mlir;
using namespace nncc::kernels;

namespace {

using Carry = SmallVector<Value>;

/// Mean and sum of squared deviations of `count` numbers; all f64, vectors but for the count (index).
struct Moments {
  Value count, mean, deviations;
};

Value asVector(Emit &emit, Value count, Type type) {
  return emit.splat(emit.toFloat(count, getElementTypeOrSelf(type)), type);
}

/// Moments of the union. One side may be empty.
Moments combine(Emit &emit, const Moments &a, const Moments &b) {
  Type type = a.mean.getType();
  Value count = emit.add(a.count, b.count);
  Value part = emit.divf(asVector(emit, b.count, type), asVector(emit, emit.max(count, emit.index(1)), type));
  Value delta = emit.subf(b.mean, a.mean);
  Value mean = emit.addf(a.mean, emit.mulf(delta, part));
  Value cross = emit.mulf(emit.mulf(emit.mulf(delta, delta), part), asVector(emit, a.count, type));
  return {count, mean, emit.addf(emit.addf(a.deviations, b.deviations), cross)};
}

/// Moments of `count` numbers from sums (f64) of their differences from `shift` (f64) and of the squares of those.
Moments fromShifted(Emit &emit, Value count, Value shift, Value sum, Value squares) {
  Value mean = emit.divf(sum, asVector(emit, count, sum.getType()));
  return {count, emit.addf(shift, mean), emit.subf(squares, emit.mulf(sum, mean))};
}

/// Emits the moments of the rows [from, to) of a chunk into [mean, deviations] at `start` of `memref`.
class ChunkMoments {
public:
  ChunkMoments(Emit &emit, const ChannelView &view, Value input, Value memref, Value start)
      : emit(emit), view(view), input(input), memref(memref), start(start) {}

  void zero() {
    emit.pieces(2 * view.channels, [&](Value offset, int64_t width) {
      Type type = emit.vectorType(width, emit.builder.getF64Type());
      emit.store(emit.constant(type, 0.0), memref, emit.add(start, offset));
    });
  }

  void channelsInLanes(Value from, Value to) {
    int64_t block = rowsPerBlock(view);
    emit.loop(from, to, block, [&](Value first) {
      Value last = emit.min(emit.add(first, block), to);
      Value count = emit.sub(last, first), before = emit.sub(first, from);
      emit.pieceGroups(view.channels, kPiecesAtOnce, [&](Value group, ArrayRef<Emit::Part> parts) {
        auto load = [&](Value row, const Emit::Part &part) {
          return emit.load(input, emit.add(emit.mul(row, view.channels), emit.add(group, part.offset)), part.width);
        };
        Carry zeros;
        for (const Emit::Part &part : parts)
          zeros.push_back(emit.constant(emit.f32s(part.width), 0.0));
        Carry sums = sumRows(emit, first, last, parts.size(), zeros, [&](Value row, ValueRange carried) {
          Carry next;
          for (auto [sum, part] : llvm::zip_equal(carried, parts))
            next.push_back(emit.addf(sum, load(row, part)));
          return next;
        });
        Carry shifts;
        for (Value sum : sums)
          shifts.push_back(emit.divf(sum, asVector(emit, count, sum.getType())));
        size_t n = parts.size();
        Carry twice = zeros;
        llvm::append_range(twice, zeros);
        Carry both = sumRows(emit, first, last, parts.size(), twice, [&](Value row, ValueRange carried) {
          Carry next(2 * n);
          for (auto [i, part] : llvm::enumerate(parts)) {
            Value d = emit.subf(load(row, part), shifts[i]);
            next[i] = emit.addf(carried[i], d);
            next[n + i] = emit.fma(d, d, carried[n + i]);
          }
          return next;
        });
        for (auto [i, part] : llvm::enumerate(parts))
          merge(emit.add(group, part.offset), part.width, before,
                fromShifted(emit, count, emit.extend(shifts[i]), emit.extend(both[i]), emit.extend(both[n + i])));
      });
    });
  }

  void channelsInRuns(Value from, Value to) {
    emit.loop(from, to, 1, [&](Value row) {
      Value before = emit.mul(emit.sub(row, from), view.inner);
      emit.loop(0, view.channels, [&](Value channel) {
        Value run = emit.mul(emit.add(emit.mul(row, view.channels), channel), view.inner);
        auto load = [&](Value offset, int64_t width) { return emit.load(input, emit.add(run, offset), width); };
        auto add = [&](Value a, Value b) { return emit.addf(a, b); };
        Value sum = emit.reducePieces(view.inner, load, add);
        Value shift = emit.mulf(sum, 1.0 / double(view.inner));
        auto difference = [&](Value offset, int64_t width) {
          return emit.subf(load(offset, width), emit.splat(shift, emit.f32s(width)));
        };
        Value first = emit.reducePieces(view.inner, difference, add);
        Value second = emit.reducePieces(
            view.inner,
            [&](Value offset, int64_t width) {
              Value d = difference(offset, width);
              return emit.mulf(d, d);
            },
            add);
        auto wide = [&](Value x) {
          return emit.splat(emit.extend(x), emit.vectorType(1, emit.builder.getF64Type()));
        };
        merge(channel, 1, before,
              fromShifted(emit, emit.index(view.inner), wide(shift), wide(first), wide(second)));
      });
    });
  }

private:
  void merge(Value channel, int64_t width, Value before, const Moments &block) {
    Value meanAt = emit.add(start, channel), deviationsAt = emit.add(meanAt, view.channels);
    Moments sofar{before, emit.load(memref, meanAt, width), emit.load(memref, deviationsAt, width)};
    Moments both = combine(emit, sofar, block);
    emit.store(both.mean, memref, meanAt);
    emit.store(both.deviations, memref, deviationsAt);
  }

  Emit &emit;
  const ChannelView &view;
  Value input, memref, start;
};

} // namespace

void nncc::kernels::addMoments(KernelBuilder &kernels, Operation *source, StringRef what, const ChannelView &view,
                               Value input, Value mean, Value variance) {
  int64_t chunks = reductionChunks(view), channels = view.channels;
  auto f64 = Float64Type::get(source->getContext());
  BufferId partials = kernels.addTemporary(MemRefType::get({chunks, 2, channels}, f64));
  int64_t elements = view.outer * channels * view.inner;
  kernels.addStep(source, what, {chunks, 0}, view.batched ? Affine{0, 5 * elements} : Affine{5 * elements, 0},
                  [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value from = kernels.flat(kernel, input), memref = kernels.flat(kernel, partials);
    forUnits(emit, kernel, [&](Value chunk) {
      auto [first, last] = rowsOfChunk(emit, view, chunk, kernel.batch);
      ChunkMoments moments(emit, view, from, memref, emit.mul(chunk, 2 * channels));
      moments.zero();
      if (view.lanesAreChannels())
        moments.channelsInLanes(first, last);
      else
        moments.channelsInRuns(first, last);
    });
  });

  kernels.addStep(source, what.str() + ", combine", {1, 0}, {10 * chunks * channels, 0}, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value memref = kernels.flat(kernel, partials);
    Value toMean = kernels.flat(kernel, mean), toVariance = kernels.flat(kernel, variance);
    forUnits(emit, kernel, [&](Value) {
      emit.pieces(channels, [&](Value channel, int64_t width) {
        Value zero = emit.constant(emit.vectorType(width, f64), 0.0);
        SmallVector<Value> start = {emit.index(0), zero, zero};
        Carry all = emit.loop(emit.index(0), emit.index(chunks), 1, start, [&](Value chunk, ValueRange carried) {
          auto [first, last] = rowsOfChunk(emit, view, chunk, kernel.batch);
          Value at = emit.add(emit.mul(chunk, 2 * channels), channel);
          Moments part{emit.mul(emit.sub(last, first), view.inner), emit.load(memref, at, width),
                       emit.load(memref, emit.add(at, channels), width)};
          Moments both = combine(emit, {carried[0], carried[1], carried[2]}, part);
          return Carry{both.count, both.mean, both.deviations};
        });
        emit.store(emit.truncate(all[1]), toMean, channel);
        Value biased = emit.divf(all[2], asVector(emit, all[0], all[2].getType()));
        emit.store(emit.truncate(biased), toVariance, channel);
      });
    });
  });
}
