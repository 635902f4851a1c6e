// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_WINOGRADTRANSFORM_H
#define NNCC_KERNELS_CONTRACTION_WINOGRADTRANSFORM_H

#include "nncc/Kernels/Contraction/ContractionEmit.h"

namespace nncc::kernels {

/// Rows of coefficients.
using Coefficients = llvm::SmallVector<llvm::SmallVector<double>>;

/// Winograd's algorithm F(outputs, taps) for one axis (Winograd 1980; Lavin and Gray, "Fast Algorithms for Convolutional
/// Neural Networks", 2015): `outputs` neighbouring results y[i] = sum over t of d[i + t] * g[t] of one tile of d are
///     y = result * ((kernel * g) . (source * d))
/// with positions() products instead of outputs * taps. The polynomials behind it are evaluated at 0, pairs of points
/// +-p, and infinity. Which p decides how much of the precision is lost: with 1 and 2, as usual, a 6-position tile in two
/// axes has ten times the error of the direct sum; with 5/8 and 3/2 it has twice (found by search; compare Barabasz et
/// al., "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks", 2018).
struct WinogradTransform {
  int64_t outputs = 1;
  int64_t taps = 1;
  Coefficients source; ///< positions x positions
  Coefficients kernel; ///< positions x taps
  Coefficients result; ///< outputs x positions

  int64_t positions() const { return outputs + taps - 1; }
};

/// Products of a tile for which there are points.
constexpr int64_t winogradPositions[] = {4, 6};

/// outputs + taps - 1 must be one of `winogradPositions`.
WinogradTransform winogradTransform(int64_t outputs, int64_t taps);

/// matrix * inputs. What two rows, or two columns, have in common is computed once (those of +p and -p are the sum and the
/// difference of the same two halves).
Values multiplyMatrix(const ContractionEmit &emit, const Coefficients &matrix, llvm::ArrayRef<mlir::Value> inputs,
                      const planning::TargetFacts &target);

/// A grid of vectors (row-major), an axis of which is replaced by matrix * axis.
struct VectorGrid {
  std::array<int64_t, 3> extents;
  Values values;
};
VectorGrid multiplyAxis(const ContractionEmit &emit, const Coefficients &matrix, const VectorGrid &grid, int axis,
                        const planning::TargetFacts &target);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_WINOGRADTRANSFORM_H
