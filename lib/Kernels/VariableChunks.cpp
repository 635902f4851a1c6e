// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "VariableChunks.h"

#include "nncc/Analysis/ParameterLayout.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

/// Floats of a chunk: a unit's cost is large against the search for its variable, which is a select a variable.
static constexpr int64_t kChunkOfVariable = 1 << 15;

VariableChunks::VariableChunks(ModuleOp module) : size(kChunkOfVariable) {
  for (const analysis::VariablePlace &place : analysis::ParameterLayout::of(module).variables)
    if (place.trainable)
      add({place.offset, int64_t(llvm::alignTo(place.elements, analysis::kVariableAlignment))});
}

VariableChunks::VariableChunks(ArrayRef<Range> ranges, int64_t size) : size(size) {
  for (Range range : ranges)
    add(range);
}

void VariableChunks::add(Range range) {
  const int64_t chunks = llvm::divideCeil(range.floats, size);
  variables.push_back({range.offset, range.floats, total, chunks});
  total += chunks;
}

int64_t VariableChunks::floats() const {
  int64_t sum = 0;
  for (const Variable &variable : variables)
    sum += variable.floats;
  return sum;
}

VariableChunks::Chunk VariableChunks::find(Emit &emit, Value unit) const {
  Chunk chunk;
  Value offset, floats;
  for (auto [index, variable] : llvm::enumerate(variables)) {
    Value first = emit.index(variable.firstChunk);
    Value reached = index ? emit.compare(arith::CmpIPredicate::sge, unit, first) : Value();
    auto take = [&](Value &what, Value value) { what = reached ? emit.select(reached, value, what) : value; };
    take(chunk.variable, emit.index(index));
    take(chunk.first, first);
    take(chunk.chunks, emit.index(variable.chunks));
    take(offset, emit.index(variable.offset));
    take(floats, emit.index(variable.floats));
  }
  Value begin = emit.mul(emit.sub(unit, chunk.first), size);
  Value end = emit.min(emit.add(begin, size), floats);
  chunk.from = emit.add(offset, begin);
  chunk.to = emit.add(offset, end);
  return chunk;
}
