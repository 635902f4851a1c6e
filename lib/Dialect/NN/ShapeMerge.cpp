// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Shapes of dense layers and of layers with several inputs.

#include "ShapeError.h"
#include "nncc/Support/CheckedMath.h"

namespace nncc::nn {

llvm::Expected<Shape> denseShape(Extents input, Extents kernel) {
  if (input.empty())
    return shapeError("the input " + formatShape(input) + " has no axis but the batch");
  for (Extents extents : {input, kernel})
    if (llvm::Error error = elementCount(extents).takeError())
      return error;
  // (D1) The kernel is [I, O] with I the input's last extent.
  if (kernel.size() != 2)
    return shapeError("the kernel " + formatExtents(kernel) + " has " + llvm::Twine(kernel.size()) +
                      " axes, expected 2");
  if (kernel[0] != input.back())
    return shapeError("the kernel takes " + llvm::Twine(kernel[0]) + " values, but the input's last axis has " +
                      llvm::Twine(input.back()));
  Shape result(input);
  result.back() = kernel[1];
  return checkedShape(std::move(result));
}

llvm::Expected<Shape> concatenateShape(llvm::ArrayRef<Extents> inputs, int64_t axis) {
  if (inputs.empty())
    return shapeError("there is nothing to concatenate");
  Shape result(inputs.front());
  if (axis < 0 || axis >= int64_t(result.size()))
    return shapeError("there is no axis " + llvm::Twine(axis + 1) + " to concatenate in the shape " +
                      formatShape(result));
  // (M1) All other extents are equal.
  for (Extents input : inputs.drop_front()) {
    bool equal = input.size() == result.size();
    for (int64_t other = 0; equal && other < int64_t(result.size()); ++other)
      equal = other == axis || input[other] == result[other];
    if (!equal)
      return shapeError("the shapes " + formatShape(inputs.front()) + " and " + formatShape(input) +
                        " differ in more than axis " + llvm::Twine(axis + 1));
    std::optional<int64_t> sum = checkedAdd(result[axis], input[axis]);
    if (!sum)
      return shapeError("the joined extent does not fit 63 bits");
    result[axis] = *sum;
  }
  return checkedShape(std::move(result));
}

llvm::Expected<Shape> addShape(llvm::ArrayRef<Extents> inputs) {
  if (inputs.empty())
    return shapeError("there is nothing to add");
  // (M2) All shapes are equal.
  for (Extents input : inputs.drop_front())
    if (input != inputs.front())
      return shapeError("the shapes " + formatShape(inputs.front()) + " and " + formatShape(input) + " differ");
  return checkedShape(Shape(inputs.front()));
}

llvm::Expected<Shape> broadcastShape(llvm::ArrayRef<Extents> inputs) {
  if (inputs.empty())
    return shapeError("there is nothing to merge");
  Shape result(inputs.front());
  for (Extents input : inputs.drop_front()) {
    result.insert(result.begin(), std::max(input.size(), result.size()) - result.size(), 1);
    // (M6) Extents are equal or 1, from the back.
    for (size_t back = 1; back <= input.size(); ++back) {
      int64_t &extent = result[result.size() - back];
      const int64_t its = input[input.size() - back];
      if (extent != its && extent != 1 && its != 1)
        return shapeError("the shapes " + formatShape(inputs.front()) + " and " + formatShape(input) +
                          " differ in an extent that is not 1");
      if (extent == 1)
        extent = its;
    }
  }
  return checkedShape(std::move(result));
}

} // namespace nncc::nn
