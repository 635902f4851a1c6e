// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_ELEMENTWISE_H
#define NNCC_LIB_KERNELS_ELEMENTWISE_H

#include "nncc/Kernels/Emit.h"

namespace nncc::kernels {

/// How `count` elements (or rows of elements) are cut into units: `units` pieces of `size`, of which the last may be shorter.
struct Chunks {
  int64_t units, size;
};
/// About `target` elements each, a multiple of `multiple`, of equal size as far as possible.
Chunks cutIntoChunks(int64_t count, int64_t target, int64_t multiple);

/// Elements of a unit of elementwise work: large against the cost of a step's start, small against a layer.
inline constexpr int64_t kElementsPerUnit = 4096;

/// What an elementwise kernel does with the elements [offset, offset + width).
using ElementBody = std::function<void(mlir::Value offset, int64_t width)>;

/// Adds a step over all elements of a tensor of type `type`. `prepare` runs at the kernel's start (to ask for buffers
/// and compute what all elements share) and returns the body. Each unit is a part of one sample; where a vector starts
/// in it depends on nothing but the type, so all partitions give the same bits.
void addElementwiseStep(KernelBuilder &kernels, mlir::Operation *source, llvm::StringRef what, mlir::ShapedType type,
                        int64_t flopsPerElement, llvm::function_ref<ElementBody(Kernel &, Emit &)> prepare);

/// The common case: results[0] = f(operands), all f32 of one shape.
using ElementFunction = llvm::function_ref<mlir::Value(Emit &, llvm::ArrayRef<mlir::Value>)>;
void addMapStep(KernelBuilder &kernels, mlir::Operation *source, llvm::StringRef what, mlir::ValueRange operands,
                mlir::Value result, int64_t flopsPerElement, ElementFunction function);

/// Adds a step over the rows of a tensor: a sample has `rows` rows of `rowElements` elements (a tensor without batch is
/// one sample). `prepare` returns the body, which gets the index of a row in the whole batch.
void addRowStep(KernelBuilder &kernels, mlir::Operation *source, llvm::StringRef what, bool batched, int64_t rows,
                int64_t rowElements, int64_t flopsPerRow,
                llvm::function_ref<std::function<void(mlir::Value row)>(Kernel &, Emit &)> prepare);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_ELEMENTWISE_H
