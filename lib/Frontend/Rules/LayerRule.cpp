// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

std::vector<nn::Extents> LayerRule::inputExtents() const {
  std::vector<nn::Extents> shapes;
  for (const KnownShape &one : inputs)
    shapes.push_back(one.extents);
  return shapes;
}

void LayerRule::take(llvm::Expected<nn::Shape> shape) {
  if (shape)
    result.output = KnownShape::of(std::move(*shape));
  else
    fails(shape.takeError());
}

Report LayerRule::argumentError(StringRef name, const Twine &text) {
  result.isBroken = true;
  return reporter.error(argument(name).where, text);
}

void LayerRule::variable(StringRef name, nn::Shape shape, StringRef initializer, bool isTrainable) {
  // A variable that does not fit 63 bits is told by its name.
  if (llvm::Expected<int64_t> count = nn::elementCount(shape); !count) {
    llvm::consumeError(count.takeError());
    if (result.shapeError.empty())
      fails("its " + name + " of " + nn::formatExtents(shape) + " elements does not fit 63 bits");
  }
  Variable &added = result.variables.emplace_back(name, std::move(shape), argument(initializer), isTrainable);
  // "kernel_initializer" goes with "kernel_regularizer" and "kernel_constraint", where the layer has them.
  const std::string weight = initializer.drop_back(StringRef("initializer").size()).str();
  if (arguments.has(weight + "regularizer"))
    added.regularizer = argument(weight + "regularizer");
  if (arguments.has(weight + "constraint")) {
    added.constraint = argument(weight + "constraint");
    checkConstraint(added);
  }
}

void LayerRule::checkConstraint(const Variable &variable) {
  const Value &constraint = variable.constraint;
  if (!constraint.is(Value::Kind::Call) || result.isBroken)
    return;
  auto misfit = [&](SourceRange where, llvm::Error error) {
    reporter.error(where, constraint.text() + " of the " + variable.name + " of " + spec.name + ": " +
                              llvm::toString(std::move(error)));
    result.isBroken = true;
  };
  if (constraint.text() == "RadialConstraint") {
    if (llvm::Error error = nn::checkRadialKernel(variable.shape))
      misfit(constraint.where, std::move(error));
  } else if (const Value *axis = constraint.argument("axis"); axis && !axis->isNone()) {
    if (llvm::Error error = nn::normAxes(variable.shape, oneOrMore(*axis)).takeError())
      misfit(axis->where, std::move(error));
  }
}

std::optional<int64_t> LayerRule::axisOf(const Value &axis, size_t sampleRank) {
  if (std::optional<int64_t> normalized = normalizeAxis(axis.integer, sampleRank))
    return normalized;
  const int64_t full = static_cast<int64_t>(sampleRank) + 1;
  const bool isBatch = axis.integer == 0 || axis.integer == -full;
  reporter.error(axis.where, isBatch ? "the axis " + Twine(axis.integer) + " of " + spec.name + " is the batch"
                                     : "there is no axis " + Twine(axis.integer) + " for " + spec.name +
                                           ": its input has the rank " + Twine(full) + " with the batch")
      .note("axes count from 1 to " + Twine(full - 1) + ", or back from -1; 0 is the batch");
  result.isBroken = true;
  return std::nullopt;
}

std::optional<std::vector<int64_t>> LayerRule::axesOf(const Value &value) {
  std::vector<int64_t> axes;
  const std::vector<Value> all = value.is(Value::Kind::List) ? std::vector<Value>(value.elements()) : std::vector{value};
  for (const Value &one : all) {
    // An element that comes from a constant is blamed where the list is used.
    const bool isInside = one.where.begin >= value.where.begin && one.where.end <= value.where.end;
    std::optional<int64_t> axis = axisOf(isInside ? one : one.at(value.where), rank());
    if (!axis)
      return std::nullopt;
    if (llvm::is_contained(axes, *axis)) {
      reporter.error(value.where, "the axis " + Twine(*axis) + " of " + spec.name + " is there twice");
      result.isBroken = true;
      return std::nullopt;
    }
    axes.push_back(*axis);
  }
  return axes;
}

LayerResult frontend::applyRule(const LayerSpec &spec, const Bound &bound, llvm::ArrayRef<KnownShape> inputs,
                                SourceRange where, Reporter &reporter) {
  static const RuleTable table = [] {
    RuleTable all;
    for (auto add : {addActivationRules, addAttentionRules, addConvolutionRules, addDenseRules, addMergeRules,
                     addNormalizationRules, addPoolingRules, addRegularizationRules, addShapeRules})
      add(all);
    return all;
  }();
  return table[spec.kind](spec, bound, inputs, where, reporter);
}
