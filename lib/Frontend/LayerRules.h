// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_LAYERRULES_H
#define NNCC_LIB_FRONTEND_LAYERRULES_H

#include "Binding.h"

#include "nncc/Dialect/NN/Shape.h"
#include "nncc/Frontend/Sema.h"

namespace nncc::frontend {

/// What is known of a tensor's shape. In a block that is checked without a use only ranks may be known, or nothing.
struct KnownShape {
  bool isRankKnown = false;
  nn::Shape extents; // -1: not known

  bool isComplete() const { return isRankKnown && llvm::all_of(extents, [](int64_t extent) { return extent >= 0; }); }
  static KnownShape ofRank(size_t rank) { return {true, nn::Shape(rank, -1)}; }
  static KnownShape of(nn::Shape extents) { return {true, std::move(extents)}; }
};

/// What a rule finds out.
struct LayerResult {
  KnownShape output;
  std::vector<Variable> variables;
  /// Why the shapes do not fit; a clause behind "Conv2D 'conv2d': ". Empty where they do.
  std::string shapeError;
  /// An argument was reported.
  bool isBroken = false;
};

/// Shape and variables of a layer. The number of inputs and their rank are already checked where they are known. `bound`
/// may hold unknown values.
LayerResult applyRule(const LayerSpec &spec, const Bound &bound, llvm::ArrayRef<KnownShape> inputs, SourceRange where,
                      Reporter &reporter);

/// The padding [low0, high0, low1, ...] of a convolution or pool: of `valid`, `same` or `causal`.
llvm::SmallVector<int64_t> windowPadding(llvm::StringRef mode, nn::Extents spatial, nn::Extents window,
                                         nn::Extents strides, nn::Extents dilations);

/// The dilations of a transposed convolution: those given, but that Conv3DTranspose knows none.
/// Source: keras/layers/convolutional/conv3d_transpose.py, call.
std::vector<int64_t> transposedDilations(unsigned rank, const Value &given);

/// The numbers of `[[low0, high0], ...]` times `sign`, and none for the channels: what nn.pad takes.
llvm::SmallVector<int64_t> signedPadding(const Value &pairs, int64_t sign);

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

#endif // NNCC_LIB_FRONTEND_LAYERRULES_H
