// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Clipping of gradients by their norms, in two steps over chunks of variables: the sum of squares of each chunk; then
// each chunk is scaled by what the sums of its variable (or of all) say. The sums are of f64 and in an order that depends
// on the layout only.
#include "UpdateStep.h"
#include "VariableChunks.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"

#include <limits>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

LogicalResult emitClipGradients(nn::ClipGradientsOp op, KernelBuilder &kernels) {
  VariableChunks variables(op->getParentOfType<ModuleOp>());
  int64_t chunks = variables.count(), lanes = kernels.target().lanes();
  if (chunks == 0)
    return success();
  double limit = op.getNorm().convertToDouble();
  auto f64 = Float64Type::get(op->getContext());
  BufferId sums = kernels.addTemporary(MemRefType::get({chunks}, f64));
  int64_t floats = kernels.trainableFloats();

  kernels.addStep(op, "gradient norms", {chunks, 0}, {2 * floats, 0}, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    kernels.countMoved(sizeof(float) * floats);
    Value gradients = kernels.flatGradients(kernel), to = kernels.flat(kernel, sums);
    VectorType wide = emit.vectorType(lanes, f64);
    forUnits(emit, kernel, [&](Value unit) {
      VariableChunks::Chunk chunk = variables.find(emit, unit);
      Value sum = emit.loop(chunk.from, chunk.to, lanes, ValueRange{emit.constant(wide, 0.0)},
                            [&](Value at, ValueRange carried) {
        Value x = emit.extend(emit.load(gradients, at, lanes));
        return SmallVector<Value>{emit.fma(x, x, carried[0])};
      })[0];
      emit.store(emit.reduceLanes(sum, [&](Value a, Value b) { return emit.addf(a, b); }), to, unit);
    });
  });

  kernels.addStep(op, "clip gradients", {chunks, 0}, {floats, 0}, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    kernels.countMoved(2 * sizeof(float) * floats); // read and written
    Value gradients = kernels.flatGradients(kernel), from = kernels.flat(kernel, sums);
    forUnits(emit, kernel, [&](Value unit) {
      VariableChunks::Chunk chunk = variables.find(emit, unit);
      Value first = op.getGlobal() ? emit.index(0) : chunk.first;
      Value last = op.getGlobal() ? emit.index(chunks) : emit.add(chunk.first, chunk.chunks);
      Value sum = emit.loop(first, last, 1, ValueRange{emit.constant(f64, 0.0)}, [&](Value at, ValueRange carried) {
        return SmallVector<Value>{emit.addf(carried[0], emit.loadScalar(from, at))};
      })[0];
      // Gradients within the norm stay as they are. What is not finite is not: its scale is a NaN.
      Value norm = emit.sqrt(sum);
      Value isWithin = emit.compare(arith::CmpFPredicate::ULE, norm, emit.constant(f64, limit));
      Value isFinite = emit.compare(arith::CmpFPredicate::OLT, norm,
                                    emit.constant(f64, std::numeric_limits<double>::infinity()));
      Value nan = emit.constant(f64, std::numeric_limits<double>::quiet_NaN());
      Value scale = emit.truncate(emit.select(isFinite, emit.divf(emit.constant(f64, limit), norm), nan));
      Value isUnchanged = arith::AndIOp::create(emit.builder, emit.loc, isWithin, isFinite);
      Value one = emit.integer(emit.builder.getI1Type(), 1);
      emit.ifThen(arith::XOrIOp::create(emit.builder, emit.loc, isUnchanged, one), [&] {
        Value scales = emit.splat(scale, emit.f32s(lanes));
        emit.loop(chunk.from, chunk.to, lanes, [&](Value at) {
          emit.store(emit.mulf(emit.load(gradients, at, lanes), scales), gradients, at);
        });
      });
    });
  });
  return success();
}

} // namespace

void kernels::addClipGradientsKernel(EmitterTable &table) {
  table["nn.clip_gradients"] = [](Operation *op, KernelBuilder &k) {
    return emitClipGradients(cast<nn::ClipGradientsOp>(op), k);
  };
}
