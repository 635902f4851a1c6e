// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_RESIZE_H
#define NNCC_LIB_KERNELS_RESIZE_H

#include "nncc/Kernels/KernelBuilder.h"

namespace nncc::kernels {

/// nn.resize and its gradient.
void addResizeKernels(EmitterTable &table);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_RESIZE_H
