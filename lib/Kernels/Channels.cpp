// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Steps with parameters per channel, and sums over all but the channels.
#include "Channels.h"
#include "Elementwise.h"

using namespace mlir;
using namespace nncc::kernels;

ChannelView::ChannelView(ShapedType type, int64_t axis) {
  batched = isBatched(type);
  channels = type.getDimSize(axis);
  for (int64_t i = batched ? 1 : 0; i < axis; ++i)
    outer *= type.getDimSize(i);
  for (int64_t i = axis + 1; i < type.getRank(); ++i)
    inner *= type.getDimSize(i);
}

Value ChannelView::rows(Emit &emit, Value batch) const { return batched ? emit.mul(batch, outer) : emit.index(outer); }
Value ChannelView::elementsPerChannel(Emit &emit, Value batch) const { return emit.mul(rows(emit, batch), inner); }

Value nncc::kernels::loadChannels(Emit &emit, const ChannelView &view, Value memref, Value channel, int64_t width) {
  if (view.lanesAreChannels())
    return emit.load(memref, channel, width);
  Value scalar = emit.loadScalar(memref, channel);
  return emit.splat(scalar, emit.vectorType(width, scalar.getType()));
}

void nncc::kernels::addChannelwiseStep(KernelBuilder &kernels, Operation *source, StringRef what,
                                       const ChannelView &view, int64_t flopsPerElement,
                                       llvm::function_ref<ChannelBody(Kernel &, Emit &)> prepare) {
  bool lanesAreChannels = view.lanesAreChannels();
  int64_t rows = lanesAreChannels ? view.outer : view.outer * view.channels;
  int64_t rowElements = lanesAreChannels ? view.channels : view.inner;
  addRowStep(kernels, source, what, view.batched, rows, rowElements, rowElements * flopsPerElement,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    ChannelBody body = prepare(kernel, emit);
    return [=, &emit](Value row) {
      Value start = emit.mul(row, rowElements);
      Value channel = lanesAreChannels ? Value() : emit.rem(row, view.channels);
      emit.pieces(rowElements, [&](Value offset, int64_t width) {
        body(emit.add(start, offset), lanesAreChannels ? offset : channel, width);
      });
    };
  });
}

int64_t nncc::kernels::reductionChunks(const ChannelView &view) {
  return view.outer * view.channels * view.inner >= 8192 ? 64 : 8;
}

std::pair<Value, Value> nncc::kernels::rowsOfChunk(Emit &emit, const ChannelView &view, Value chunk, Value batch) {
  Value rows = view.rows(emit, batch);
  int64_t chunks = reductionChunks(view);
  return {emit.div(emit.mul(chunk, rows), chunks), emit.div(emit.mul(emit.add(chunk, 1), rows), chunks)};
}

int64_t nncc::kernels::rowsPerBlock(const ChannelView &view) {
  return std::clamp<int64_t>(4096 / view.channels, 8, 64);
}

SmallVector<Value> nncc::kernels::sumRows(
    Emit &emit, Value first, Value last, int64_t parts, ArrayRef<Value> zeros,
    llvm::function_ref<SmallVector<Value>(Value row, ValueRange carried)> step) {
  int64_t chains = std::max<int64_t>(kPiecesAtOnce / parts, 1);
  size_t count = zeros.size();
  if (chains == 1)
    return emit.loop(first, last, 1, SmallVector<Value>(zeros), step);
  SmallVector<Value> start;
  for (int64_t chain = 0; chain < chains; ++chain)
    llvm::append_range(start, zeros);
  Value rows = emit.sub(last, first), whole = emit.add(first, emit.sub(rows, emit.rem(rows, chains)));
  SmallVector<Value> sums = emit.loop(first, whole, chains, start, [&](Value row, ValueRange carried) {
    SmallVector<Value> next;
    for (int64_t chain = 0; chain < chains; ++chain)
      llvm::append_range(next, step(emit.add(row, chain), carried.slice(chain * count, count)));
    return next;
  });
  SmallVector<Value> rest = emit.loop(whole, last, 1, SmallVector<Value>(ArrayRef(sums).take_front(count)), step);
  for (size_t i = 0; i < count; ++i)
    for (int64_t chain = 1; chain < chains; ++chain)
      rest[i] = emit.addf(rest[i], sums[chain * count + i]);
  return rest;
}

void nncc::kernels::addChannelSums(KernelBuilder &kernels, Operation *source, StringRef what, const ChannelView &view,
                                   int64_t count, llvm::function_ref<ChannelTerms(Kernel &, Emit &)> terms,
                                   llvm::function_ref<ChannelFinish(Kernel &, Emit &)> finish) {
  using Carry = SmallVector<Value>;
  int64_t chunks = reductionChunks(view), channels = view.channels;
  auto f64 = Float64Type::get(source->getContext());
  // Partial sums: [chunks, count, channels].
  BufferId partials = kernels.addTemporary(MemRefType::get({chunks, count, channels}, f64));
  int64_t elements = view.outer * channels * view.inner;
  Affine flops = view.batched ? Affine{0, 2 * count * elements} : Affine{2 * count * elements, 0};

  kernels.addStep(source, what, {chunks, 0}, flops, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    ChannelTerms body = terms(kernel, emit);
    Value memref = kernels.flat(kernel, partials);
    forUnits(emit, kernel, [&](Value chunk) {
      auto [from, to] = rowsOfChunk(emit, view, chunk, kernel.batch);
      Value start = emit.mul(chunk, count * channels);
      auto partialAt = [&](int64_t sum, Value channel) { return emit.add(emit.add(start, channel), sum * channels); };
      emit.pieces(count * channels, [&](Value offset, int64_t width) {
        emit.store(emit.constant(emit.vectorType(width, f64), 0.0), memref, emit.add(start, offset));
      });
      auto accumulate = [&](Value channel, int64_t width, ArrayRef<Value> sums) {
        for (int64_t s = 0; s < count; ++s) {
          Value at = partialAt(s, channel);
          emit.store(emit.addf(emit.load(memref, at, width), emit.extend(sums[s])), memref, at);
        }
      };
      auto zeros = [&](int64_t width) { return Carry(count, emit.constant(emit.f32s(width), 0.0)); };
      auto addTerms = [&](ValueRange carried, Value element, Value channel, int64_t width) {
        Carry next;
        for (auto [sum, term] : llvm::zip_equal(carried, body(element, channel, width)))
          next.push_back(emit.addf(sum, term));
        return next;
      };

      if (view.lanesAreChannels()) {
        int64_t block = rowsPerBlock(view);
        emit.loop(from, to, block, [&, to = to](Value first) {
          Value last = emit.min(emit.add(first, block), to);
          emit.pieceGroups(channels, kPiecesAtOnce, [&](Value group, ArrayRef<Emit::Part> parts) {
            Carry start;
            for (const Emit::Part &part : parts)
              llvm::append_range(start, zeros(part.width));
            Carry sums = sumRows(emit, first, last, parts.size(), start, [&](Value row, ValueRange carried) {
              Carry next;
              Value at = emit.mul(row, channels);
              for (auto [index, part] : llvm::enumerate(parts)) {
                Value channel = emit.add(group, part.offset);
                llvm::append_range(next, addTerms(carried.slice(index * count, count), emit.add(at, channel), channel,
                                                  part.width));
              }
              return next;
            });
            for (auto [index, part] : llvm::enumerate(parts))
              accumulate(emit.add(group, part.offset), part.width, ArrayRef(sums).slice(index * count, count));
          });
        });
        return;
      }
      emit.loop(from, to, 1, [&](Value row) {
        emit.loop(0, channels, [&](Value channel) {
          Value run = emit.mul(emit.add(emit.mul(row, channels), channel), view.inner);
          auto addLanes = [&](ValueRange sums) {
            Carry scalars;
            for (Value sum : sums) {
              Value scalar = emit.reduceLanes(sum, [&](Value a, Value b) { return emit.addf(a, b); });
              scalars.push_back(emit.splat(scalar, emit.f32s(1)));
            }
            accumulate(channel, 1, scalars);
          };
          int64_t lanes = kernels.target().lanes(), whole = view.inner - view.inner % lanes;
          // Not too long in f32 either: a block of 32 vectors.
          emit.loop(emit.index(0), emit.index(whole), 32 * lanes, [&](Value block) {
            Value end = emit.min(emit.add(block, 32 * lanes), emit.index(whole));
            addLanes(emit.loop(block, end, lanes, zeros(lanes), [&](Value offset, ValueRange carried) {
              return addTerms(carried, emit.add(run, offset), channel, lanes);
            }));
          });
          emit.remainderPieces(emit.index(whole), view.inner % lanes, [&](Value offset, int64_t width) {
            addLanes(body(emit.add(run, offset), channel, width));
          });
        });
      });
    });
  });

  kernels.addStep(source, what.str() + ", combine", {1, 0}, {chunks * count * channels, 0}, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    ChannelFinish body = finish(kernel, emit);
    Value memref = kernels.flat(kernel, partials);
    forUnits(emit, kernel, [&](Value) {
      emit.pieces(channels, [&](Value channel, int64_t width) {
        Value zero = emit.constant(emit.vectorType(width, f64), 0.0);
        Carry sums = emit.loop(emit.index(0), emit.index(chunks), 1, Carry(count, zero),
                               [&](Value chunk, ValueRange carried) {
          Carry next;
          for (int64_t s = 0; s < count; ++s) {
            Value at = emit.add(emit.add(emit.mul(chunk, count * channels), s * channels), channel);
            next.push_back(emit.addf(carried[s], emit.load(memref, at, width)));
          }
          return next;
        });
        body(channel, width, sums);
      });
    });
  });
}
