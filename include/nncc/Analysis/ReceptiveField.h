// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_ANALYSIS_RECEPTIVEFIELD_H
#define NNCC_ANALYSIS_RECEPTIVEFIELD_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <string>
#include <vector>

namespace nncc::analysis {

/// The receptive fields of the values of `@model`: how many positions of the input an element depends on, along each
/// spatial axis. Inputs are given to `addInput`, then the ops in their order to `add`.
///
/// With a window of k taps, dilation d and stride s, the extent along an axis grows by (k - 1) * d * distance, and the distance
/// (of the input positions that neighbours are centred on) by the factor s. Of several operands the largest field counts.
/// Statistics over a batch or an image are no part of it, as is usual.
/// Source: Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks (Distill, 2019).
class ReceptiveFields {
public:
  void addInput(mlir::Value input);
  void add(mlir::Operation *op);

  /// Along each spatial axis of the input (of the largest, where there are several inputs), at most its extent. Empty where
  /// the inputs have no spatial axes.
  std::vector<int64_t> of(mlir::Value value) const;

private:
  /// An axis of a value: which axis of the input it runs along (-1: none), and what one of its positions sees there.
  struct Axis {
    int source = -1;
    double extent = 1;
    double distance = 1;
  };
  struct Field {
    llvm::SmallVector<Axis> axes;   ///< of a sample, channels included
    llvm::SmallVector<double> seen; ///< by axis of the input: what all positions see

    /// The axis is summed over, or mixed with others: each result sees all that its positions saw.
    void collapse(unsigned axis, int64_t positions);
  };

  Field merged(mlir::Operation *op) const;
  static void reshape(Field &field, llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

  llvm::DenseMap<mlir::Value, Field> fields;
  llvm::SmallVector<int64_t> inputExtents;
};

/// "5x5"; "-" for none.
std::string formatField(llvm::ArrayRef<int64_t> field);

} // namespace nncc::analysis

#endif // NNCC_ANALYSIS_RECEPTIVEFIELD_H
