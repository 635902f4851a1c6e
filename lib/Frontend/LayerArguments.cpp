// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerArguments.h"

#include "llvm/ADT/STLExtras.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;

const Value &Arguments::operator[](StringRef name) const {
  for (const auto &[spec, value] : llvm::zip_equal(spec.arguments, values))
    if (spec.name == name)
      return value;
  llvm_unreachable("the table has no such argument");
}

bool Arguments::has(StringRef name) const {
  return llvm::any_of(spec.arguments, [&](const ArgumentSpec &one) { return one.name == name; });
}

static llvm::SmallVector<int64_t> windowPadding(StringRef mode, nn::Extents spatial, const Window &window) {
  if (mode != "causal")
    return nn::resolvePadding(mode == "same", spatial, window.size, window.strides, window.dilations);
  // All of a causal convolution's padding is in front: no output looks ahead. A reach that overflows is left to the shape rule.
  int64_t reach = 0;
  if (__builtin_mul_overflow(window.size[0] - 1, window.dilations[0], &reach))
    reach = 0;
  return {reach, 0};
}

Window frontend::convolutionWindow(const Arguments &arguments, nn::Extents spatial) {
  Window window = {arguments["kernel_size"].integers(), arguments["strides"].integers(),
                   arguments["dilation_rate"].integers(), {}};
  window.padding = windowPadding(arguments["padding"].text(), spatial, window);
  return window;
}

Window frontend::poolWindow(const Arguments &arguments, nn::Extents spatial) {
  Window window;
  window.size = arguments["pool_size"].integers();
  window.strides = arguments["strides"].isNone() ? window.size : arguments["strides"].integers();
  window.dilations.assign(window.size.size(), 1);
  window.padding = windowPadding(arguments["padding"].text(), spatial, window);
  return window;
}

llvm::Expected<Window> frontend::transposedWindow(const Arguments &arguments, nn::Extents spatial) {
  Window window = {arguments["kernel_size"].integers(), arguments["strides"].integers(),
                   arguments["dilation_rate"].integers(), {}};
  if (arguments.spatialRank() == 3)
    window.dilations.assign(3, 1);
  const Value &more = arguments["output_padding"];
  auto padding = nn::transposedPadding(arguments["padding"].text() == "same", spatial, window.size, window.strides,
                                       window.dilations, more.isNone() ? std::vector<int64_t>() : more.integers());
  if (!padding)
    return padding.takeError();
  window.padding = std::move(*padding);
  return window;
}

llvm::SmallVector<int64_t> frontend::signedPadding(const Value &pairs, int64_t sign) {
  llvm::SmallVector<int64_t> result;
  for (const Value &pair : pairs.elements())
    for (const Value &amount : pair.elements())
      result.push_back(sign * amount.integer);
  result.append({0, 0}); // the channels
  return result;
}

SplitExtents frontend::splitForUpSampling(nn::Extents input, llvm::ArrayRef<int64_t> size) {
  SplitExtents split;
  for (const auto &[extent, factor] : llvm::zip_equal(input.drop_back(), size)) {
    split.apart.append({extent, 1});
    split.repeated.append({extent, factor});
  }
  split.apart.push_back(input.back());
  split.repeated.push_back(input.back());
  return split;
}

std::optional<int64_t> frontend::normalizeAxis(int64_t axis, size_t sampleRank) {
  const int64_t rank = static_cast<int64_t>(sampleRank) + 1;
  if (axis < -rank || axis >= rank)
    return std::nullopt;
  const int64_t result = axis < 0 ? axis + rank : axis;
  return result == 0 ? std::nullopt : std::optional(result);
}

std::vector<int64_t> frontend::oneOrMore(const Value &value) {
  return value.is(Value::Kind::List) ? value.integers() : std::vector<int64_t>{value.integer};
}

std::vector<int64_t> frontend::attentionAxes(const Value &given, size_t rank) {
  if (!given.isNone())
    return oneOrMore(given);
  std::vector<int64_t> axes;
  for (size_t axis = 1; axis < rank; ++axis)
    axes.push_back(static_cast<int64_t>(axis));
  return axes;
}
