// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a compiled program costs, summed up by layer from its table.
#include "ModelCosts.h"

#include "llvm/Support/MathExtras.h"

namespace nncc::pipeline {

using kernels::EntryInfo;
using kernels::Phase;

int64_t valueAt(planning::Affine affine, int64_t batch) { return affine.fixed + affine.perSample * batch; }

/// Bytes that a buffer takes in the arena.
static int64_t placedBytes(const planning::BufferLifetime &buffer, int64_t batch) {
  return llvm::alignTo(buffer.bytes.fixed, planning::kBufferAlignment) +
         llvm::alignTo(buffer.bytes.perSample, planning::kBufferAlignment) * batch;
}

/// Calls `visit` on the buffers that live from a step of the forward pass to one of the backward pass.
static void forEachKept(const EntryInfo &entry, llvm::function_ref<void(const planning::BufferLifetime &)> visit) {
  auto isForward = [](const kernels::StepInfo &step) { return step.phase == Phase::Forward; };
  int64_t forward = llvm::count_if(entry.steps, isForward), all = entry.steps.size();
  if (forward == all)
    return;
  for (const planning::BufferLifetime &buffer : entry.memory.buffers)
    if (entry.steps[buffer.first].phase == Phase::Forward && entry.steps[buffer.last].phase != Phase::Forward)
      visit(buffer);
}

analysis::EntryMemory memoryOf(const EntryInfo &entry, const codegen::Program &facts, int64_t batch, bool trains,
                               bool updates) {
  analysis::EntryMemory memory;
  memory.parameters = facts.parameterFloats * 4;
  memory.gradients = trains ? facts.trainableFloats * 4 : 0;
  memory.optimizerState = updates ? facts.trainableFloats * facts.optimizerSlots * 4 : 0;
  memory.arena = valueAt(entry.arenaBytes, batch);
  memory.scratch = entry.workerBytes;
  forEachKept(entry, [&](const planning::BufferLifetime &buffer) { memory.kept += placedBytes(buffer, batch); });
  return memory;
}

analysis::ModelCosts collectCosts(const EntryInfo &inference, const EntryInfo &training, const codegen::Program &facts,
                                  int64_t batch) {
  analysis::ModelCosts costs;
  costs.batch = batch;
  costs.trains = training.name == "train_step";
  costs.inference = memoryOf(inference, facts, batch, false, false);
  costs.training = memoryOf(training, facts, batch, true, costs.trains);
  auto of = [&](llvm::StringRef layer) -> analysis::LayerCosts & {
    return layer.empty() ? costs.others : costs.layers[layer];
  };
  for (const kernels::StepInfo &step : training.steps) {
    int64_t flops = valueAt(step.flops, batch);
    switch (step.phase) {
    case Phase::Forward: of(step.layer).forwardFlops += flops; break;
    case Phase::Backward: of(step.layer).backwardFlops += flops; break;
    case Phase::Update: costs.updateFlops += flops; break;
    }
  }
  forEachKept(training, [&](const planning::BufferLifetime &buffer) {
    of(buffer.layer).keptBytes += placedBytes(buffer, batch);
  });
  return costs;
}

} // namespace nncc::pipeline
