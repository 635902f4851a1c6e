// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Shape.h"

#include "ShapeError.h"
#include "nncc/Support/CheckedMath.h"

#include "llvm/Support/MathExtras.h"
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

llvm::Expected<Shape> permuteShape(Extents input, Extents permutation) {
  // (S4) Each axis once.
  Shape sorted(permutation), result;
  llvm::sort(sorted);
  bool isPermutation = sorted.size() == input.size();
  for (size_t i = 0; isPermutation && i < sorted.size(); ++i)
    isPermutation = sorted[i] == int64_t(i) + 1;
  if (!isPermutation) {
    std::string text;
    llvm::raw_string_ostream out(text);
    llvm::interleaveComma(permutation, out);
    return shapeError("the dims [" + text + "] are not a permutation of the axes 1 to " + llvm::Twine(input.size()) +
                      " of the input " + formatShape(input));
  }
  for (int64_t axis : permutation)
    result.push_back(input[axis - 1]);
  return checkedShape(std::move(result));
}

llvm::Expected<Shape> padShape(Extents input, Extents padding) {
  // (S5) One pair for each axis.
  if (padding.size() != 2 * input.size())
    return shapeError("there are " + llvm::Twine(padding.size()) + " numbers of padding for " +
                      llvm::Twine(input.size()) + " axes, expected twice as many");
  Shape result;
  for (size_t i = 0; i < input.size(); ++i) {
    const int64_t low = padding[2 * i], high = padding[2 * i + 1];
    // (S6) Something remains.
    const int64_t lowCut = std::min<int64_t>(low, 0), highCut = std::min<int64_t>(high, 0);
    std::optional<int64_t> cut = checkedAdd(lowCut, highCut);
    if (!cut || *cut <= -input[i])
      return shapeError("cropping " + llvm::Twine(llvm::AbsoluteValue(lowCut)) + " and " +
                        llvm::Twine(llvm::AbsoluteValue(highCut)) + " leaves nothing of the extent " +
                        llvm::Twine(input[i]) + " of the input " + formatShape(input));
    std::optional<int64_t> extent = checkedAdd(input[i], low);
    if (extent)
      extent = checkedAdd(*extent, high);
    if (!extent)
      return shapeError("the padded extent does not fit 63 bits");
    result.push_back(*extent);
  }
  return checkedShape(std::move(result));
}

llvm::Expected<Shape> resizeShape(Extents input, Extents factors) {
  // (S9) One factor >= 1 for each axis but the channels.
  if (factors.size() + 1 != input.size())
    return shapeError(llvm::Twine(factors.size()) + " factors do not fit samples of " + llvm::Twine(input.size()) + " axes");
  Shape shape(input);
  for (auto [extent, factor] : llvm::zip(shape, factors)) {
    if (factor < 1)
      return shapeError("the factor " + llvm::Twine(factor) + " is not positive");
    if (__builtin_mul_overflow(extent, factor, &extent))
      return shapeError("its number of elements does not fit 63 bits");
  }
  return checkedShape(std::move(shape));
}

llvm::Expected<Shape> repeatShape(Extents input, Extents shape) {
  // (S7) Each extent is the input's, or that is 1.
  bool fits = input.size() == shape.size();
  for (size_t i = 0; fits && i < input.size(); ++i)
    fits = input[i] == shape[i] || input[i] == 1;
  if (!fits)
    return shapeError("the shape " + formatShape(input) + " cannot be repeated to " + formatShape(shape));
  return checkedShape(Shape(shape));
}

} // namespace nncc::nn
