// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Slabs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace mlir;

namespace nncc::kernels {

int64_t SlabPlan::slabsOf(int64_t batch) const {
  int64_t worth = std::max<int64_t>(std::min(batch * work / slabWork, batch * blocks), 1);
  return worth >= slabs ? slabs : llvm::bit_floor(static_cast<uint64_t>(worth));
}

void printSlabs(llvm::raw_ostream &os, const SlabPlan &plan) {
  os << plan.blocks << " chunks of axis " << plan.blockAxis << ", " << plan.slabs << " slabs";
  if (plan.slabsOf(1) < plan.slabs)
    os << " (" << plan.slabsOf(1) << " for one sample)";
}

Value activeSlabs(const ContractionEmit &emit, const SlabPlan &plan, Value batch) {
  Value worth = emit.min(emit.div(emit.mul(batch, plan.work), plan.slabWork), emit.mul(batch, plan.blocks));
  Value active = emit.index(1);
  auto from = [&](int64_t slabs) {
    active = arith::SelectOp::create(emit.builder, emit.loc, emit.less(worth, emit.index(slabs)), active,
                                     emit.index(slabs));
  };
  for (int64_t slabs = 2; slabs < plan.slabs; slabs *= 2)
    from(slabs);
  if (plan.slabs > 1)
    from(plan.slabs);
  return active;
}

void forSlabOfUnit(const ContractionEmit &emit, const SlabPlan &plan, Value unit, Value active,
                   llvm::function_ref<void(Value)> body) {
  if (plan.slabs == 1)
    return body(emit.index(0));
  Value scaled = emit.mul(unit, active), slab = emit.div(scaled, plan.slabs);
  Value next = emit.div(emit.sub(emit.add(scaled, plan.slabs), active), plan.slabs); // one behind the last unit's
  emit.ifThen(emit.less(next, emit.add(slab, 1)), [&] { body(slab); });
}

void forChunksOfSlab(const ContractionEmit &emit, const SlabPlan &plan, Value slab, Value active, Value samples,
                     const std::array<int64_t, 3> &extents, llvm::function_ref<void(const Chunk &)> body) {
  Value chunks = emit.mul(samples, plan.blocks);
  auto boundary = [&](Value number) -> Value {
    return arith::DivUIOp::create(emit.builder, emit.loc, emit.mul(number, chunks), active);
  };
  emit.loop(boundary(slab), boundary(emit.add(slab, 1)), 1, [&](Value number) {
    Chunk chunk;
    chunk.sample = emit.div(number, plan.blocks);
    Value block = emit.rem(number, plan.blocks);
    for (int axis = 0; axis < 3; ++axis) {
      const bool cut = axis == plan.blockAxis;
      chunk.first[axis] = cut ? emit.div(emit.mul(block, extents[axis]), plan.blocks) : emit.index(0);
      chunk.count[axis] = cut ? emit.sub(emit.div(emit.mul(emit.add(block, 1), extents[axis]), plan.blocks),
                                         chunk.first[axis])
                              : emit.index(extents[axis]);
    }
    body(chunk);
  });
}

} // namespace nncc::kernels
