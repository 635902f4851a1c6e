// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/ColumnSums.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "nncc/Kernels/Contraction/Tile.h"

using namespace mlir;

namespace nncc::kernels {

using planning::Slices;
using planning::VectorSlice;

namespace {
/// Vectors that are added up side by side: several chains of additions hide their latency.
constexpr int64_t sideBySide = 4;

/// The lanes that stand at a position; the others are 0.
Value takeActive(const ContractionEmit &emit, const ColumnSums &shape, Value vector, Value at, VectorSlice slice) {
  auto element = cast<MemRefType>(shape.places.getType()).getElementType();
  auto type = VectorType::get(slice.width, emit.builder.getI32Type());
  Value places;
  if (slice.partial()) {
    SmallVector<bool> bits(slice.width, false);
    std::fill_n(bits.begin(), slice.valid, true);
    auto maskType = VectorType::get(slice.width, emit.builder.getI1Type());
    Value mask = arith::ConstantOp::create(emit.builder, emit.loc, DenseElementsAttr::get(maskType, bits));
    Value none = arith::ConstantOp::create(emit.builder, emit.loc, emit.builder.getZeroAttr(type.clone(element)));
    places = vector::MaskedLoadOp::create(emit.builder, emit.loc, type.clone(element), shape.places, at, mask, none);
  } else {
    places = vector::LoadOp::create(emit.builder, emit.loc, type.clone(element), shape.places, ValueRange(at));
  }
  if (!element.isInteger(32))
    places = arith::ExtUIOp::create(emit.builder, emit.loc, type, places);
  Value limit = arith::ConstantOp::create(
      emit.builder, emit.loc, DenseElementsAttr::get(type, emit.builder.getI32IntegerAttr(shape.positions)));
  Value active = arith::CmpIOp::create(emit.builder, emit.loc, arith::CmpIPredicate::slt, places, limit);
  return arith::SelectOp::create(emit.builder, emit.loc, active, vector, emit.zero(slice.width));
}
} // namespace

void addColumnSums(const ContractionEmit &emit, const ColumnSums &shape, const planning::TargetFacts &target) {
  int64_t vectors = std::min<int64_t>(llvm::divideCeil(shape.columns, target.lanes()), sideBySide);
  forColumnBlocks(emit, planning::cutColumns(shape.columns, vectors, target),
                  [&](Value, Value column, Value, const Slices &slices) {
    int64_t chains = std::max<int64_t>(sideBySide / int64_t(slices.size()), 1);
    auto addRow = [&](Values carried, Value at, int64_t chain) {
      Values row = loadAccumulators(emit, shape.gradient, at, {0}, slices);
      for (auto [v, value] : llvm::enumerate(row)) {
        if (shape.places) {
          int64_t offset = planning::validColumns(ArrayRef(slices).take_front(v));
          value = takeActive(emit, shape, value, emit.add(at, offset), slices[v]);
        }
        Value &sum = carried[chain * slices.size() + v];
        sum = arith::AddFOp::create(emit.builder, emit.loc, sum, value);
      }
      return carried;
    };
    Value none = emit.index(0), from = emit.add(shape.start, column);
    Value whole = emit.mul(emit.div(shape.count[2], chains), chains);
    Values all = emit.loop(none, shape.count[0], 1, zeroAccumulators(emit, chains, slices), [&](Value d, Values outer) {
      return emit.loop(none, shape.count[1], 1, std::move(outer), [&](Value h, Values inner) {
        Value line = emit.add(from, emit.add(emit.mul(d, shape.strides[0]), emit.mul(h, shape.strides[1])));
        auto at = [&](Value w) { return emit.add(line, emit.mul(w, shape.strides[2])); };
        inner = emit.loop(none, whole, chains, std::move(inner), [&](Value w, Values carried) {
          for (int64_t chain = 0; chain < chains; ++chain)
            carried = addRow(std::move(carried), at(emit.add(w, chain)), chain);
          return carried;
        });
        return emit.loop(whole, shape.count[2], 1, std::move(inner),
                         [&](Value w, Values carried) { return addRow(std::move(carried), at(w), 0); });
      });
    });
    Value to = emit.add(shape.base, column);
    Values totals = loadAccumulators(emit, shape.sums, to, {0}, slices);
    for (auto [v, total] : llvm::enumerate(totals)) {
      Value sum = all[v];
      for (int64_t chain = 1; chain < chains; ++chain)
        sum = arith::AddFOp::create(emit.builder, emit.loc, sum, all[chain * slices.size() + v]);
      total = arith::AddFOp::create(emit.builder, emit.loc, total, sum);
    }
    storeAccumulators(emit, totals, shape.sums, to, {0}, slices);
  });
}

} // namespace nncc::kernels
