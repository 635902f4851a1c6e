// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Dense: shape and variables.

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct DenseRules : LayerRule {
  using LayerRule::LayerRule;

  void dense() {
    const Value &units = argument("units");
    result.output = input();
    if (input().isRankKnown)
      result.output.extents.back() = units.isKnown() ? units.integer : -1;
    if (!input().isRankKnown || input().extents.back() < 0 || !known({"units", "use_bias"}))
      return;
    const nn::Shape kernel = {input().extents.back(), units.integer};
    variable("kernel", kernel, "kernel_initializer");
    if (flag("use_bias"))
      variable("bias", {units.integer}, "bias_initializer");
    if (result.shapeError.empty() && input().isComplete())
      take(nn::denseShape(input().extents, kernel));
  }
};

} // namespace

void frontend::addDenseRules(RuleTable &table) {
  table.add<&DenseRules::dense>(LayerKind::Dense);
}
