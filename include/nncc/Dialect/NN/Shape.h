// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_SHAPE_H
#define NNCC_DIALECT_NN_SHAPE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <utility>

/// Shape rules as pure functions on integers. Shapes are those of one sample: without the batch axis, channels last.
/// An error's text is a clause that fits after "Conv2D 'conv2d_3': ", e.g. "the 5x5 kernel does not fit the 4x4 input with
/// padding=valid". A result whose element count or byte size (of f32) does not fit 63 bits is an error.
namespace nncc::nn {

using Extents = llvm::ArrayRef<int64_t>;
using Shape = llvm::SmallVector<int64_t>;

/// "4x4", "7".
std::string formatExtents(Extents extents);
/// "(None, 4, 4, 32)": a sample's shape as Keras prints it.
std::string formatShape(Extents sample);
/// Product of the extents; an error where it (or its size in bytes as f32) does not fit 63 bits, or an extent is not positive.
llvm::Expected<int64_t> elementCount(Extents extents);

/// Leading and trailing padding of `same` in one axis: output = ceil(input / stride), the odd element behind.
/// Source: tf.nn.convolution, "SAME".
std::pair<int64_t, int64_t> samePadding(int64_t input, int64_t window, int64_t stride, int64_t dilation);

/// Padding `[low0, high0, low1, ...]` of Keras' `same` (else `valid`: zeros) for windows over the spatial axes of a sample.
llvm::SmallVector<int64_t> resolvePadding(bool same, Extents spatial, Extents window, Extents strides, Extents dilations);

/// (C1)-(C3): input [in..., C], kernel [k..., C/groups, F] to [out..., F].
llvm::Expected<Shape> convShape(Extents input, Extents kernel, Extents strides, Extents padding, Extents dilations,
                                int64_t groups);
/// Padding of a transposed convolution, as that of the convolution whose input gradient it is: low is not negative, high may
/// be, where the last outputs get nothing. `same` (else `valid`) and `outputPadding` (empty: Keras chooses) give the extents
/// of the output. An error where no convolution of the output has the input's extents.
/// Source: keras/utils/conv_utils.py, deconv_output_length.
llvm::Expected<llvm::SmallVector<int64_t>> transposedPadding(bool same, Extents spatial, Extents window, Extents strides,
                                                             Extents dilations, Extents outputPadding);
/// (T1)-(T3): input [in..., C], kernel [k..., F, C] to [out..., F].
llvm::Expected<Shape> convTransposeShape(Extents input, Extents kernel, Extents strides, Extents padding,
                                         Extents dilations);
/// The kernel of a locally connected layer over an input [in..., C], as Keras' `implementation` 1, 2 or 3 keeps it.
llvm::Expected<Shape> localKernelShape(Extents input, Extents window, Extents strides, int64_t filters,
                                       int64_t implementation);
/// (L1)-(L3): input [in..., C] and such a kernel to [out..., F].
llvm::Expected<Shape> localConvShape(Extents input, Extents kernel, Extents window, Extents strides,
                                     int64_t implementation);
/// (P1)-(P2): input [in..., C] to [out..., C].
llvm::Expected<Shape> poolShape(Extents input, Extents window, Extents strides, Extents padding);
/// [s..., C] to [C] or [1..., C].
llvm::Expected<Shape> globalPoolShape(Extents input, bool keepdims);
/// (D1): input [..., I], kernel [I, O] to [..., O].
llvm::Expected<Shape> denseShape(Extents input, Extents kernel);
/// (S1): `shape` may hold one -1, which is inferred.
llvm::Expected<Shape> reshapeShape(Extents input, Extents shape);
/// (S4): axis i of the result is axis permutation[i] of the input; 1 is the first of a sample.
llvm::Expected<Shape> permuteShape(Extents input, Extents permutation);
/// (S5)-(S6): `padding` is [low0, high0, low1, ...], negative where a part is cut off.
llvm::Expected<Shape> padShape(Extents input, Extents padding);
/// (S7): `shape` itself, where it repeats axes of extent 1 only.
llvm::Expected<Shape> repeatShape(Extents input, Extents shape);
/// (S9): input [in..., C] to [in * factor..., C].
llvm::Expected<Shape> resizeShape(Extents input, Extents factors);
/// (M6): what all inputs can be repeated to, axes counted from the back. Source: keras/layers/merging/base_merge.py.
llvm::Expected<Shape> broadcastShape(llvm::ArrayRef<Extents> inputs);
/// (M1): `axis` counts without the batch, 0 <= axis < rank (of a sample).
llvm::Expected<Shape> concatenateShape(llvm::ArrayRef<Extents> inputs, int64_t axis);
/// (A1): query [G, T, N * D] and key [G, S, N * D] to [G, N, T, S].
llvm::Expected<Shape> attentionScoresShape(Extents query, Extents key, int64_t heads);
/// (A3): weights [G, N, T, S] and value [G, S, N * V] to [G, T, N * V]; `transposed` swaps T and S.
llvm::Expected<Shape> attentionMixShape(Extents weights, Extents value, bool transposed);
/// (A4): indices [...] and table [I, O] to [..., O].
llvm::Expected<Shape> embeddingShape(Extents indices, Extents table);
/// (M2).
llvm::Expected<Shape> addShape(llvm::ArrayRef<Extents> inputs);
/// (K2): axes of a variable, which may count back from -1, as they count from 0, in ascending order.
llvm::Expected<Shape> normAxes(Extents variable, Extents axes);
/// (K4): a kernel [n, n, c, f] that can be made radial.
llvm::Error checkRadialKernel(Extents variable);

} // namespace nncc::nn

#endif // NNCC_DIALECT_NN_SHAPE_H
