// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_LAYERARGUMENTS_H
#define NNCC_LIB_FRONTEND_LAYERARGUMENTS_H

#include "nncc/Dialect/NN/Shape.h"
#include "nncc/Frontend/LayerTable.h"

#include <optional>
#include <vector>

/// What the arguments of a layer mean, to its shape (Rules/) and to its ops (Import/).
namespace nncc::frontend {

/// A layer's arguments by name.
class Arguments {
public:
  Arguments(const LayerSpec &spec, llvm::ArrayRef<Value> values) : spec(spec), values(values) {}

  const Value &operator[](llvm::StringRef name) const;
  bool has(llvm::StringRef name) const;
  /// Spatial axes of the layer.
  unsigned spatialRank() const { return spec.spatialRank; }

private:
  const LayerSpec &spec;
  llvm::ArrayRef<Value> values;
};

/// How a window goes over the spatial axes of a sample.
struct Window {
  std::vector<int64_t> size, strides, dilations;
  llvm::SmallVector<int64_t> padding; // [low0, high0, low1, ...]
};

/// Of a convolution: `kernel_size`, `strides`, `dilation_rate` and `padding`. All are known.
Window convolutionWindow(const Arguments &arguments, nn::Extents spatial);
/// Of a pool: `pool_size`, `strides` (none: as the size) and `padding`.
Window poolWindow(const Arguments &arguments, nn::Extents spatial);
/// Of a transposed convolution, as nn.conv_transpose takes it; an error where none has the input's extents. Conv3DTranspose knows no
/// dilations. Source: keras/layers/convolutional/conv3d_transpose.py, call.
llvm::Expected<Window> transposedWindow(const Arguments &arguments, nn::Extents spatial);

/// The numbers of `[[low0, high0], ...]` times `sign`, and none for the channels: what nn.pad takes.
llvm::SmallVector<int64_t> signedPadding(const Value &pairs, int64_t sign);

/// An extent of UpSampling as two: [H, W, C] as [H, 1, W, 1, C], of which the new axes are repeated.
struct SplitExtents {
  nn::Shape apart, repeated;
};
SplitExtents splitForUpSampling(nn::Extents input, llvm::ArrayRef<int64_t> size);

/// The axes of a sample (from 1) over which MultiHeadAttention attends, of `rank` with the features: those given, or all but
/// the features. `given` is none, an integer or a list, and checked. Source: keras/layers/attention/multi_head_attention.py,
/// _build_attention.
std::vector<int64_t> attentionAxes(const Value &given, size_t rank);

/// An integer or the integers of a list.
std::vector<int64_t> oneOrMore(const Value &value);

/// An axis that counts the batch, from the front or (negative) from the back, as one from the front; none where a sample of
/// this rank has none such, or it is the batch.
std::optional<int64_t> normalizeAxis(int64_t axis, size_t sampleRank);

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_LAYERARGUMENTS_H
