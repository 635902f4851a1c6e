// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Dropout and noise: checks; the shape stays.

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::Twine;

namespace {

struct RegularizationRules : LayerRule {
  using LayerRule::LayerRule;

  /// noise_shape: none or the extent where each element has its own number, 1 where one holds for all.
  void dropout() {
    result.output = input();
    const Value &given = argument("noise_shape");
    if (!input().isRankKnown || !given.isKnown() || given.isNone())
      return;
    std::string problem;
    if (given.elements().size() != rank() + 1)
      problem = Twine(given.elements().size()).str() + " extents for an input of the rank " + Twine(rank() + 1).str() +
                " with the batch";
    for (size_t axis = 0; axis <= rank() && problem.empty(); ++axis) {
      const Value &one = given.elements()[axis];
      const int64_t extent = axis == 0 ? 1 : input().extents[axis - 1];
      if (one.isNone() || one.integer == 1 || extent < 0 || one.integer == extent)
        continue;
      problem = std::to_string(one.integer) + " for " +
                (axis == 0 ? "the batch, whose size is not known" : "the axis " + std::to_string(axis) + " of extent " +
                                                                       std::to_string(extent));
    }
    if (problem.empty())
      return;
    argumentError("noise_shape", "the noise_shape of " + spec.name + " has " + problem)
        .note("each axis, the batch first, has none (a number for each element) or 1 (one for all)");
  }
};

} // namespace

void frontend::addRegularizationRules(RuleTable &table) {
  table.add<&RegularizationRules::dropout>(LayerKind::Dropout);
  table.add<&RegularizationRules::sameShape>(LayerKind::SpatialDropout);
  table.add<&RegularizationRules::sameShape>(LayerKind::GaussianNoise);
}
