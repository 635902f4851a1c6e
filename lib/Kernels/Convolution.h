// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_CONVOLUTION_H
#define NNCC_LIB_KERNELS_CONVOLUTION_H

#include "nncc/Kernels/Contraction/Axis.h"
#include "nncc/Kernels/KernelBuilder.h"

/// What the emitters of convolutions share: from shapes and attributes of the ops to those of contractions.
namespace nncc::kernels {

using AxisRule = Axis (*)(int64_t input, int64_t output, int64_t kernel, int64_t stride, int64_t dilation, int64_t low);

/// The spatial axes of [N, in..., C], [k..., C / groups, F], [N, out..., F], filled up to three in front.
Axes axesOf(AxisRule rule, llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> kernel,
            llvm::ArrayRef<int64_t> output, llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> padding,
            llvm::ArrayRef<int64_t> dilations);

/// [N, out..., F] before a fused pool.
llvm::SmallVector<int64_t> mapShape(llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> kernel,
                                    llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> padding,
                                    llvm::ArrayRef<int64_t> dilations);

/// Axes that see one position each time (1x1 kernels of stride 1) are one long axis: longer runs, fewer loops.
void collapsePointwise(Axes &axes, AxisRule rule);

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return mlir::cast<mlir::ShapedType>(value.getType()).getShape();
}

void addComposeBiasKernels(EmitterTable &table);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_CONVOLUTION_H
