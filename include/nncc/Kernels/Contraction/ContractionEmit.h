// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_CONTRACTIONEMIT_H
#define NNCC_KERNELS_CONTRACTION_CONTRACTIONEMIT_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "nncc/Planning/ContractionPlan.h"

namespace nncc::kernels {

using Values = llvm::SmallVector<mlir::Value>;

/// Builds index arithmetic, loops and accesses of vectors: what the compiler knows is folded at once, so that kernels
/// of static shapes carry no arithmetic. Addresses of all contractions are flat (elements from the start of a rank 1
/// memref).
class ContractionEmit {
public:
  ContractionEmit(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;

  mlir::Value index(int64_t value) const;
  mlir::Value add(mlir::Value a, mlir::Value b) const;
  mlir::Value add(mlir::Value a, int64_t b) const;
  mlir::Value sub(mlir::Value a, mlir::Value b) const;
  mlir::Value mul(mlir::Value a, mlir::Value b) const;
  mlir::Value mul(mlir::Value a, int64_t b) const;
  /// Quotient and remainder of non-negative numbers.
  mlir::Value div(mlir::Value a, int64_t b) const;
  mlir::Value rem(mlir::Value a, int64_t b) const;
  mlir::Value min(mlir::Value a, mlir::Value b) const;
  mlir::Value max(mlir::Value a, mlir::Value b) const;
  mlir::Value less(mlir::Value a, mlir::Value b) const; ///< signed
  /// values[position] of a few known numbers.
  mlir::Value pick(mlir::Value position, llvm::ArrayRef<int64_t> values) const;

  /// for (i = low; i < high; i += step). A loop that is known to run once or never becomes no loop.
  void loop(mlir::Value low, mlir::Value high, int64_t step, llvm::function_ref<void(mlir::Value)> body) const;
  void loop(int64_t count, llvm::function_ref<void(mlir::Value)> body) const;
  /// The same with values carried from one iteration to the next.
  Values loop(mlir::Value low, mlir::Value high, int64_t step, Values carried,
              llvm::function_ref<Values(mlir::Value, Values)> body) const;
  void ifThen(mlir::Value condition, llvm::function_ref<void()> body) const;

  /// A dense row-major memref as rank 1.
  mlir::Value flat(mlir::Value memref) const;

  mlir::Value zero(int64_t width) const; ///< vector<width x f32>
  mlir::Value splat(mlir::Value memref, mlir::Value position, int64_t width) const;
  /// The valid lanes of a slice; the others are 0. `padded`: the memory behind them may be read.
  mlir::Value load(mlir::Value memref, mlir::Value position, planning::VectorSlice slice, bool padded = false) const;
  void store(mlir::Value value, mlir::Value memref, mlir::Value position, planning::VectorSlice slice) const;
  /// Brings a line of memory into the cache. A position behind the end does no harm.
  void prefetch(mlir::Value memref, mlir::Value position, bool write) const;
  /// a * b + c, as one operation where the target has it.
  mlir::Value multiplyAdd(mlir::Value a, mlir::Value b, mlir::Value c, const planning::TargetFacts &target) const;

  /// Zeroes, copies or adds up `count` consecutive floats.
  void fillZero(mlir::Value to, mlir::Value position, mlir::Value count, const planning::TargetFacts &target) const;
  void copy(mlir::Value to, mlir::Value toPosition, mlir::Value from, mlir::Value fromPosition, mlir::Value count,
            const planning::TargetFacts &target) const;
  /// In vectors, then one by one: body(position, width) for runs of 0 <= position < count.
  void vectorLoop(mlir::Value count, const planning::TargetFacts &target,
                  llvm::function_ref<void(mlir::Value, planning::VectorSlice)> body) const;

private:
  mlir::Value mask(planning::VectorSlice slice) const;
};

/// The number, where a value is a known one.
std::optional<int64_t> knownIndex(mlir::Value value);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_CONTRACTIONEMIT_H
