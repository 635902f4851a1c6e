// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Normalisations: variables; the shape stays.

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct NormalizationRules : LayerRule {
  using LayerRule::LayerRule;

  void batchNormalization() {
    result.output = input();
    if (!input().isRankKnown || !known({"axis", "center", "scale"}))
      return;
    std::optional<std::vector<int64_t>> axes = axesOf(argument("axis"));
    if (!axes)
      return;
    // One axis: its extent. More: the input's shape with 1 elsewhere, the batch included.
    nn::Shape shape = axes->size() == 1 ? nn::Shape() : nn::Shape(rank() + 1, 1);
    for (int64_t axis : *axes) {
      const int64_t extent = input().extents[axis - 1];
      if (extent < 0)
        return;
      if (axes->size() == 1)
        shape.push_back(extent);
      else
        shape[axis] = extent;
    }
    if (flag("scale"))
      variable("gamma", shape, "gamma_initializer");
    if (flag("center"))
      variable("beta", shape, "beta_initializer");
    variable("moving_mean", shape, "moving_mean_initializer", /*isTrainable=*/false);
    variable("moving_variance", shape, "moving_variance_initializer", /*isTrainable=*/false);
  }

  void layerNormalization() {
    result.output = input();
    if (!input().isComplete() || !known({"axis", "center", "scale"}))
      return;
    std::optional<std::vector<int64_t>> axes = axesOf(argument("axis"));
    if (!axes)
      return;
    nn::Shape shape; // in the order given
    for (int64_t axis : *axes)
      shape.push_back(input().extents[axis - 1]);
    if (flag("scale"))
      variable("gamma", shape, "gamma_initializer");
    if (flag("center"))
      variable("beta", shape, "beta_initializer");
  }
};

} // namespace

void frontend::addNormalizationRules(RuleTable &table) {
  table.add<&NormalizationRules::batchNormalization>(LayerKind::BatchNormalization);
  table.add<&NormalizationRules::layerNormalization>(LayerKind::LayerNormalization);
}
