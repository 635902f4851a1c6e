// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Activation layers: variables; the shape stays.

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct ActivationRules : LayerRule {
  using LayerRule::LayerRule;

  void prelu() {
    result.output = input();
    if (!input().isComplete() || !known({"shared_axes"}))
      return;
    nn::Shape shape = input().extents;
    if (!argument("shared_axes").isNone()) {
      std::optional<std::vector<int64_t>> axes = axesOf(argument("shared_axes"));
      if (!axes)
        return;
      for (int64_t axis : *axes)
        shape[axis - 1] = 1;
    }
    variable("alpha", shape, "alpha_initializer");
  }

  void softmax() {
    result.output = input();
    if (input().isRankKnown && known({"axis"}))
      axesOf(argument("axis"));
  }
};

} // namespace

void frontend::addActivationRules(RuleTable &table) {
  table.add<&ActivationRules::sameShape>(LayerKind::Activation);
  table.add<&ActivationRules::sameShape>(LayerKind::ReLU);
  table.add<&ActivationRules::sameShape>(LayerKind::LeakyReLU);
  table.add<&ActivationRules::sameShape>(LayerKind::ELU);
  table.add<&ActivationRules::prelu>(LayerKind::PReLU);
  table.add<&ActivationRules::softmax>(LayerKind::Softmax);
}
