// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_EPILOGUE_H
#define NNCC_KERNELS_CONTRACTION_EPILOGUE_H

#include "nncc/Kernels/Contraction/Correlation.h"

namespace nncc::kernels {

/// What becomes of the finished sums of a pooling window (of one position without a pool) before they are stored: the
/// activation, the maximum and, in training, its place.
class CorrelationEpilogue {
public:
  CorrelationEpilogue(const ContractionEmit &emit, const Correlation &shape, const TargetFacts &target)
      : emit(emit), shape(shape), target(target) {}

  struct Result {
    mlir::Value value;
    mlir::Value number; ///< vector of i32: the place of the maximum; null where the shape asks for none
  };

  /// `window`: vectors of all positions, row-major.
  Result apply(llvm::ArrayRef<mlir::Value> window) const;

  // The same in its parts, for windows whose positions come one after the other.

  /// Activates sums where that cannot wait for the maximum.
  void activateFirst(llvm::MutableArrayRef<mlir::Value> values) const;
  /// Of the positions of a window, activated as far as `activateFirst` does.
  Result largest(llvm::ArrayRef<mlir::Value> window) const;
  /// What no position has been put into yet: vector<width x f32>.
  Result none(int64_t width) const;
  /// The larger one of `best` and the position of this number (index), row-major from 0.
  Result larger(Result best, mlir::Value value, mlir::Value position) const;
  /// What is left to do with the maximum: ReLU's place, the activation.
  Result finish(Result best) const;

  /// Stores places in as many bits as the argmax has.
  void storeNumber(mlir::Value number, mlir::Value argmax, mlir::Value at, planning::VectorSlice slice) const;

private:
  const ContractionEmit &emit;
  const Correlation &shape;
  const TargetFacts &target;

  bool activateLast() const;
  mlir::Value maximum(mlir::Value a, mlir::Value b) const;
};

/// What stands for the place of a maximum that ReLU makes 0: vector of i32.
mlir::Value inactiveNumber(const ContractionEmit &emit, const Correlation &shape, mlir::VectorType type);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_EPILOGUE_H
