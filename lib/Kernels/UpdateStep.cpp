// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One pass over the flat parameters, gradients and state.
#include "UpdateStep.h"
#include "Elementwise.h"
#include "VariableChunks.h"

#include "nncc/Analysis/ParameterLayout.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

#include <utility>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

ParameterUpdate::ParameterUpdate(KernelBuilder &kernels, Kernel &kernel, Emit &emit, Operation *optimizer,
                                 int64_t floats)
    : rate(kernels.learningRate(kernel)), emit(emit), parameters(kernels.flatParameters(kernel)) {
  auto number = [&](StringRef name) {
    auto attr = optimizer->getAttrOfType<FloatAttr>(name);
    return attr ? attr.getValueAsDouble() : 0.0;
  };
  decay = number("weight_decay");
  limit = number("clip_value");
  for (int64_t slot : llvm::seq(nn::countStateSlots(optimizer)))
    state.push_back(kernels.stateSlot(kernel, slot));
  kernels.countMoved(2 * sizeof(float) * floats * (state.size() + 1)); // read and written
}

SmallVector<Value> ParameterUpdate::buffers() const {
  SmallVector<Value> all = state;
  all.push_back(parameters);
  return all;
}

void ParameterUpdate::apply(const Update &update, Value gradient, llvm::function_ref<Value(Value)> load,
                            llvm::function_ref<void(Value, Value)> store) const {
  Value parameter = load(parameters);
  SmallVector<Value> values;
  for (Value slot : state)
    values.push_back(load(slot));
  if (limit != 0)
    gradient = emit.clamp(gradient, -limit, limit);
  if (decay != 0)
    parameter = emit.subf(parameter, emit.mulf(emit.mulf(parameter, decay), emit.splat(rate, parameter.getType())));
  update(parameter, gradient, values);
  store(parameter, parameters);
  for (auto [slot, value] : llvm::zip_equal(state, values))
    store(value, slot);
}

namespace {

/// Updates the elements of a chunk, whole vectors: places are multiples of 16 floats (64 bytes).
void emitChunk(Emit &emit, const VariableChunks::Chunk &chunk, int64_t lanes, Value gradients,
               const ParameterUpdate &parameters, const Update &update) {
  emit.loop(chunk.from, chunk.to, lanes, [&](Value at) {
    parameters.apply(
        update, emit.load(gradients, at, lanes), [&](Value buffer) { return emit.load(buffer, at, lanes); },
        [&](Value value, Value buffer) { emit.store(value, buffer, at); });
  });
}

/// The trainable variables without those that the function updates elsewhere; neighbours are one range.
SmallVector<VariableChunks::Range> rangesToUpdate(Operation *optimizer) {
  llvm::StringSet<> done;
  for (auto store : optimizer->getBlock()->getOps<nn::StoreGradientOp>())
    if (store.getUpdated())
      done.insert(store.getVariable());
  SmallVector<VariableChunks::Range> ranges;
  bool continues = false;
  for (const analysis::VariablePlace &place :
       analysis::ParameterLayout::of(optimizer->getParentOfType<ModuleOp>()).variables) {
    if (!place.trainable)
      continue;
    if (done.contains(place.path)) {
      continues = false;
      continue;
    }
    if (!std::exchange(continues, true))
      ranges.push_back({place.offset, 0});
    ranges.back().floats += llvm::alignTo(place.elements, analysis::kVariableAlignment);
  }
  return ranges;
}

} // namespace

void kernels::addUpdateStep(KernelBuilder &kernels, Operation *op) {
  UpdateRule rule = *updateRuleOf(op);
  VariableChunks chunks(rangesToUpdate(op), kElementsPerUnit);
  if (chunks.count() == 0)
    return;
  kernels.addStep(op, rule.what, {chunks.count(), 0}, {rule.flops * chunks.floats(), 0}, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    ParameterUpdate parameters(kernels, kernel, emit, op, chunks.floats());
    Value gradients = kernels.flatGradients(kernel);
    kernels.countMoved(sizeof(float) * chunks.floats());
    Update update = rule.prepare(kernel, emit, kernels, parameters.rate);
    forUnits(emit, kernel, [&](Value unit) {
      emitChunk(emit, chunks.find(emit, unit), kernels.target().lanes(), gradients, parameters, update);
    });
  });
}

void kernels::addVariableUpdateStep(
    KernelBuilder &kernels, Operation *op, StringRef what, int64_t flops,
    llvm::function_ref<VariableUpdate(Kernel &, Emit &, Value, int64_t)> prepare) {
  VariableChunks chunks(op->getParentOfType<ModuleOp>());
  if (chunks.count() == 0)
    return;
  kernels.addStep(op, what, {chunks.count(), 0}, {flops * kernels.trainableFloats(), 0}, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    ParameterUpdate parameters(kernels, kernel, emit, op, chunks.floats());
    Value gradients = kernels.flatGradients(kernel);
    kernels.countMoved(sizeof(float) * chunks.floats());
    VariableUpdate updates = prepare(kernel, emit, parameters.rate, chunks.variableCount());
    forUnits(emit, kernel, [&](Value unit) {
      VariableChunks::Chunk chunk = chunks.find(emit, unit);
      emitChunk(emit, chunk, kernels.target().lanes(), gradients, parameters, updates(chunk.variable));
    });
  });
}
