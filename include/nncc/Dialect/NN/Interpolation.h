// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_INTERPOLATION_H
#define NNCC_DIALECT_NN_INTERPOLATION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <vector>

/// Enlarging one axis by an integer factor, with half-pixel centres: a matrix with a few weights in each row.
namespace nncc::nn {

/// bilinear, bicubic, gaussian, lanczos3, lanczos5, mitchellcubic.
llvm::ArrayRef<llvm::StringRef> interpolations();
/// Inputs that one output depends on at most.
int64_t interpolationTaps(llvm::StringRef interpolation);

/// One row of the matrix: out = sum over k of weights[k] * in[first + k].
struct WeightedRow {
  int64_t first;
  llvm::SmallVector<float, 4> weights;
};

/// The rows of all `extent * factor` outputs of an axis of `extent`. Inputs outside have no weight, and the others' sum is 1.
/// Rows of outputs that are `factor` apart have the same bits where no input is outside.
/// Source: tf.image.resize without antialiasing: tensorflow/core/kernels/image/resize_bilinear_op.cc, resize_bicubic_op.cc (of
/// which the weights come from a table for 1024 distances), scale_and_translate_op.cc, sampling_kernels.h.
std::vector<WeightedRow> interpolationRows(llvm::StringRef interpolation, int64_t extent, int64_t factor);
/// The rows of the transposed matrix, for the gradient: one for each of the `extent` inputs.
std::vector<WeightedRow> transposedRows(llvm::ArrayRef<WeightedRow> rows, int64_t extent);

} // namespace nncc::nn

#endif // NNCC_DIALECT_NN_INTERPOLATION_H
