// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_MATRIX_H
#define NNCC_KERNELS_CONTRACTION_MATRIX_H

#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Kernels/KernelBuilder.h"
#include "nncc/Planning/ContractionPlan.h"

namespace nncc::kernels {

/// A dense layer: [rows, inputs] times [inputs, outputs]. The rows are all samples (times `positions` where the layer's
/// input has more axes), a run-time number.
struct Matrix {
  int64_t positions = 1;
  int64_t inputs = 1;
  int64_t outputs = 1;

  int64_t elements() const { return inputs * outputs; }
};

enum class MatrixStrategy {
  Rows,    ///< the kernel fits the cache: threads share the rows
  Columns, ///< threads share column blocks of the result, each reads its columns of the kernel once
  Slabs,   ///< threads share slabs of the sum, each reads its rows of the kernel once; partial sums are added in order
};

struct MatrixPlan {
  MatrixStrategy strategy = MatrixStrategy::Rows;
  planning::ContractionPlan tiles;
  int64_t slabs = 1;
  /// Of `Slabs`: a unit does all columns of its slab, so that each line of the kernel is read once; else one block of
  /// them.
  bool allColumns = false;
  /// Of an input gradient by `Columns`: with fewer rows than this each is made of dot products with the kernel as it is.
  int64_t fewestRowsOfTiles = 0;
  /// Steps of k between which the accumulators go to memory, so that the kernel's part stays in L1.
  int64_t depthBlock = 0;
};

MatrixPlan planMatrix(const Matrix &shape, const TargetFacts &target);
/// Of the input gradient: `Columns` transposes the kernel block by block in scratch, `Rows` once before.
MatrixPlan planMatrixInputGradient(const Matrix &shape, const TargetFacts &target);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const MatrixPlan &plan);

void addMatrixSteps(KernelBuilder &kernels, mlir::Operation *source, const Matrix &shape, nn::Activation activation,
                    mlir::Value input, mlir::Value kernel, mlir::Value bias, mlir::Value result);
void addMatrixInputGradientSteps(KernelBuilder &kernels, mlir::Operation *source, const Matrix &shape,
                                 mlir::Value outputGradient, mlir::Value kernel, mlir::Value result);
void addMatrixKernelGradientSteps(KernelBuilder &kernels, mlir::Operation *source, const Matrix &shape,
                                  mlir::Value input, mlir::Value outputGradient, mlir::Value result);
/// The kernel gradient, which goes into `optimizer`'s update of the kernel at once instead of to memory.
void addMatrixKernelUpdateSteps(KernelBuilder &kernels, mlir::Operation *source, const Matrix &shape,
                                mlir::Value input, mlir::Value outputGradient, llvm::StringRef variable,
                                mlir::Operation *optimizer);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_MATRIX_H
