// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dropout and noise, with random numbers from Philox4x32-10 in vectors of counters; penalties of regularizers.
// Source: Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (SC11).
#include "Elementwise.h"
#include "LossSteps.h"
#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "nncc/Kernels/Math.h"

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

/// What all elements' random numbers share.
struct Stream {
  std::array<Value, 2> key; ///< i64s below 2^32, as is the step
  Value step;
  int64_t stream;
};

/// The random words of the 4 * counters elements from 4 * group on, in their order: vector<4 * counters x i32>.
Value randomWords(Emit &emit, const Stream &stream, Value group, int64_t counters) {
  VectorType wide = emit.vectorType(counters, emit.builder.getI64Type());
  SmallVector<int64_t> lanes(counters);
  for (int64_t i = 0; i < counters; ++i)
    lanes[i] = i;
  auto numbers = DenseElementsAttr::get(wide, ArrayRef<int64_t>(lanes));
  Value iota = arith::ConstantOp::create(emit.builder, emit.loc, numbers);
  Value base = arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getI64Type(), group);
  Value number = emit.add(emit.splat(base, wide), iota);
  Words words = philox(emit, {lowHalf(emit, number), highHalf(emit, number), emit.splat(stream.step, wide),
                              emit.integer(wide, stream.stream & 0xFFFFFFFF)},
                       stream.key);
  VectorType narrow = emit.vectorType(counters, emit.builder.getI32Type());
  for (Value &word : words)
    word = arith::TruncIOp::create(emit.builder, emit.loc, narrow, word);
  auto interleave = [&](Value a, Value b) -> Value {
    return vector::InterleaveOp::create(emit.builder, emit.loc, a, b);
  };
  return interleave(interleave(words[0], words[2]), interleave(words[1], words[3]));
}

/// What is made of an element and its random number.
using RandomFunction = std::function<Value(Emit &, Value x, Value words)>;

/// Multiplication by 0 or 1 / (1 - rate).
RandomFunction dropoutMask(double rate) {
  const int64_t threshold = int64_t(std::ceil(rate * 4294967296.0)); // the least word that keeps
  return [=](Emit &emit, Value x, Value words) {
    Value keep = emit.compare(arith::CmpIPredicate::uge, words, emit.integer(words.getType(), threshold));
    return emit.select(keep, emit.mulf(x, 1.0 / (1.0 - rate)), emit.constant(x.getType(), 0.0));
  };
}

/// The standard normal number of a word, as nn.gaussian_noise describes it.
Value normalOf(Emit &emit, Value words) {
  // 1. v in (-1, 1), and w = -log((1 - v) (1 + v)): both factors are exact.
  Value high = arith::ShRUIOp::create(emit.builder, emit.loc, words, emit.integer(words.getType(), 8));
  Type type = Emit::retype(words.getType(), emit.builder.getF32Type());
  Value number = arith::UIToFPOp::create(emit.builder, emit.loc, type, high);
  Value v = emit.fma(number, emit.constant(type, 0x1p-23), 0x1p-24 - 1);
  Value w = emit.negf(emitLog(emit, emit.mulf(emit.subf(1.0, v), emit.addf(v, 1.0))));
  // 2. erfinv(v) / v, from one polynomial in the centre and one in the tails.
  auto polynomial = [&](Value at, ArrayRef<double> coefficients) {
    Value p = emit.constant(type, coefficients.front());
    for (double coefficient : coefficients.drop_front())
      p = emit.fma(p, at, coefficient);
    return p;
  };
  Value central = polynomial(emit.addf(w, -2.5), {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06,
                                                  0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941});
  Value root = emit.sqrt(emit.maximum(w, emit.constant(type, 0.0)));
  Value tail = polynomial(emit.addf(root, -3.0), {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844,
                                                  0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682});
  Value isCentral = emit.compare(arith::CmpFPredicate::OLT, w, emit.constant(type, 5.0));
  return emit.mulf(emit.mulf(emit.select(isCentral, central, tail), v), std::sqrt(2.0));
}

/// Applies `function` to the `count` elements of each sample, or of one where it is not `batched`; null for `getFrom`
/// stands for ones.
void addRandomStep(Operation *op, StringRef what, bool batched, int64_t count, int64_t stream, KernelBuilder &kernels,
                   const RandomFunction &function, llvm::function_ref<Value(Kernel &)> getFrom,
                   llvm::function_ref<Value(Kernel &)> getTo) {
  Chunks chunks = cutIntoChunks(count, kElementsPerUnit, 4);
  auto perBatch = [&](int64_t number) { return batched ? Affine{0, number} : Affine{number, 0}; };
  kernels.addStep(op, what, perBatch(chunks.units), perBatch(2 * count), [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value from = getFrom ? getFrom(kernel) : Value(), to = getTo(kernel);
    Value seed = kernels.seed(kernel);
    Stream random = {{lowHalf(emit, seed), highHalf(emit, seed)}, lowHalf(emit, kernels.step(kernel)), stream};

    // Four elements share a counter, so the units' bounds are moved to the next multiple of four: that changes who
    // computes an element, not what it is. The last bound is the end of the tensor.
    Value total = batched ? emit.mul(kernel.batch, count) : emit.index(count);
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
      emit.store(function(emit, x, randomWords(emit, random, group, counters)), to, at);
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
      Value words = randomWords(emit, random, wholeGroups, 1);
      for (int64_t i = 0; i < 3; ++i) {
        Value at = emit.add(rest, i);
        emit.ifThen(emit.compare(arith::CmpIPredicate::slt, at, total), [&] {
          Value word = vector::ExtractOp::create(emit.builder, emit.loc, words, ArrayRef<int64_t>{i});
          Value x = from ? emit.loadScalar(from, at) : emit.constant(emit.builder.getF32Type(), 1.0);
          emit.store(function(emit, x, word), to, at);
        });
      }
    });
  });
}

/// Dropout and noise: each element with its own random number.
template <typename OpT>
LogicalResult emitRandomMap(OpT op, StringRef what, const RandomFunction &function, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInput().getType());
  kernels.mayOverwrite(op, op.getInput(), op.getOutput());
  addRandomStep(
      op, what, isBatched(type), elementsPerSample(type), op.getStream(), kernels, function,
      [&](Kernel &kernel) { return kernels.flat(kernel, op.getInput()); },
      [&](Kernel &kernel) { return kernels.flat(kernel, op.getOutput()); });
  return success();
}

/// The mask of the axes that are not shared, then its product with each row.
LogicalResult emitSpatialDropout(nn::SpatialDropoutOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInput().getType());
  const bool batched = isBatched(type);
  const int64_t rank = type.getRank(), first = batched ? 1 : 0;
  auto isShared = [&](int64_t axis) {
    return op.getShared() ? llvm::is_contained(*op.getShared(), axis) : axis != 0 && axis != rank - 1;
  };
  // 1. The mask. A tensor without a batch is one sample, whose leading axis is one like others.
  SmallVector<int64_t> distances(rank);
  int64_t count = 1;
  for (int64_t axis = rank; axis-- > first;) {
    distances[axis] = isShared(axis) ? 0 : count;
    count *= isShared(axis) ? 1 : type.getDimSize(axis);
  }
  const bool perSample = batched && !isShared(0);
  BufferId mask = kernels.addTemporary(MemRefType::get({perSample ? ShapedType::kDynamic : 1, count}, type.getElementType()));
  addRandomStep(op, "spatial dropout mask", perSample, count, op.getStream(), kernels,
                dropoutMask(op.getRate().convertToDouble()), nullptr,
                [&](Kernel &kernel) { return kernels.flat(kernel, mask); });
  // 2. The product.
  const int64_t channels = type.getShape().back(), rows = elementsPerSample(type) / channels;
  addRowStep(kernels, op, "spatial dropout", batched, rows, channels, channels,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value from = kernels.flat(kernel, op.getInput()), to = kernels.flat(kernel, op.getOutput());
    Value factors = kernels.flat(kernel, mask);
    return [=, &emit](Value row) {
      Value start = emit.mul(row, channels), maskStart = emit.index(0), rest = row;
      for (int64_t axis = rank - 1; axis-- > first; rest = emit.div(rest, type.getDimSize(axis)))
        if (distances[axis] != 0)
          maskStart = emit.add(maskStart, emit.mul(emit.rem(rest, type.getDimSize(axis)), distances[axis]));
      if (perSample)
        maskStart = emit.add(maskStart, emit.mul(rest, count));
      const bool isOne = distances[rank - 1] == 0;
      emit.pieces(channels, [&](Value offset, int64_t width) {
        Value at = emit.add(start, offset);
        Value factor = isOne ? emit.splat(emit.loadScalar(factors, maskStart), emit.f32s(width))
                             : emit.load(factors, emit.add(maskStart, offset), width);
        // A dropped NaN is dropped, as in nn.dropout.
        Value zero = emit.constant(factor.getType(), 0.0);
        Value isKept = emit.compare(arith::CmpFPredicate::OGT, factor, zero);
        emit.store(emit.select(isKept, emit.mulf(emit.load(from, at, width), factor), zero), to, at);
      });
    };
  });
  return success();
}

/// l1 |x| + l2 x^2 of vectors.
Value penaltyOf(Emit &emit, Value x, double l1, double l2) {
  if (l2 == 0)
    return emit.mulf(emit.absf(x), l1);
  Value squares = emit.mulf(emit.mulf(x, x), l2);
  return l1 == 0 ? squares : emit.fma(emit.absf(x), emit.constant(x.getType(), l1), squares);
}

/// Elements that one unit of a penalty sums.
constexpr int64_t kPenaltyElements = 16384;

/// A static batch is an axis like others, and its extent is divided by at the end.
template <typename Op> double penaltyDivisor(Op op) {
  auto type = cast<ShapedType>(op.getInput().getType());
  return op.getPerSample() && !isBatched(type) ? double(type.getDimSize(0)) : 1;
}

LogicalResult emitPenalty(nn::PenaltyOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInput().getType());
  const double l1 = op.getL1().convertToDouble(), l2 = op.getL2().convertToDouble();
  LossRows rows(type, /*categorical=*/false);
  Chunks chunks = cutIntoChunks(rows.length, kPenaltyElements, 64);
  LossParts parts(kernels, op, rows, chunks.units);
  kernels.addStep(op, "penalty", perBatch(type, chunks.units), perBatch(type, 4 * rows.length), [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value input = kernels.flat(kernel, op.getInput()), sums = kernels.flat(kernel, parts.sums);
    auto element = [&](Value at, int64_t width) {
      return emit.extend(penaltyOf(emit, emit.load(input, at, width), l1, l2));
    };
    sumChunks(emit, kernel, chunks, rows.length, sums, element);
  });
  // The number of rows is that of samples where there is a batch, else one. A batched tensor that is not counted per sample
  // would have to be multiplied again; variables have no batch.
  if (rows.batched && !op.getPerSample())
    return op.emitError() << "a penalty on a tensor with a batch is per sample";
  parts.addMeanStep(kernels, op, "penalty", Reduction(penaltyDivisor(op)), op.getPenalty());
  return success();
}

LogicalResult emitPenaltyGrad(nn::PenaltyGradOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInput().getType());
  const double l1 = op.getL1().convertToDouble(), l2 = op.getL2().convertToDouble();
  LossRows rows(type, /*categorical=*/false);
  addElementwiseStep(kernels, op, "penalty gradient", type, 4, [&](Kernel &kernel, Emit &emit) -> ElementBody {
    Value input = kernels.flat(kernel, op.getInput()), to = kernels.flat(kernel, op.getInputGradient());
    Value scale = op.getPerSample() ? Reduction(penaltyDivisor(op)).scale(kernels, kernel, emit, rows) : Value();
    return [=, &emit](Value at, int64_t width) {
      Value x = emit.load(input, at, width), zero = emit.constant(x.getType(), 0.0), result = emit.mulf(x, 2 * l2);
      if (l1 != 0) {
        Value isAbove = emit.compare(arith::CmpFPredicate::OGT, x, zero);
        Value isBelow = emit.compare(arith::CmpFPredicate::OLT, x, zero);
        Value sign = emit.select(isAbove, emit.constant(x.getType(), l1),
                                 emit.select(isBelow, emit.constant(x.getType(), -l1), zero));
        result = emit.addf(result, sign);
      }
      emit.store(scale ? emit.mulf(result, emit.splat(scale, result.getType())) : result, to, at);
    };
  });
  return success();
}

LogicalResult emitTotalLoss(nn::TotalLossOp op, KernelBuilder &kernels) {
  kernels.addStep(op, "total loss", {1, 0}, {int64_t(op.getLosses().size()), 0}, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    SmallVector<Value> losses;
    for (Value loss : op.getLosses())
      losses.push_back(kernels.flat(kernel, loss));
    Value to = kernels.flat(kernel, op.getTotal());
    forUnits(emit, kernel, [&](Value) {
      Value sum = emit.constant(emit.builder.getF64Type(), 0.0);
      for (Value loss : losses)
        sum = emit.addf(sum, emit.extend(emit.loadScalar(loss, emit.index(0))));
      emit.store(emit.truncate(sum), to, emit.index(0));
    });
  });
  return success();
}

} // namespace

void kernels::addRegularizationKernels(EmitterTable &table) {
  table["nn.spatial_dropout"] = [](Operation *op, KernelBuilder &k) {
    return emitSpatialDropout(cast<nn::SpatialDropoutOp>(op), k);
  };
  table["nn.dropout"] = [](Operation *op, KernelBuilder &k) {
    auto dropout = cast<nn::DropoutOp>(op);
    return emitRandomMap(dropout, "dropout", dropoutMask(dropout.getRate().convertToDouble()), k);
  };
  table["nn.gaussian_noise"] = [](Operation *op, KernelBuilder &k) {
    auto noise = cast<nn::GaussianNoiseOp>(op);
    const double stddev = noise.getStddev().convertToDouble();
    return emitRandomMap(noise, "gaussian noise", [=](Emit &emit, Value x, Value words) {
      return emit.fma(normalOf(emit, words), emit.constant(x.getType(), stddev), x);
    }, k);
  };
  table["nn.penalty"] = [](Operation *op, KernelBuilder &k) { return emitPenalty(cast<nn::PenaltyOp>(op), k); };
  table["nn.penalty_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitPenaltyGrad(cast<nn::PenaltyGradOp>(op), k);
  };
  table["nn.total_loss"] = [](Operation *op, KernelBuilder &k) { return emitTotalLoss(cast<nn::TotalLossOp>(op), k); };
}
