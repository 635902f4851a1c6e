// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_CONTRACTION_POSITIONLISTS_H
#define NNCC_LIB_KERNELS_CONTRACTION_POSITIONLISTS_H

#include "nncc/Kernels/Contraction/ContractionEmit.h"
#include "nncc/Kernels/Contraction/PooledKernelGradient.h"

namespace nncc::kernels {

/// Lists of the pooled positions of a chunk at which one filter has a gradient that is not 0: the gradient, and where the
/// input that it meets starts. A NaN counts, so that it surfaces.
///
/// One position after the other: each is stored, but only those that count move the end. With compression (AVX-512) the
/// gradients of some filters, and their places, are transposed into rows by filter; of a row the vectors are compressed
/// to the lanes that count. Compressed in registers: a compressing store is slow on some machines.
class PositionLists {
public:
  /// `strides` are those of the input that places count in; `gradient` and `argmax` are rank 1. Builds tables at the
  /// start of the kernel.
  PositionLists(KernelBuilder &kernels, Kernel &kernel, const PooledConvolution &shape,
                const PooledKernelGradientPlan &plan, const std::array<int64_t, 3> &strides, mlir::Value gradient,
                mlir::Value argmax);

  mlir::Value gradients, places; ///< the list: f32 and i32

  /// Lists filter by filter: `start` is the first position's element in the gradient, `count` positions. Returns the
  /// list's length.
  mlir::Value append(mlir::Value start, const std::array<mlir::Value, 3> &count) const;

  /// Filters that are listed together by compression.
  static constexpr int64_t kFilters = 8;
  /// The positions (one number) of kFilters filters, for `compress`.
  void prepare(mlir::Value start, mlir::Value positions) const;
  /// Lists one of them.
  mlir::Value compress(mlir::Value filter, mlir::Value positions) const;

private:
  const PooledConvolution &shape;
  const PooledKernelGradientPlan &plan;
  const TargetFacts &target;
  std::array<int64_t, 3> strides;
  mlir::Value gradient, argmax;
  ContractionEmit emit;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value table;        ///< where the input of each position of a window starts
  mlir::Value rows;         ///< gradients and places of some filters, by filter; null without compression
  mlir::Value pooledPlaces; ///< where the window of each position of a chunk starts

  int64_t pooledStep(int axis) const;
  int64_t rowStride() const;
  int64_t placeOf(int64_t d, int64_t h, int64_t w) const;
  void fillTable() const;
  void fillPooledPlaces() const;

  mlir::Value asI32(mlir::Value index) const;
  mlir::VectorType numbers(int64_t width) const;
  mlir::Value number(int64_t value) const;
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b) const;
  mlir::Value windowPlaces(mlir::Value positions) const;
  void transposeSquareAt(mlir::Value start, mlir::Value first, mlir::Value positions, bool inside) const;
  mlir::Value compressLanes(mlir::Value vector, mlir::Value mask) const;
};

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_CONTRACTION_POSITIONLISTS_H
