// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_LOSSSTEPS_H
#define NNCC_LIB_KERNELS_LOSSSTEPS_H

#include "Elementwise.h"
#include "Rows.h"

#include <optional>

namespace nncc::kernels {

/// A prediction as rows: for categorical losses a row is the classes of one place, for others it is a sample.
struct LossRows {
  bool batched;
  int64_t rows, length; ///< rows of a sample, elements of a row

  /// `categorical`: rows along the last axis.
  LossRows(mlir::ShapedType prediction, bool categorical);
  /// Rows of the whole batch.
  mlir::Value count(Emit &emit, mlir::Value batch) const;
};

/// What a loss divides its sum over all rows by, and which rows count.
class Reduction {
public:
  /// The number of rows times `perRow`.
  explicit Reduction(double perRow) : perRow(perRow) {}
  /// That of a loss or its gradient op: with `sum` the elements of the last axis only, with `ignore_class` the rows that have
  /// another target.
  Reduction(mlir::Operation *op, bool categorical);

  /// f64; to be asked for at a kernel's start.
  mlir::Value divisor(KernelBuilder &kernels, Kernel &kernel, Emit &emit, const LossRows &rows) const;
  /// 1 / divisor in f32.
  mlir::Value scale(KernelBuilder &kernels, Kernel &kernel, Emit &emit, const LossRows &rows) const;
  /// `value`, or 0 for a row whose target is ignored.
  mlir::Value unlessIgnored(Emit &emit, mlir::Value value, mlir::Value target) const;

private:
  double perRow;
  bool isSum = false;
  std::optional<double> ignored;
  mlir::Value targets;
};

/// Sums of a loss' parts, which one step writes and another one adds up in order.
struct LossParts {
  LossRows rows;
  int64_t partsOfRow;
  BufferId sums; ///< f64, one a part of each row

  LossParts(KernelBuilder &kernels, mlir::Operation *op, const LossRows &rows, int64_t partsOfRow);
  /// loss = the sum of all, divided.
  void addMeanStep(KernelBuilder &kernels, mlir::Operation *op, llvm::StringRef what, const Reduction &reduction,
                   mlir::Value loss) const;
};

/// The weights of an op's `class_weight`, by sample.
class ClassWeights {
public:
  /// Of a loss or its gradient; a penalty has none.
  explicit ClassWeights(mlir::Operation *op);
  explicit operator bool() const { return !weights.empty(); }
  /// That of a sample, f64; NaN for a target without one. `targets`: the flat targets.
  mlir::Value of(Emit &emit, mlir::Value targets, mlir::Value sample) const;

private:
  llvm::ArrayRef<double> weights;
  int64_t width = 0; ///< targets of a sample
};

/// Behind the steps of a loss' gradient: multiplies each sample's with the weight of its class, if the op has any.
void addClassWeightStep(KernelBuilder &kernels, mlir::Operation *gradient);

/// The units of a step over rows in chunks: the sum (f64, in vectors, in a fixed order) of what `element` makes of the
/// elements [at, at + width) of a unit's chunk goes to sums[unit].
void sumChunks(Emit &emit, Kernel &kernel, const Chunks &chunks, int64_t rowLength, mlir::Value sums,
               llvm::function_ref<mlir::Value(mlir::Value at, int64_t width)> element);

/// Adds the two steps of a loss: the loss of each row (f64, by `prepare`'s function, from the row's index), and the sum
/// over all rows, divided.
using RowLoss = std::function<mlir::Value(mlir::Value row)>;
void addLossSteps(KernelBuilder &kernels, mlir::Operation *op, llvm::StringRef what, const LossRows &rows,
                  const Reduction &reduction, mlir::Value loss, llvm::function_ref<RowLoss(Kernel &, Emit &)> prepare);

/// targets * (1 - smoothing) + smoothing * share.
mlir::Value smooth(Emit &emit, mlir::Value target, double smoothing, double share);

/// The class number that a target (f32 scalar) names as an index that is safe to use, 0 <= index < classes.
mlir::Value classIndex(Emit &emit, mlir::Value target, int64_t classes);
/// `value` (f64), or a NaN where the target is no class: a wrong label surfaces in the loss.
mlir::Value nanUnlessClass(Emit &emit, mlir::Value value, mlir::Value target, int64_t classes);
/// A vector that is 1 where the class (offset + lane) is the target's, else 0.
mlir::Value oneHot(Emit &emit, mlir::Value target, mlir::Value offset, int64_t width);

void addLogitsLossKernels(EmitterTable &table);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_LOSSSTEPS_H
