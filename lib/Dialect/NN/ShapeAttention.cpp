// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Shapes of attention and of embeddings.

#include "ShapeError.h"
#include "nncc/Support/CheckedMath.h"

namespace nncc::nn {

llvm::Expected<Shape> attentionScoresShape(Extents query, Extents key, int64_t heads) {
  // (A1) Three axes of a sample, equal but for T and S; N divides the last.
  if (query.size() != 3 || key.size() != 3 || query[0] != key[0] || query[2] != key[2])
    return shapeError("the queries " + formatShape(query) + " do not go with the keys " + formatShape(key));
  if (heads < 1 || query[2] % heads != 0)
    return shapeError("the last axis of the queries " + formatShape(query) + " is no multiple of " + llvm::Twine(heads) +
                      " heads");
  return checkedShape({query[0], heads, query[1], key[1]});
}

llvm::Expected<Shape> attentionMixShape(Extents weights, Extents value, bool transposed) {
  // (A3) Four and three axes of a sample; G and S (or T) agree, N divides the value's last extent.
  if (weights.size() != 4 || value.size() != 3 || weights[0] != value[0] ||
      weights[transposed ? 2 : 3] != value[1] || weights[1] < 1 || value[2] % weights[1] != 0)
    return shapeError("the weights " + formatShape(weights) + " do not go with the values " + formatShape(value));
  return checkedShape({value[0], weights[transposed ? 3 : 2], value[2]});
}

llvm::Expected<Shape> embeddingShape(Extents indices, Extents table) {
  // (A4) Rows of O.
  if (table.size() != 2)
    return shapeError("the table " + formatExtents(table) + " has " + llvm::Twine(table.size()) + " axes, expected 2");
  Shape result(indices);
  result.push_back(table[1]);
  return checkedShape(std::move(result));
}

} // namespace nncc::nn
