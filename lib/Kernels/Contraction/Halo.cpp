// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/Halo.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace nncc::kernels {

int64_t Volume::stride(int axis) const {
  int64_t stride = channels;
  for (int next = axis + 1; next < 3; ++next)
    stride *= extents[next];
  return stride;
}

int64_t Volume::elements() const { return extents[0] * stride(0); }

void copyHalo(const ContractionEmit &emit, Value source, Value sourceBase, const Volume &sample, Value scratch,
              const Volume &slab, const std::array<Value, 3> &origin, const planning::TargetFacts &target,
              const std::array<Value, 2> &counts) {
  Value none = emit.index(0), width = emit.index(slab.extents[2]);
  auto clampWidth = [&](Value value) { return emit.max(none, emit.min(value, width)); };
  auto inside = [&](Value position, int64_t extent) -> Value {
    // Negative positions are huge unsigned ones.
    return arith::CmpIOp::create(emit.builder, emit.loc, arith::CmpIPredicate::ult, position, emit.index(extent));
  };
  // Columns [left, right) lie in the sample.
  Value left = clampWidth(emit.sub(none, origin[2]));
  Value right = clampWidth(emit.sub(emit.index(sample.extents[2]), origin[2]));
  auto count = [&](int axis) { return counts[axis] ? counts[axis] : emit.index(slab.extents[axis]); };
  emit.loop(none, count(0), 1, [&](Value d) {
    emit.loop(none, count(1), 1, [&](Value h) {
      Value depth = emit.add(origin[0], d), height = emit.add(origin[1], h);
      Value exists = arith::AndIOp::create(emit.builder, emit.loc, inside(depth, sample.extents[0]),
                                           inside(height, sample.extents[1]));
      Value to = emit.add(emit.mul(d, slab.stride(0)), emit.mul(h, slab.stride(1)));
      auto branch = scf::IfOp::create(emit.builder, emit.loc, exists, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(emit.builder);
      emit.builder.setInsertionPoint(branch.thenBlock()->getTerminator());
      Value row = emit.add(emit.mul(depth, sample.stride(0)), emit.mul(height, sample.stride(1)));
      Value from = emit.add(sourceBase, row);
      from = emit.add(from, emit.mul(emit.add(origin[2], left), sample.channels));
      Value start = emit.mul(left, slab.channels), stop = emit.mul(right, slab.channels);
      emit.fillZero(scratch, to, start, target);
      emit.copy(scratch, emit.add(to, start), source, from, emit.sub(stop, start), target);
      emit.fillZero(scratch, emit.add(to, stop), emit.sub(emit.index(slab.stride(1)), stop), target);
      emit.builder.setInsertionPoint(branch.elseBlock()->getTerminator());
      emit.fillZero(scratch, to, emit.index(slab.stride(1)), target);
    });
  });
}

Value sourceOrigin(const ContractionEmit &emit, const Axis &axis, Value first) {
  // Made non-negative for the unsigned division.
  int64_t bias = axis.shift < 0 ? (-axis.shift + axis.divisor - 1) / axis.divisor : 0;
  Value scaled = emit.add(emit.mul(first, axis.scale), axis.shift + bias * axis.divisor);
  return emit.add(emit.div(scaled, axis.divisor), -bias);
}

} // namespace nncc::kernels
