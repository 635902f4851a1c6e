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

/// The ten rounds on vectors (or scalars) of i32; the key is two scalars.
Words philox(Emit &emit, Words counter, std::array<Value, 2> key) {
  Type type = counter[0].getType();
  Type i32 = emit.builder.getI32Type();
  for (int round = 0; round < 10; ++round) {
    auto first = arith::MulUIExtendedOp::create(emit.builder, emit.loc, counter[0], emit.integer(type, 0xD2511F53));
    auto second = arith::MulUIExtendedOp::create(emit.builder, emit.loc, counter[2], emit.integer(type, 0xCD9E8D57));
    counter = {exclusiveOr(emit, exclusiveOr(emit, second.getHigh(), counter[1]), emit.splat(key[0], type)),
               second.getLow(),
               exclusiveOr(emit, exclusiveOr(emit, first.getHigh(), counter[3]), emit.splat(key[1], type)),
               first.getLow()};
    key = {emit.add(key[0], emit.integer(i32, 0x9E3779B9)), emit.add(key[1], emit.integer(i32, 0xBB67AE85))};
  }
  return counter;
}

/// Low and high half of an i64.
std::array<Value, 2> halves(Emit &emit, Value wide) {
  Type narrow = Emit::retype(wide.getType(), emit.builder.getI32Type());
  Value shifted = arith::ShRUIOp::create(emit.builder, emit.loc, wide, emit.integer(wide.getType(), 32));
  return {arith::TruncIOp::create(emit.builder, emit.loc, narrow, wide),
          arith::TruncIOp::create(emit.builder, emit.loc, narrow, shifted)};
}

/// What all elements share.
struct Dropout {
  std::array<Value, 2> key;
  Value step; ///< i32
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
  Value iota = arith::ConstantOp::create(emit.builder, emit.loc, DenseElementsAttr::get(wide, ArrayRef<int64_t>(lanes)));
  Value base = arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getI64Type(), group);
  std::array<Value, 2> number = halves(emit, emit.add(emit.splat(base, wide), iota));
  VectorType type = emit.vectorType(counters, emit.builder.getI32Type());
  Words words = philox(emit, {number[0], number[1], emit.splat(dropout.step, type), emit.integer(type, dropout.stream)},
                       dropout.key);
  auto interleave = [&](Value a, Value b) -> Value { return vector::InterleaveOp::create(emit.builder, emit.loc, a, b); };
  return interleave(interleave(words[0], words[2]), interleave(words[1], words[3]));
}

Value applyMask(Emit &emit, const Dropout &dropout, Value x, Value words) {
  Value keep = emit.compare(arith::CmpIPredicate::uge, words, emit.integer(words.getType(), dropout.threshold));
  return emit.select(keep, emit.mulf(x, dropout.scale), emit.constant(x.getType(), 0.0));
}

LogicalResult emitDropout(nn::DropoutOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInput().getType());
  double rate = op.getRate().convertToDouble();
  int64_t count = elementsPerSample(type);
  Chunks chunks = cutIntoChunks(count, kElementsPerUnit, 4);
  kernels.addStep(op, "dropout", perBatch(type, chunks.units), perBatch(type, 2 * count), [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value from = kernels.flat(kernel, op.getInput()), to = kernels.flat(kernel, op.getOutput());
    Dropout dropout;
    dropout.key = halves(emit, kernels.seed(kernel));
    dropout.step = halves(emit, kernels.step(kernel))[0];
    dropout.stream = op.getStream();
    dropout.threshold = int64_t(std::ceil(rate * 4294967296.0));
    dropout.scale = 1.0 / (1.0 - rate);

    // Four elements share a counter, so the units' bounds are moved to the next multiple of four: that changes who computes
    // an element, not what it is. The last bound is the end of the tensor.
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
      Value x = emit.load(from, at, 4 * counters);
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
          emit.store(applyMask(emit, dropout, emit.loadScalar(from, at), word), to, at);
        });
      }
    });
  });
  return success();
}

} // namespace

void kernels::addRegularizationKernels(EmitterTable &table) {
  table["nn.dropout"] = [](Operation *op, KernelBuilder &k) { return emitDropout(cast<nn::DropoutOp>(op), k); };
}
