// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Shapes of what slides a window: convolutions and pooling.

#include "ShapeError.h"
#include "nncc/Support/CheckedMath.h"

namespace nncc::nn {

std::pair<int64_t, int64_t> samePadding(int64_t input, int64_t window, int64_t stride, int64_t dilation) {
  std::optional<int64_t> reach = checkedMultiply(window - 1, dilation);
  if (!reach)
    return {0, 0}; // The rule that takes the padding reports the window.
  int64_t output = (input - 1) / stride + 1;
  // The last window begins inside the input, so only what reaches out behind can overflow.
  std::optional<int64_t> end = checkedAdd((output - 1) * stride, *reach);
  if (!end)
    return {0, 0};
  int64_t total = std::max<int64_t>(*end - (input - 1), 0);
  return {total / 2, total - total / 2};
}

llvm::SmallVector<int64_t> resolvePadding(bool same, Extents spatial, Extents window, Extents strides,
                                          Extents dilations) {
  llvm::SmallVector<int64_t> padding(2 * spatial.size(), 0);
  if (same)
    for (size_t axis = 0; axis < spatial.size(); ++axis)
      std::tie(padding[2 * axis], padding[2 * axis + 1]) =
          samePadding(spatial[axis], window[axis], strides[axis], dilations[axis]);
  return padding;
}

/// Extents of a window's positions, or an error that calls the window `what` ("kernel", "pool").
static llvm::Expected<Shape> windowPositions(Extents spatial, Extents window, Extents strides, Extents padding,
                                             Extents dilations, llvm::StringRef what) {
  Shape result;
  for (size_t axis = 0; axis < spatial.size(); ++axis) {
    std::optional<int64_t> reach = checkedMultiply(window[axis] - 1, dilations[axis]);
    std::optional<int64_t> padded = checkedAdd(spatial[axis], padding[2 * axis]);
    if (padded)
      padded = checkedAdd(*padded, padding[2 * axis + 1]);
    if (!reach || !padded)
      return shapeError("the extents of the " + what + " do not fit 63 bits");
    if (*reach < *padded) {
      result.push_back((*padded - *reach - 1) / strides[axis] + 1);
      continue;
    }
    bool one = spatial.size() == 1;
    std::string dilated = llvm::any_of(dilations, [](int64_t dilation) { return dilation != 1; })
                              ? " of dilation " + formatExtents(dilations)
                              : "";
    bool valid = llvm::all_of(padding, [](int64_t extent) { return extent == 0; });
    return shapeError("the " + (one ? what + " of " + formatExtents(window) : formatExtents(window) + " " + what) +
                      dilated + " does not fit the " +
                      (one ? "input of length " + formatExtents(spatial) : formatExtents(spatial) + " input") +
                      (valid ? " with padding=valid" : " with its padding"));
  }
  return result;
}

/// An error unless there are `count` values that are at least `minimum`.
static llvm::Error checkValues(Extents values, size_t count, int64_t minimum, llvm::StringRef name) {
  if (values.size() != count)
    return shapeError(name + " has " + llvm::Twine(values.size()) + " values, expected " + llvm::Twine(count));
  for (int64_t value : values)
    if (value < minimum)
      return shapeError(name + " has the value " + llvm::Twine(value) + ", expected at least " + llvm::Twine(minimum));
  return llvm::Error::success();
}

/// An error unless the input has a spatial axis and as many elements as fit.
static llvm::Error checkMap(Extents input) {
  if (input.size() < 2)
    return shapeError("the input " + formatShape(input) + " has no spatial axis");
  return elementCount(input).takeError();
}

/// What a convolution and a transposed one want alike: a map, a kernel with two axes more than spatial ones, and strides and dilations,
/// one positive value an axis.
static llvm::Error checkConvolution(Extents input, Extents kernel, Extents strides, Extents dilations) {
  if (llvm::Error error = checkMap(input))
    return error;
  const size_t axes = input.size() - 1;
  if (llvm::Error error = elementCount(kernel).takeError())
    return error;
  if (llvm::Error error = checkValues(strides, axes, 1, "strides"))
    return error;
  if (llvm::Error error = checkValues(dilations, axes, 1, "dilations"))
    return error;
  if (kernel.size() == axes + 2)
    return llvm::Error::success();
  return shapeError("the kernel " + formatExtents(kernel) + " has " + llvm::Twine(kernel.size()) + " axes, expected " +
                    llvm::Twine(axes + 2));
}

llvm::Expected<Shape> convShape(Extents input, Extents kernel, Extents strides, Extents padding, Extents dilations,
                                int64_t groups) {
  // (C1) Strides and dilations: one positive value an axis; padding: two values that are not negative.
  if (llvm::Error error = checkConvolution(input, kernel, strides, dilations))
    return error;
  size_t axes = input.size() - 1;
  if (llvm::Error error = checkValues(padding, 2 * axes, 0, "padding"))
    return error;
  // (C2) The kernel is [k..., C / groups, F], F divisible by groups.
  int64_t channels = input.back(), filters = kernel.back();
  if (groups < 1)
    return shapeError("groups is " + llvm::Twine(groups) + ", expected at least 1");
  if (channels % groups != 0)
    return shapeError("the input's " + llvm::Twine(channels) + " channels are not divisible by groups=" +
                      llvm::Twine(groups));
  if (filters % groups != 0)
    return shapeError("the " + llvm::Twine(filters) + " filters are not divisible by groups=" + llvm::Twine(groups));
  if (kernel[axes] != channels / groups)
    return shapeError("the kernel takes " + llvm::Twine(kernel[axes]) + " channels, but the input has " +
                      llvm::Twine(channels) + (groups > 1 ? " in " + std::to_string(groups) + " groups" : ""));
  // (C3) The dilated kernel fits the padded input.
  llvm::Expected<Shape> result =
      windowPositions(input.drop_back(), kernel.take_front(axes), strides, padding, dilations, "kernel");
  if (!result)
    return result.takeError();
  result->push_back(filters);
  return checkedShape(std::move(*result));
}

/// Positions of the output that the windows over an input cover, if they fit 63 bits: (input - 1) * stride + reach.
static std::optional<int64_t> coveredExtent(int64_t input, int64_t window, int64_t stride, int64_t dilation) {
  std::optional<int64_t> beforeLast = checkedMultiply(window - 1, dilation);
  std::optional<int64_t> last = checkedMultiply(input - 1, stride);
  std::optional<int64_t> end = beforeLast && last ? checkedAdd(*last, *beforeLast) : std::nullopt;
  return end ? checkedAdd(*end, 1) : std::nullopt;
}

llvm::Expected<llvm::SmallVector<int64_t>> transposedPadding(bool same, Extents spatial, Extents window, Extents strides,
                                                             Extents dilations, Extents outputPadding) {
  llvm::SmallVector<int64_t> padding;
  for (size_t axis = 0; axis < spatial.size(); ++axis) {
    const int64_t stride = strides[axis];
    std::optional<int64_t> covered = coveredExtent(spatial[axis], window[axis], stride, dilations[axis]);
    std::optional<int64_t> whole = checkedMultiply(spatial[axis], stride);
    if (!covered || !whole)
      return shapeError("the extents of its output do not fit 63 bits");
    const int64_t reach = (window[axis] - 1) * dilations[axis] + 1;
    int64_t output = same ? *whole : std::max(*whole, *covered);
    if (!outputPadding.empty()) {
      std::optional<int64_t> exact = checkedAdd(*covered - (same ? 2 * (reach / 2) : 0), outputPadding[axis]);
      if (!exact)
        return shapeError("the extents of its output do not fit 63 bits");
      output = *exact;
    }
    // A convolution of stride `stride` over the output must have the input's positions.
    const int64_t positions = same ? (output + stride - 1) / stride : (output - reach) / stride + 1;
    if (output < 1 || positions != spatial[axis])
      return shapeError("output_padding=" + llvm::Twine(outputPadding.empty() ? 0 : outputPadding[axis]) + " gives " +
                        llvm::Twine(output) + " output positions, of which a convolution with strides=" +
                        llvm::Twine(stride) + " and padding=" + (same ? "same" : "valid") + " makes " +
                        llvm::Twine(output < 1 ? 0 : positions) + " positions, not the " + llvm::Twine(spatial[axis]) +
                        " of the input");
    const int64_t low = same ? std::max<int64_t>(*covered - output, 0) / 2 : 0;
    padding.append({low, *covered - output - low});
  }
  return padding;
}

llvm::Expected<Shape> convTransposeShape(Extents input, Extents kernel, Extents strides, Extents padding,
                                         Extents dilations) {
  // (T1) Strides and dilations: one positive value an axis; padding: two values, the leading one not negative.
  if (llvm::Error error = checkConvolution(input, kernel, strides, dilations))
    return error;
  size_t axes = input.size() - 1;
  if (padding.size() != 2 * axes)
    return shapeError("padding has " + llvm::Twine(padding.size()) + " values, expected " + llvm::Twine(2 * axes));
  // (T2) The kernel is [k..., F, C].
  if (kernel.back() != input.back())
    return shapeError("the kernel takes " + llvm::Twine(kernel.back()) + " channels, but the input has " +
                      llvm::Twine(input.back()));
  // (T3) A convolution of the result with this padding has the input's extents.
  Shape result;
  for (size_t axis = 0; axis < axes; ++axis) {
    int64_t low = padding[2 * axis], high = padding[2 * axis + 1];
    std::optional<int64_t> covered = coveredExtent(input[axis], kernel[axis], strides[axis], dilations[axis]);
    if (!covered)
      return shapeError("the extents of its output do not fit 63 bits");
    const int64_t reach = (kernel[axis] - 1) * dilations[axis];
    if (low < 0 || low > reach || high > reach || high <= -strides[axis] || *covered - low - high < 1)
      return shapeError("the padding " + llvm::Twine(low) + ", " + llvm::Twine(high) + " does not go with a kernel of " +
                        llvm::Twine(kernel[axis]) + ", stride " + llvm::Twine(strides[axis]) + " and an input of " +
                        llvm::Twine(input[axis]));
    result.push_back(*covered - low - high);
  }
  result.push_back(kernel[axes]);
  return checkedShape(std::move(result));
}

/// Positions of the windows of a locally connected layer: (L1) window and strides are positive, one value an axis, (L2) the
/// window fits.
static llvm::Expected<Shape> localPositions(Extents input, Extents window, Extents strides) {
  if (llvm::Error error = checkMap(input))
    return error;
  size_t axes = input.size() - 1;
  if (llvm::Error error = checkValues(window, axes, 1, "window"))
    return error;
  if (llvm::Error error = checkValues(strides, axes, 1, "strides"))
    return error;
  Shape ones(axes, 1), zeros(2 * axes, 0);
  return windowPositions(input.drop_back(), window, strides, zeros, ones, "kernel");
}

llvm::Expected<Shape> localKernelShape(Extents input, Extents window, Extents strides, int64_t filters,
                                       int64_t implementation) {
  llvm::Expected<Shape> positions = localPositions(input, window, strides);
  if (!positions)
    return positions.takeError();
  if (implementation == 2) {
    Shape kernel(input);
    kernel.append(*positions);
    kernel.push_back(filters);
    return checkedShape(std::move(kernel));
  }
  Shape patch(window);
  patch.push_back(input.back());
  // Neither is more than the input's elements, which fit.
  const int64_t count = llvm::cantFail(elementCount(*positions)), depth = llvm::cantFail(elementCount(patch));
  // Also of `implementation` 3 the three extents tell whether their product fits.
  llvm::Expected<Shape> kernel = checkedShape(Shape{count, depth, filters});
  if (!kernel || implementation == 1)
    return kernel;
  return Shape{count * depth * filters};
}

llvm::Expected<Shape> localConvShape(Extents input, Extents kernel, Extents window, Extents strides,
                                     int64_t implementation) {
  llvm::Expected<Shape> result = localPositions(input, window, strides);
  if (!result)
    return result.takeError();
  if (llvm::Error error = elementCount(kernel).takeError())
    return error;
  if (implementation < 1 || implementation > 3)
    return shapeError("implementation is " + llvm::Twine(implementation) + ", expected 1, 2 or 3");
  // (L3) The kernel has the shape that the implementation keeps.
  if (kernel.empty())
    return shapeError("the kernel is a scalar, which has no axis of filters");
  int64_t filters = kernel.back();
  if (implementation == 3) {
    llvm::Expected<Shape> one = localKernelShape(input, window, strides, 1, 3);
    if (!one)
      return one.takeError();
    filters = std::max<int64_t>(kernel.back() / one->back(), 1);
  }
  llvm::Expected<Shape> expected = localKernelShape(input, window, strides, filters, implementation);
  if (!expected)
    return expected.takeError();
  if (kernel != Extents(*expected))
    return shapeError("the kernel is " + formatExtents(kernel) + ", expected " + formatExtents(*expected) +
                      " for implementation " + llvm::Twine(implementation));
  result->push_back(filters);
  return checkedShape(std::move(*result));
}

llvm::Expected<Shape> poolShape(Extents input, Extents window, Extents strides, Extents padding) {
  if (llvm::Error error = checkMap(input))
    return error;
  size_t axes = input.size() - 1;
  // (P1) Window and strides: one positive value an axis; padding: two, not negative, each below its window.
  if (llvm::Error error = checkValues(window, axes, 1, "window"))
    return error;
  if (llvm::Error error = checkValues(strides, axes, 1, "strides"))
    return error;
  if (llvm::Error error = checkValues(padding, 2 * axes, 0, "padding"))
    return error;
  for (size_t side = 0; side < padding.size(); ++side)
    if (padding[side] >= window[side / 2])
      return shapeError("the padding " + llvm::Twine(padding[side]) + " is not smaller than its window of " +
                        llvm::Twine(window[side / 2]) + ", so that a window could lie outside of the input");
  // (P2) The window fits the padded input.
  Shape dilations(axes, 1);
  llvm::Expected<Shape> result =
      windowPositions(input.drop_back(), window, strides, padding, dilations, "pool");
  if (!result)
    return result.takeError();
  result->push_back(input.back());
  return checkedShape(std::move(*result));
}

llvm::Expected<Shape> globalPoolShape(Extents input, bool keepdims) {
  // (P3) There is at least one spatial axis.
  if (llvm::Error error = checkMap(input))
    return error;
  Shape result(keepdims ? input.size() - 1 : 0, 1);
  result.push_back(input.back());
  return result;
}

} // namespace nncc::nn
