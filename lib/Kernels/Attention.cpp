// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention: products of small matrices, one of each head, group and sample; these are the units.
#include "nncc/Dialect/NN/Ops/Attention.h"
#include "nncc/Kernels/Contraction/Tile.h"
#include "nncc/Kernels/Contraction/Transpose.h"
#include "nncc/Kernels/Emit.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

/// Out[m, n] = scale * sum over k of A[m, k] * B[k, n]: where the matrices begin, and the distances of their rows and steps.
struct Product {
  int64_t rows, columns, depth;
  Value memoryA, a;
  int64_t rowA, stepA;
  Value memoryB, b;
  int64_t stepB;
  Value out, at;
  int64_t rowOut;
  double scale;
};

void emitProduct(const ContractionEmit &emit, const Product &product, const planning::ContractionPlan &plan,
                 const TargetFacts &target) {
  forRowTiles(emit, plan.rows, [&](Value row, int64_t rows) {
    forColumnBlocks(emit, plan.columns, [&](Value, Value first, Value, const planning::Slices &slices) {
      TileOperands tile;
      tile.memoryA = product.memoryA;
      tile.a = emit.add(product.a, emit.mul(row, product.rowA));
      tile.rows = evenRows(rows, product.rowA);
      tile.memoryB = product.memoryB;
      tile.b = emit.add(product.b, first);
      tile.columns = slices;
      tile.loops = {{emit.index(product.depth), product.stepA, product.stepB}};
      Values sums = emitTile(emit, tile, zeroAccumulators(emit, rows, slices), target);
      if (product.scale != 1)
        for (Value &sum : sums) {
          auto type = cast<ShapedType>(sum.getType());
          auto factor = DenseElementsAttr::get(type, llvm::APFloat(float(product.scale)));
          sum = arith::MulFOp::create(emit.builder, emit.loc, sum,
                                      arith::ConstantOp::create(emit.builder, emit.loc, factor));
        }
      storeAccumulators(emit, sums, product.out, emit.add(product.at, emit.add(emit.mul(row, product.rowOut), first)),
                        evenRows(rows, product.rowOut), slices);
    });
  });
}

/// Where head `unit % heads` of group `unit / heads` begins in [groups, rows, heads * depth].
Value startOfHead(const ContractionEmit &emit, Value unit, int64_t heads, int64_t rows, int64_t depth) {
  return emit.add(emit.mul(emit.div(unit, heads), rows * heads * depth), emit.mul(emit.rem(unit, heads), depth));
}

/// Adds -1e9 to the scores of keys behind their query.
void maskFuture(const ContractionEmit &emit, Value scores, Value start, int64_t queries, int64_t keys) {
  Type f32 = emit.builder.getF32Type();
  Value minus = arith::ConstantOp::create(emit.builder, emit.loc, emit.builder.getFloatAttr(f32, -1e9));
  emit.loop(std::min(queries, keys), [&](Value t) {
    Value row = emit.add(start, emit.mul(t, keys));
    emit.loop(emit.add(t, 1), emit.index(keys), 1, [&](Value s) {
      Value at = emit.add(row, s);
      Value score = memref::LoadOp::create(emit.builder, emit.loc, scores, at);
      memref::StoreOp::create(emit.builder, emit.loc, arith::AddFOp::create(emit.builder, emit.loc, score, minus),
                              scores, at);
    });
  });
}

LogicalResult emitScores(nn::AttentionScoresOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getOutput().getType());
  const int64_t groups = type.getDimSize(1), heads = type.getDimSize(2), queries = type.getDimSize(3);
  const int64_t keys = type.getDimSize(4), depth = cast<ShapedType>(op.getQuery().getType()).getDimSize(3) / heads;
  const TargetFacts &target = kernels.target();
  planning::ContractionPlan plan = planning::planContraction({queries, keys, depth}, target);
  kernels.describeNextStep("a head a unit, keys transposed, " + planText(plan));
  kernels.addStep(op, "attention scores", perBatch(type, groups * heads), perBatch(type, op.getFlops()),
                  [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value query = kernels.flat(kernel, op.getQuery()), key = kernels.flat(kernel, op.getKey());
    Value to = kernels.flat(kernel, op.getOutput());
    Value transposed = kernels.scratch(kernel, MemRefType::get({depth * keys}, kernel.builder.getF32Type()));
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      emitTranspose(emit, transposed, emit.index(0), keys, key, startOfHead(emit, unit, heads, keys, depth),
                    heads * depth, keys, emit.index(depth), target);
      Value at = emit.mul(unit, queries * keys);
      emitProduct(emit,
                  {queries, keys, depth, query, startOfHead(emit, unit, heads, queries, depth), heads * depth, 1,
                   transposed, emit.index(0), keys, to, at, keys, op.getScale().convertToDouble()},
                  plan, target);
      if (op.getCausal())
        maskFuture(emit, to, at, queries, keys);
    });
  });
  return success();
}

LogicalResult emitMix(nn::AttentionMixOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getWeights().getType());
  const int64_t groups = type.getDimSize(1), heads = type.getDimSize(2), queries = type.getDimSize(3);
  const int64_t keys = type.getDimSize(4), width = cast<ShapedType>(op.getValue().getType()).getDimSize(3);
  const bool transposed = op.getTransposed();
  const int64_t rows = transposed ? keys : queries, depth = transposed ? queries : keys, columns = width / heads;
  const TargetFacts &target = kernels.target();
  planning::ContractionPlan plan = planning::planContraction({rows, columns, depth}, target);
  kernels.describeNextStep("a head a unit, " + planText(plan));
  kernels.addStep(op, transposed ? "attention mix, transposed" : "attention mix", perBatch(type, groups * heads),
                  perBatch(type, op.getFlops()), [&](Kernel &kernel) {
    ContractionEmit emit(kernel.builder, kernel.loc);
    Value weights = kernels.flat(kernel, op.getWeights()), value = kernels.flat(kernel, op.getValue());
    Value to = kernels.flat(kernel, op.getOutput());
    emit.loop(kernel.begin, kernel.end, 1, [&](Value unit) {
      emitProduct(emit,
                  {rows, columns, depth, weights, emit.mul(unit, queries * keys), transposed ? 1 : keys,
                   transposed ? keys : 1, value, startOfHead(emit, unit, heads, depth, columns), width, to,
                   startOfHead(emit, unit, heads, rows, columns), width, op.getScale().convertToDouble()},
                  plan, target);
    });
  });
  return success();
}

} // namespace

void kernels::addAttentionKernels(EmitterTable &table) {
  table["nn.attention_scores"] = [](Operation *op, KernelBuilder &k) {
    return emitScores(cast<nn::AttentionScoresOp>(op), k);
  };
  table["nn.attention_mix"] = [](Operation *op, KernelBuilder &k) { return emitMix(cast<nn::AttentionMixOp>(op), k); };
}
