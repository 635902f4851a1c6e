// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_LAYERTABLE_H
#define NNCC_FRONTEND_LAYERTABLE_H

#include "nncc/Frontend/Signature.h"

#include <string>

namespace nncc::frontend {

/// What a layer computes; layers of one kind differ in the number of spatial axes only. One function each in
/// lib/Frontend/Rules (shape and variables) and lib/Frontend/Import (ops).
enum class LayerKind : uint8_t {
  Convolution,
  DepthwiseConvolution,
  SeparableConvolution,
  TransposedConvolution,
  LocallyConnected,
  MaxPooling,
  AveragePooling,
  GlobalMaxPooling,
  GlobalAveragePooling,
  Dense,
  Flatten,
  Reshape,
  Permute,
  RepeatVector,
  ZeroPadding,
  Cropping,
  UpSampling,
  Concatenate,
  Add,
  Subtract,
  Multiply,
  Average,
  Maximum,
  Minimum,
  Rescaling,
  BatchNormalization,
  LayerNormalization,
  Dropout,
  SpatialDropout,
  GaussianNoise,
  Activation,
  ReLU,
  LeakyReLU,
  ELU,
  PReLU,
  Softmax,
  MultiHeadAttention,
  Attention,
  Embedding,
  /// A layer of the language that this version does not support.
  Unsupported,
};

struct LayerSpec {
  /// Keras' class name, as the summary prints it.
  std::string name;
  LayerKind kind;
  /// Spatial axes; the layer takes samples of exactly this rank plus the channels. 0: any rank.
  unsigned spatialRank;
  /// A merging layer takes two or more tensors, every other one.
  bool isMerge;
  /// Its own, then those of every layer: `name` and `trainable`.
  Signature arguments;

  /// A layer whose tensors have roles takes so many: a query, a value and perhaps a key. 0: as `isMerge` says.
  unsigned leastTensors = 0, mostTensors = 0;

  bool isSupported() const { return kind != LayerKind::Unsupported; }
};

/// All layers of the language.
llvm::ArrayRef<LayerSpec> layers();
/// By name or alias (`MaxPool2D`); null where there is none.
const LayerSpec *findLayer(llvm::StringRef name);
/// All names and aliases.
const std::vector<llvm::StringRef> &layerNames();

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_LAYERTABLE_H
