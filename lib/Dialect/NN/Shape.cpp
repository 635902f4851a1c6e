// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Shape.h"

#include "ShapeError.h"
#include "nncc/Support/CheckedMath.h"

#include "llvm/Support/raw_ostream.h"

namespace nncc::nn {

std::string formatExtents(Extents extents) {
  std::string text;
  llvm::raw_string_ostream out(text);
  llvm::interleave(extents, out, "x");
  return text;
}

std::string formatShape(Extents sample) {
  std::string text = "(None";
  llvm::raw_string_ostream out(text);
  for (int64_t extent : sample)
    out << ", " << extent;
  // A batch of scalars is a tuple of one element in Python.
  out << (sample.empty() ? ",)" : ")");
  return text;
}

llvm::Expected<int64_t> elementCount(Extents extents) {
  for (int64_t extent : extents)
    if (extent <= 0)
      return shapeError("the extent " + llvm::Twine(extent) + " of " + formatExtents(extents) + " is not positive");
  std::optional<int64_t> count = checkedProduct(extents);
  if (!count || !checkedMultiply(*count, sizeof(float)))
    return shapeError("the size of a " + formatExtents(extents) + " tensor does not fit 63 bits");
  return *count;
}

llvm::Expected<Shape> checkedShape(Shape shape) {
  llvm::Expected<int64_t> count = elementCount(shape);
  if (!count)
    return count.takeError();
  return shape;
}

llvm::Expected<Shape> reshapeShape(Extents input, Extents shape) {
  llvm::Expected<int64_t> count = elementCount(input);
  if (!count)
    return count.takeError();
  Shape result(shape);
  int64_t *unknown = nullptr;
  for (int64_t &extent : result) {
    if (extent == -1) {
      if (unknown)
        return shapeError("the shape has more than one -1");
      unknown = &extent;
    } else if (extent <= 0) {
      return shapeError("the extent " + llvm::Twine(extent) + " of the shape is neither positive nor -1");
    }
  }
  // (S1) The element counts are equal.
  if (unknown)
    *unknown = 1;
  llvm::Expected<int64_t> known = elementCount(result);
  if (!known)
    return known.takeError();
  if (unknown ? *count % *known != 0 : *count != *known)
    return shapeError("the shape of " + llvm::Twine(*known) + " elements" +
                      (unknown ? " times an inferred extent" : "") + " does not fit the input's " +
                      llvm::Twine(*count) + " elements");
  if (unknown)
    *unknown = *count / *known;
  return result;
}

} // namespace nncc::nn
