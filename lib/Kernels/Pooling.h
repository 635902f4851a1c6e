// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_POOLING_H
#define NNCC_LIB_KERNELS_POOLING_H

#include "Window.h"

namespace nncc::kernels {

/// 1 / (positions of the window `o` that lie in the input), f32.
mlir::Value inverseCount(Emit &emit, const Window &geometry, std::array<mlir::Value, 3> o);

/// Adds the step of a max pool's gradient.
void addMaxPoolGradientStep(KernelBuilder &kernels, mlir::Operation *op, const Window &geometry,
                            mlir::Value outputGradient, mlir::Value argmax, BufferRef inputGradient);

void addPoolingGradientKernels(EmitterTable &table);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_POOLING_H
