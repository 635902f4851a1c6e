// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_REFERENCE_TENSOR_H
#define NNCC_REFERENCE_TENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <vector>

namespace nncc::reference {

/// A value of the reference: dense, row-major, in double precision whatever the type of the tensor. The batch is the
/// leading extent of batched tensors. Integers (positions of maxima, class numbers) are stored as doubles.
struct Tensor {
  llvm::SmallVector<int64_t> shape;
  std::vector<double> data;

  Tensor() = default;
  /// All elements 0.
  explicit Tensor(llvm::ArrayRef<int64_t> shape) : shape(shape.begin(), shape.end()), data(count(shape)) {}
  Tensor(llvm::ArrayRef<int64_t> shape, std::vector<double> data)
      : shape(shape.begin(), shape.end()), data(std::move(data)) {}

  int64_t size() const { return data.size(); }
  int64_t rank() const { return shape.size(); }
  double &operator[](int64_t index) { return data[index]; }
  double operator[](int64_t index) const { return data[index]; }

  /// Product of the extents.
  static int64_t count(llvm::ArrayRef<int64_t> shape) {
    int64_t product = 1;
    for (int64_t extent : shape)
      product *= extent;
    return product;
  }
};

/// A shape seen from one of its axes: element (o, a, i) is at (o * extent + a) * inner + i.
struct AxisView {
  int64_t outer, extent, inner;

  AxisView(llvm::ArrayRef<int64_t> shape, int64_t axis)
      : outer(Tensor::count(shape.take_front(axis))), extent(shape[axis]),
        inner(Tensor::count(shape.drop_front(axis + 1))) {}

  int64_t at(int64_t o, int64_t a, int64_t i) const { return (o * extent + a) * inner + i; }
};

} // namespace nncc::reference

#endif // NNCC_REFERENCE_TENSOR_H
