// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_EMIT_H
#define NNCC_KERNELS_EMIT_H

#include "nncc/Kernels/KernelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"

namespace nncc::kernels {

/// Short names for what kernels are made of. Floating-point functions take scalars and vectors alike; constants are
/// made for the type of the other operand. No fast-math flag is ever set: what a NaN does is decided by operand order
/// (see `maximum`).
class Emit {
public:
  Emit(mlir::OpBuilder &builder, mlir::Location loc, const TargetFacts &target)
      : builder(builder), loc(loc), target(target) {}
  Emit(Kernel &kernel, const TargetFacts &target) : Emit(kernel.builder, kernel.loc, target) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;
  const TargetFacts &target;

  // Types.
  mlir::VectorType vectorType(int64_t width, mlir::Type element) { return mlir::VectorType::get({width}, element); }
  mlir::VectorType f32s(int64_t width) { return vectorType(width, builder.getF32Type()); }
  /// `like` with another element type.
  static mlir::Type retype(mlir::Type like, mlir::Type element);

  // Constants.
  mlir::Value index(int64_t value);
  mlir::Value constant(mlir::Type type, double value); ///< float or vector of float
  mlir::Value integer(mlir::Type type, int64_t value); ///< integer or vector of integer; the bits
  /// A scalar in each lane of a vector type; the scalar itself for a scalar type.
  mlir::Value splat(mlir::Value scalar, mlir::Type type);

  // Indices (never negative but for `sub` and `maxs`).
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b) { return b == 0 ? a : add(a, index(b)); }
  mlir::Value sub(mlir::Value a, int64_t b) { return b == 0 ? a : sub(a, index(b)); }
  mlir::Value mul(mlir::Value a, int64_t b) { return b == 1 ? a : mul(a, index(b)); }
  mlir::Value div(mlir::Value a, int64_t b); ///< a >= 0, rounds down
  mlir::Value rem(mlir::Value a, int64_t b); ///< a >= 0
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value min(mlir::Value a, mlir::Value b); ///< signed
  mlir::Value max(mlir::Value a, mlir::Value b); ///< signed
  mlir::Value compare(mlir::arith::CmpIPredicate predicate, mlir::Value a, mlir::Value b);

  // Floating point.
  mlir::Value addf(mlir::Value a, mlir::Value b);
  mlir::Value subf(mlir::Value a, mlir::Value b);
  mlir::Value mulf(mlir::Value a, mlir::Value b);
  mlir::Value divf(mlir::Value a, mlir::Value b);
  /// a / b of finite numbers within 2 ulp: multiplications where the target estimates reciprocals, of which more are
  /// done at once than divisions.
  mlir::Value quotient(mlir::Value a, mlir::Value b);
  mlir::Value addf(mlir::Value a, double b) { return addf(a, constant(a.getType(), b)); }
  mlir::Value mulf(mlir::Value a, double b) { return mulf(a, constant(a.getType(), b)); }
  mlir::Value subf(double a, mlir::Value b) { return subf(constant(b.getType(), a), b); }
  mlir::Value divf(double a, mlir::Value b) { return divf(constant(b.getType(), a), b); }
  /// a * b + c, fused where the target can.
  mlir::Value fma(mlir::Value a, mlir::Value b, mlir::Value c);
  mlir::Value fma(mlir::Value a, mlir::Value b, double c) { return fma(a, b, constant(a.getType(), c)); }
  mlir::Value negf(mlir::Value a);
  mlir::Value absf(mlir::Value a);
  mlir::Value sqrt(mlir::Value a);
  /// a where a > b, else b: one instruction on x86. b where one of them is a NaN.
  mlir::Value maximum(mlir::Value a, mlir::Value b);
  /// a where a < b, else b.
  mlir::Value minimum(mlir::Value a, mlir::Value b);
  /// low where x < low, high where x > high; keeps a NaN.
  mlir::Value clamp(mlir::Value x, double low, double high);
  mlir::Value compare(mlir::arith::CmpFPredicate predicate, mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value extend(mlir::Value a);   ///< f32 to f64
  mlir::Value truncate(mlir::Value a); ///< f64 to f32
  /// An index as a float of type `type` (exact for f64 up to 2^53).
  mlir::Value toFloat(mlir::Value index, mlir::Type type);

  // Memory: rows of elements (rank 1).
  mlir::Value load(mlir::Value memref, mlir::Value at, int64_t width); ///< vector<width>
  void store(mlir::Value value, mlir::Value memref, mlir::Value at);   ///< a vector, or a scalar
  mlir::Value loadScalar(mlir::Value memref, mlir::Value at);

  // Control.
  using Body = llvm::function_ref<void(mlir::Value)>;
  using CarryBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)>;
  void loop(mlir::Value from, mlir::Value to, int64_t step, Body body);
  void loop(int64_t from, int64_t to, Body body) { loop(index(from), index(to), 1, body); }
  llvm::SmallVector<mlir::Value> loop(mlir::Value from, mlir::Value to, int64_t step, mlir::ValueRange init,
                                      CarryBody body);
  void ifThen(mlir::Value condition, llvm::function_ref<void()> body);

  // Vectors over a static number of elements: whole vectors in a loop, then ever smaller powers of two, so that no mask
  // is needed and each element is always computed by the same instructions.
  using PieceBody = llvm::function_ref<void(mlir::Value offset, int64_t width)>;
  void pieces(int64_t count, PieceBody body) { pieces(count, target.lanes(), body); }
  void pieces(int64_t count, int64_t lanes, PieceBody body);
  /// The parts of `count % lanes` elements, behind `offset`.
  void remainderPieces(mlir::Value offset, int64_t remainder, PieceBody body);

  /// Several pieces at a time, at most `maxPieces` whole vectors and the smaller ones behind them: for loops that carry
  /// a value a piece and would wait for it otherwise. A part's offset counts from the group's.
  struct Part {
    int64_t offset, width;
  };
  void pieceGroups(int64_t count, int64_t maxPieces,
                   llvm::function_ref<void(mlir::Value offset, llvm::ArrayRef<Part> parts)> body);

  using Combine = llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)>;
  /// All lanes combined, halves first; a scalar.
  mlir::Value reduceLanes(mlir::Value vector, Combine combine);
  /// The elements 0 <= i < count that `element` makes in vectors, combined in a fixed order to a scalar. count >= 1.
  mlir::Value reducePieces(int64_t count, llvm::function_ref<mlir::Value(mlir::Value offset, int64_t width)> element,
                           Combine combine);
};

/// The loop over the units of a kernel.
void forUnits(Emit &emit, Kernel &kernel, Emit::Body body);

/// Elements of a type without a dynamic leading extent (the batch): of a sample, or of the whole tensor.
int64_t elementsPerSample(mlir::ShapedType type);
inline bool isBatched(mlir::ShapedType type) { return type.getRank() > 0 && type.isDynamicDim(0); }
/// `perSample` of a batched type (times the batch), or a fixed number.
inline Affine perBatch(mlir::ShapedType type, int64_t count) {
  return isBatched(type) ? Affine{0, count} : Affine{count, 0};
}

} // namespace nncc::kernels

#endif // NNCC_KERNELS_EMIT_H
