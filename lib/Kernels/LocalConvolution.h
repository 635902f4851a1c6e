// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_LOCALCONVOLUTION_H
#define NNCC_LIB_KERNELS_LOCALCONVOLUTION_H

#include "nncc/Kernels/KernelBuilder.h"

namespace nncc::kernels {

/// Part of addConvolutionKernels.
void addLocalConvolutionKernels(EmitterTable &table);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_LOCALCONVOLUTION_H
