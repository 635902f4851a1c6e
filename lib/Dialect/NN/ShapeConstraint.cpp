// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What constraints want of the shape of a variable.

#include "nncc/Dialect/NN/Shape.h"

#include "ShapeError.h"

namespace nncc::nn {

llvm::Expected<Shape> normAxes(Extents variable, Extents axes) {
  // (K2) Axes of the variable, each once.
  const int64_t rank = static_cast<int64_t>(variable.size());
  Shape result;
  for (int64_t axis : axes) {
    if (axis < -rank || axis >= rank)
      return shapeError("there is no axis " + llvm::Twine(axis) + " in " + formatExtents(variable) +
                        "; axes count from 0 to " + llvm::Twine(rank - 1) + ", or back from -1");
    result.push_back(axis < 0 ? axis + rank : axis);
    if (llvm::is_contained(llvm::ArrayRef(result).drop_back(), result.back()))
      return shapeError("the axis " + llvm::Twine(axis) + " is there twice");
  }
  llvm::sort(result);
  return result;
}

llvm::Error checkRadialKernel(Extents variable) {
  // (K4) [n, n, c, f], n >= 2: Keras finds no element to start from in a 1x1 kernel.
  if (variable.size() != 4)
    return shapeError("a kernel of rank 4 is needed, [n, n, channels, filters], found " + formatExtents(variable));
  if (variable[0] != variable[1] || variable[0] < 2)
    return shapeError("a square window of 2x2 or more is needed, found " + formatExtents(variable.take_front(2)));
  return llvm::Error::success();
}

} // namespace nncc::nn
