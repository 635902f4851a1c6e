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

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_LAYERRULES_H
