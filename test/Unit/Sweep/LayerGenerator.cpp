// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Values of arguments from what the tables say, and layers of them.
#include "Sweep/LayerGenerator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <cmath>
#include <cstdio>

using namespace nncc;
using namespace nncc::frontend;
using namespace nncc::sweep;

std::string sweep::numberText(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

namespace {

/// A number in the range of the argument; without one, of magnitude 2 at most.
std::string drawNumber(const ArgumentSpec &spec, Draw &draw) {
  double low = std::isfinite(spec.low) ? spec.low : -2;
  double high = std::isfinite(spec.high) ? spec.high : low + (std::isfinite(spec.low) ? 2 : 4);
  if (!spec.lowIsOpen && draw.chance(8))
    return numberText(low);
  if (std::isfinite(spec.high) && !spec.highIsOpen && draw.chance(8))
    return numberText(high);
  // Off the bounds by more than the digits written.
  return numberText(low + (high - low) * draw.uniform(0.01, 0.99));
}

std::string drawInteger(const ArgumentSpec &spec, Draw &draw) {
  int64_t low = std::isfinite(spec.low) ? int64_t(spec.low) : -3;
  if (std::isfinite(spec.high))
    return std::to_string(draw.in(low, int64_t(spec.high)));
  return std::to_string(low - 1 + draw.smallCount());
}

/// One integer for all axes, a list, or dimensions.
std::string drawExtents(const ArgumentSpec &spec, unsigned axes, Draw &draw) {
  int64_t low = std::isfinite(spec.low) ? int64_t(spec.low) : 1;
  if (axes <= 1 || draw.chance(40))
    return std::to_string(draw.in(low, low + 2));
  return listText(draw.each(axes, low, low + 2));
}

/// One integer, one for each axis, or a pair for each.
std::string drawPairs(unsigned axes, Draw &draw) {
  if (draw.chance(25))
    return std::to_string(draw.in(0, 2));
  if (axes == 1)
    return listText(draw.each(2, 0, 3));
  if (draw.chance(25))
    return listText(draw.each(axes, 0, 2));
  std::string text = "[";
  for (unsigned axis = 0; axis < axes; ++axis)
    text += (axis ? ", " : "") + listText(draw.each(2, 0, 2));
  return text + "]";
}

std::string drawClass(ClassFamily family, Draw &draw) {
  const ClassSpec &drawn = draw.oneOf(classesOf(family));
  // Few kernels are square.
  const ClassSpec &spec = drawn.name == "RadialConstraint" ? *findClass(family, "NonNeg") : drawn;
  std::string text;
  for (const ArgumentSpec &argument : spec.arguments) {
    if (!argument.isRequired() && draw.chance(50))
      continue;
    std::optional<std::string> value = drawValue(argument, 0, draw);
    if (value)
      text += (text.empty() ? "" : ", ") + argument.name.str() + "=" + *value;
  }
  if (text.empty())
    return (spec.alias.empty() || draw.chance(50) ? spec.name : spec.alias).str();
  return spec.name.str() + "(" + text + ")";
}

} // namespace

std::optional<std::string> sweep::drawValue(const ArgumentSpec &spec, unsigned spatialRank, Draw &draw) {
  if (spec.isOnlyDefault)
    return spec.defaultText.str();
  if (spec.isNullable && draw.chance(10))
    return "none";
  switch (spec.kind) {
  case ArgumentKind::Integer: return drawInteger(spec, draw);
  case ArgumentKind::Number: return drawNumber(spec, draw);
  case ArgumentKind::Boolean: return draw.chance(50) ? "true" : "false";
  case ArgumentKind::String: return "\"drawn_" + std::to_string(draw.in(0, 99)) + "\"";
  case ArgumentKind::Enumeration: return draw.oneOf(llvm::ArrayRef(spec.symbols)).str();
  case ArgumentKind::Activation: return draw.oneOf(activations()).name.str();
  case ArgumentKind::Extents: return drawExtents(spec, spatialRank, draw);
  case ArgumentKind::Pairs: return drawPairs(spatialRank, draw);
  case ArgumentKind::Class:
  case ArgumentKind::Classes: return drawClass(spec.family, draw);
  case ArgumentKind::NumberOrClass: return drawNumber(spec, draw);
  case ArgumentKind::CountOrFull: return std::to_string(draw.in(1, 9));
  case ArgumentKind::Integers:
  case ArgumentKind::Numbers:
  case ArgumentKind::Axes: return std::nullopt;
  }
  llvm_unreachable("a new kind of argument");
}

DrawnLayer sweep::drawLayer(const LayerSpec &spec, llvm::ArrayRef<Extents> inputs, Draw &draw) {
  DrawnLayer layer{&spec, {}, 0};
  const ChosenArguments chosen = chooseArguments(spec, inputs, draw);
  bool isLeading = true; // all arguments so far are given
  for (const ArgumentSpec &argument : spec.arguments) {
    std::optional<std::string> value;
    if (auto found = chosen.find(argument.name.str()); found != chosen.end()) {
      if (!found->second.empty())
        value = found->second;
    } else if (argument.name == "trainable") {
      if (draw.chance(8))
        value = "false";
    } else {
      // What changes little of the computation is rare.
      const bool isSide = argument.kind == ArgumentKind::Class || argument.kind == ArgumentKind::String ||
                          argument.isOnlyDefault;
      if (argument.isRequired() || draw.chance(isSide ? 10 : 50))
        value = drawValue(argument, spec.spatialRank, draw);
    }
    isLeading &= value.has_value() && !argument.isNamedOnly;
    if (!value)
      continue;
    layer.arguments.push_back({argument.name.str(), *value});
    if (isLeading && layer.positional + 1 == layer.arguments.size() && draw.chance(70))
      ++layer.positional;
  }
  return layer;
}

std::string DrawnLayer::text() const {
  if (arguments.empty())
    return spec->name;
  std::string text = spec->name + "(";
  for (auto [index, argument] : llvm::enumerate(arguments))
    text += (index ? ", " : "") + (index < positional ? "" : argument.first + "=") + argument.second;
  return text + ")";
}
