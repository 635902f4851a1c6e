// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_WINOGRAD_H
#define NNCC_KERNELS_CONTRACTION_WINOGRAD_H

#include "nncc/Kernels/Contraction/Correlation.h"
#include "nncc/Kernels/Contraction/WinogradTransform.h"

#include <optional>

namespace nncc::kernels {

/// How a correlation of stride 1 is computed by Winograd's algorithm: a function of the shape and the machine. The result is
/// cut into tiles of `outputs`; a block of tiles of one sample is a unit of work.
struct WinogradPlan {
  std::array<int64_t, 3> outputs = {1, 1, 1}; ///< results of a tile; 1 where an axis is summed tap by tap
  std::array<int64_t, 3> taps = {1, 1, 1};    ///< of the shape
  std::array<int64_t, 3> group = {1, 1, 1};   ///< tiles that a pooling window goes over: more than 1 in direct axes only
  std::array<int64_t, 3> tiles = {1, 1, 1};   ///< of a unit, whole groups
  std::array<int64_t, 3> blocks = {1, 1, 1};  ///< units of a sample along each axis; the last may go beyond the result
  planning::ContractionPlan product;          ///< tiles of a unit x columns, in each position
  double cost = 0, directCost = 0;            ///< estimates for a sample, in cycles of multiply-adds

  bool transformed(int axis) const { return outputs[axis] > 1; }
  /// Products of a tile along an axis, and altogether.
  int64_t positions(int axis) const { return transformed(axis) ? outputs[axis] + taps[axis] - 1 : 1; }
  int64_t positions() const { return positions(0) * positions(1) * positions(2); }
  /// Taps of the axis that is summed tap by tap.
  int64_t directTaps(int axis) const { return transformed(axis) ? 1 : taps[axis]; }
  int64_t directTaps() const { return directTaps(0) * directTaps(1) * directTaps(2); }
  int64_t units() const { return blocks[0] * blocks[1] * blocks[2]; } ///< per sample
  int64_t allTiles(int axis) const { return tiles[axis] * blocks[axis]; }
  int64_t groups(int axis) const { return tiles[axis] / group[axis]; } ///< of a unit
  int64_t unitTiles() const { return tiles[0] * tiles[1] * tiles[2]; }
  /// Transformed tiles of the source that a unit needs: those of a direct axis serve several taps.
  int64_t sourceTiles(int axis) const { return tiles[axis] + directTaps(axis) - 1; }
  int64_t sourceTiles() const { return sourceTiles(0) * sourceTiles(1) * sourceTiles(2); }
  /// Source positions of a unit.
  int64_t reach(int axis) const { return (tiles[axis] - 1) * outputs[axis] + outputs[axis] + taps[axis] - 1; }
};

/// The plan, where Winograd's algorithm is possible and cheaper than the direct sum.
std::optional<WinogradPlan> planWinograd(const Correlation &shape, const TargetFacts &target);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const WinogradPlan &plan);

/// Adds the steps: transforms the kernel, then the correlation. Parameters as of addCorrelationSteps.
void addWinogradSteps(KernelBuilder &kernels, mlir::Operation *source, llvm::StringRef what, const Correlation &shape,
                      const WinogradPlan &plan, BufferRef input, mlir::Value kernel, mlir::Value bias,
                      mlir::Value result, mlir::Value argmax);

/// The transformed kernel's layout: a tap for each position and direct tap, positions outside.
Panel winogradPanel(const Correlation &shape, const WinogradPlan &plan);
/// The vectors of a column block: body(columns before it, vector). Equal ones share their code in a loop.
void forSlices(const ContractionEmit &emit, const planning::Slices &slices,
               llvm::function_ref<void(mlir::Value, planning::VectorSlice)> body);
/// Adds the step that transforms the kernel into a temporary of that layout.
BufferId addWinogradKernelStep(KernelBuilder &kernels, mlir::Operation *source, const Correlation &shape,
                               const WinogradPlan &plan, const Panel &panel, mlir::Value kernel);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_WINOGRAD_H
