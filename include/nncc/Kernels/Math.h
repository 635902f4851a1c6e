// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_MATH_H
#define NNCC_KERNELS_MATH_H

#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Kernels/Emit.h"

/// Functions on f32 scalars and vectors, as straight-line code: no call, no branch, the same bits in each lane of any
/// width. A NaN gives a NaN. Errors are of the result, against exact arithmetic.
namespace nncc::kernels {

/// e^x, within 2 ulp; infinity above 88.7, 0 below -104. Source: Cephes, expf.
mlir::Value emitExp(Emit &emit, mlir::Value x);
/// Natural logarithm, within 2 ulp; -infinity for 0 and what is below the normal numbers, as it counts as 0. Source: Cephes, logf.
mlir::Value emitLog(Emit &emit, mlir::Value x);
/// log(1 + x) for 0 <= x < infinity, within 2 ulp. Source: Kahan's correction of the rounded 1 + x.
mlir::Value emitLog1p(Emit &emit, mlir::Value x);
/// Within 2 ulp. Source: Cephes, tanhf.
mlir::Value emitTanh(Emit &emit, mlir::Value x);
/// 1 / (1 + e^-x), within 3 ulp.
mlir::Value emitSigmoid(Emit &emit, mlir::Value x);
/// e^x - 1, within 2 ulp.
mlir::Value emitExpm1(Emit &emit, mlir::Value x);
/// Error function, within 2 ulp. Source: own minimax polynomials, of erf(x) / x and of log(erfc(x)).
mlir::Value emitErf(Emit &emit, mlir::Value x);
/// log(1 + e^x), within 2 ulp.
mlir::Value emitSoftplus(Emit &emit, mlir::Value x);
/// max(x, 0); keeps a NaN, so that it surfaces in the loss.
mlir::Value emitRelu(Emit &emit, mlir::Value x);

/// An activation, and its gradient from its output y, or (swish and gelu) from its input x.
mlir::Value emitActivation(Emit &emit, nn::Activation function, mlir::Value x);
mlir::Value emitActivationGradient(Emit &emit, nn::Activation function, mlir::Value y, mlir::Value gradient);
mlir::Value emitActivationInputGradient(Emit &emit, nn::Activation function, mlir::Value x, mlir::Value gradient);
/// Floating-point operations of an activation, as the benchmark counts them.
int64_t activationFlops(nn::Activation function);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_MATH_H
