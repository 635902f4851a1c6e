// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dropout, with its mask from Philox4x32-10 in vectors of counters.
// Source: Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (SC11).
#include "Elementwise.h"
#include "nncc/Dialect/NN/Ops/Regularization.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <array>
#include <cmath>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

using Words = std::array<Value, 4>;

Value exclusiveOr(Emit &emit, Value a, Value b) { return arith::XOrIOp::create(emit.builder, emit.loc, a, b); }

Value lowHalf(Emit &emit, Value wide) {
  return arith::AndIOp::create(emit.builder, emit.loc, wide, emit.integer(wide.getType(), 0xFFFFFFFF));
}
Value highHalf(Emit &emit, Value wide) {
  return arith::ShRUIOp::create(emit.builder, emit.loc, wide, emit.integer(wide.getType(), 32));
}

/// The ten rounds. Words are i64s below 2^32 (vectors of them; the key is two scalars): products then need no widening,
/// and vectors have an instruction for just this multiplication.
Words philox(Emit &emit, Words counter, std::array<Value, 2> key) {
  Type type = counter[0].getType();
  Type i64 = emit.builder.getI64Type();
  for (int round = 0; round < 10; ++round) {
    Value first = emit.mul(counter[0], emit.integer(type, 0xD2511F53));
    Value second = emit.mul(counter[2], emit.integer(type, 0xCD9E8D57));
    counter = {exclusiveOr(emit, exclusiveOr(emit, highHalf(emit, second), counter[1]), emit.splat(key[0], type)),
               lowHalf(emit, second),
               exclusiveOr(emit, exclusiveOr(emit, highHalf(emit, first), counter[3]), emit.splat(key[1], type)),
               lowHalf(emit, first)};
    key = {lowHalf(emit, emit.add(key[0], emit.integer(i64, 0x9E3779B9))),
           lowHalf(emit, emit.add(key[1], emit.integer(i64, 0xBB67AE85)))};
  }
  return counter;
}

/// What all elements share.
struct Dropout {
  std::array<Value, 2> key; ///< i64s below 2^32, as is the step
  Value step;
  int64_t stream;
  int64_t threshold; ///< the least word that keeps, rate * 2^32 rounded up
  double scale;
};

/// The random words of the 4 * counters elements from 4 * group on, in their order: vector<4 * counters x i32>.
Value randomWords(Emit &emit, const Dropout &dropout, Value group, int64_t counters) {
  VectorType wide = emit.vectorType(counters, emit.builder.getI64Type());
  SmallVector<int64_t> lanes(counters);
  for (int64_t i = 0; i < counters; ++i)
    lanes[i] = i;
  auto numbers = DenseElementsAttr::get(wide, ArrayRef<int64_t>(lanes));
  Value iota = arith::ConstantOp::create(emit.builder, emit.loc, numbers);
  Value base = arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getI64Type(), group);
  Value number = emit.add(emit.splat(base, wide), iota);
  Words words = philox(emit, {lowHalf(emit, number), highHalf(emit, number), emit.splat(dropout.step, wide),
                              emit.integer(wide, dropout.stream & 0xFFFFFFFF)},
                       dropout.key);
  VectorType narrow = emit.vectorType(counters, emit.builder.getI32Type());
  for (Value &word : words)
    word = arith::TruncIOp::create(emit.builder, emit.loc, narrow, word);
  auto interleave = [&](Value a, Value b) -> Value {
    return vector::InterleaveOp::create(emit.builder, emit.loc, a, b);
  };
  return interleave(interleave(words[0], words[2]), interleave(words[1], words[3]));
}

Value applyMask(Emit &emit, const Dropout &dropout, Value x, Value words) {
  Value keep = emit.compare(arith::CmpIPredicate::uge, words, emit.integer(words.getType(), dropout.threshold));
  return emit.select(keep, emit.mulf(x, dropout.scale), emit.constant(x.getType(), 0.0));
}

/// Multiplies by the mask, `count` elements a sample of a tensor of type `type` (only its batch counts); null for `from`
/// gives the mask itself.
void addMaskStep(Operation *op, StringRef what, ShapedType type, int64_t count, double rate, int64_t stream,
                 KernelBuilder &kernels, llvm::function_ref<Value(Kernel &)> getFrom,
                 llvm::function_ref<Value(Kernel &)> getTo) {
  Chunks chunks = cutIntoChunks(count, kElementsPerUnit, 4);
  kernels.addStep(op, what, perBatch(type, chunks.units), perBatch(type, 2 * count), [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value from = getFrom ? getFrom(kernel) : Value(), to = getTo(kernel);
    Dropout dropout;
    Value seed = kernels.seed(kernel);
    dropout.key = {lowHalf(emit, seed), highHalf(emit, seed)};
    dropout.step = lowHalf(emit, kernels.step(kernel));
    dropout.stream = stream;
    dropout.threshold = int64_t(std::ceil(rate * 4294967296.0));
    dropout.scale = 1.0 / (1.0 - rate);

    // Four elements share a counter, so the units' bounds are moved to the next multiple of four: that changes who
    // computes an element, not what it is. The last bound is the end of the tensor.
    Value total = isBatched(type) ? emit.mul(kernel.batch, count) : emit.index(count);
    auto groupOf = [&](Value unit) {
      Value start = emit.add(emit.mul(emit.div(unit, chunks.units), count),
                             emit.mul(emit.rem(unit, chunks.units), chunks.size));
      return emit.div(emit.add(start, 3), 4);
    };
    Value wholeGroups = emit.div(total, 4);
    Value first = groupOf(kernel.begin), last = emit.min(groupOf(kernel.end), wholeGroups);
    int64_t lanes = kernels.target().lanes();
    Value vectors = emit.mul(emit.div(emit.sub(emit.max(last, first), first), lanes), lanes);
    Value vectorEnd = emit.add(first, vectors);
    auto groups = [&](Value group, int64_t counters) {
      Value at = emit.mul(group, 4);
      Value x = from ? emit.load(from, at, 4 * counters) : emit.constant(emit.f32s(4 * counters), 1.0);
      emit.store(applyMask(emit, dropout, x, randomWords(emit, dropout, group, counters)), to, at);
    };
    emit.loop(first, vectorEnd, lanes, [&](Value group) { groups(group, lanes); });
    emit.loop(vectorEnd, last, 1, [&](Value group) { groups(group, 1); });
    // The last one to three elements of the tensor, by the call that ends there.
    Value rest = emit.mul(wholeGroups, 4);
    Value unfinished = emit.compare(arith::CmpIPredicate::slt, rest, total);
    Value atEnd = emit.compare(arith::CmpIPredicate::sgt, groupOf(kernel.end), wholeGroups);
    Value notBefore = emit.compare(arith::CmpIPredicate::sle, first, wholeGroups);
    auto both = [&](Value a, Value b) -> Value { return arith::AndIOp::create(emit.builder, emit.loc, a, b); };
    emit.ifThen(both(unfinished, both(atEnd, notBefore)), [&] {
      Value words = randomWords(emit, dropout, wholeGroups, 1);
      for (int64_t i = 0; i < 3; ++i) {
        Value at = emit.add(rest, i);
        emit.ifThen(emit.compare(arith::CmpIPredicate::slt, at, total), [&] {
          Value word = vector::ExtractOp::create(emit.builder, emit.loc, words, ArrayRef<int64_t>{i});
          Value x = from ? emit.loadScalar(from, at) : emit.constant(emit.builder.getF32Type(), 1.0);
          emit.store(applyMask(emit, dropout, x, word), to, at);
        });
      }
    });
  });
}

LogicalResult emitDropout(nn::DropoutOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInput().getType());
  kernels.mayOverwrite(op, op.getInput(), op.getOutput());
  addMaskStep(
      op, "dropout", type, elementsPerSample(type), op.getRate().convertToDouble(), op.getStream(), kernels,
      [&](Kernel &kernel) { return kernels.flat(kernel, op.getInput()); },
      [&](Kernel &kernel) { return kernels.flat(kernel, op.getOutput()); });
  return success();
}

/// The mask of all channels of the batch, then its product with each position.
LogicalResult emitSpatialDropout(nn::SpatialDropoutOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInput().getType());
  const int64_t channels = type.getShape().back(), positions = elementsPerSample(type) / channels;
  const int64_t samples = isBatched(type) ? ShapedType::kDynamic : 1;
  BufferId mask = kernels.addTemporary(MemRefType::get({samples, channels}, type.getElementType()));
  addMaskStep(op, "spatial dropout mask", type, channels, op.getRate().convertToDouble(), op.getStream(), kernels, nullptr,
              [&](Kernel &kernel) { return kernels.flat(kernel, mask); });
  addRowStep(kernels, op, "spatial dropout", isBatched(type), positions, channels, channels,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value from = kernels.flat(kernel, op.getInput()), to = kernels.flat(kernel, op.getOutput());
    Value factors = kernels.flat(kernel, mask);
    return [=, &emit](Value row) {
      Value start = emit.mul(row, channels), maskStart = emit.mul(emit.div(row, positions), channels);
      emit.pieces(channels, [&](Value offset, int64_t width) {
        Value at = emit.add(start, offset), factor = emit.load(factors, emit.add(maskStart, offset), width);
        // A dropped NaN is dropped, as in nn.dropout.
        Value zero = emit.constant(factor.getType(), 0.0);
        Value isKept = emit.compare(arith::CmpFPredicate::OGT, factor, zero);
        emit.store(emit.select(isKept, emit.mulf(emit.load(from, at, width), factor), zero), to, at);
      });
    };
  });
  return success();
}

} // namespace

void kernels::addRegularizationKernels(EmitterTable &table) {
  table["nn.spatial_dropout"] = [](Operation *op, KernelBuilder &k) {
    return emitSpatialDropout(cast<nn::SpatialDropoutOp>(op), k);
  };
  table["nn.dropout"] = [](Operation *op, KernelBuilder &k) { return emitDropout(cast<nn::DropoutOp>(op), k); };
}
