// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The formula of NNCC_MODEL_BYTES (nncc/ABI/Library.h).
#include "LibraryArena.h"

#include <algorithm>

namespace nncc::codegen {

static int64_t alignedFloats(int64_t count) { return NNCC_MODEL_ALIGNED(count * static_cast<int64_t>(sizeof(float))); }

static Affine arenaBytes(const Program &program) {
  Affine bytes;
  int64_t scratch = NNCC_ALIGNMENT;
  for (const std::optional<Entry> &entry : program.entries)
    if (entry) {
      scratch = std::max(scratch, entry->arenaBytes.fixed + entry->workerBytes);
      bytes.perSample = std::max(bytes.perSample, entry->arenaBytes.perSample);
    }
  if (!program.embedded)
    for (const Variable &variable : program.variables)
      if (variable.initializer.name == "Orthogonal")
        scratch = std::max(scratch, variable.elements() * static_cast<int64_t>(sizeof(double)));
  auto has = [&](nncc_entry_kind kind) { return program.entries[kind].has_value(); };
  bytes.fixed = NNCC_MODEL_BYTES + alignedFloats(program.parameterFloats) + scratch;
  if (has(NNCC_ENTRY_TRAIN_STEP) || has(NNCC_ENTRY_GRADIENTS) || has(NNCC_ENTRY_GRADIENTS_TRAINING))
    bytes.fixed += alignedFloats(program.trainableFloats);
  if (has(NNCC_ENTRY_TRAIN_STEP))
    bytes.fixed += alignedFloats(program.optimizerSlots * program.trainableFloats);
  return bytes;
}

Affine arenaBytes(llvm::ArrayRef<const Program *> programs) {
  Affine most;
  for (const Program *program : programs) {
    const Affine bytes = arenaBytes(*program);
    most.fixed = std::max(most.fixed, bytes.fixed);
    most.perSample = std::max(most.perSample, bytes.perSample);
  }
  return most;
}

} // namespace nncc::codegen
