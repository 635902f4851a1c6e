// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Layers that join tensors, and Rescaling: shapes.

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::Twine;

namespace {

struct MergeRules : LayerRule {
  using LayerRule::LayerRule;

  void concatenate() {
    for (const KnownShape &one : inputs)
      if (one.isRankKnown)
        result.output = KnownShape::ofRank(one.extents.size());
    if (!result.output.isRankKnown || !known({"axis"}))
      return;
    std::optional<int64_t> axis = axisOf(argument("axis"), result.output.extents.size());
    if (!axis || !areInputsComplete())
      return;
    take(nn::concatenateShape(inputExtents(), *axis - 1));
  }

  void merge() {
    // keras/layers/merging/subtract.py, build.
    if (spec.kind == LayerKind::Subtract && inputs.size() != 2)
      return fails("it takes two tensors, found " + Twine(inputs.size()));
    if (!areInputsComplete())
      return;
    take(nn::broadcastShape(inputExtents()));
  }
};

} // namespace

void frontend::addMergeRules(RuleTable &table) {
  table.add<&MergeRules::concatenate>(LayerKind::Concatenate);
  table.add<&MergeRules::merge>(LayerKind::Add);
  table.add<&MergeRules::merge>(LayerKind::Subtract);
  table.add<&MergeRules::merge>(LayerKind::Multiply);
  table.add<&MergeRules::merge>(LayerKind::Average);
  table.add<&MergeRules::merge>(LayerKind::Maximum);
  table.add<&MergeRules::merge>(LayerKind::Minimum);
  table.add<&MergeRules::sameShape>(LayerKind::Rescaling);
}
