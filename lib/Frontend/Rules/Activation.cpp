// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Activation layers: variables; the shape stays.

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::Twine;

namespace {

struct ActivationRules : LayerRule {
  using LayerRule::LayerRule;

  void prelu() {
    result.output = input();
    if (!input().isComplete() || !known({"shared_axes"}))
      return;
    nn::Shape shape = input().extents;
    if (const Value &shared = argument("shared_axes"); !shared.isNone()) {
      std::optional<std::vector<int64_t>> axes = axesOf(shared);
      if (!axes)
        return;
      for (auto [axis, written] : llvm::zip_equal(*axes, oneOrMore(shared))) {
        // Keras takes 1 for the batch from negative axes, too: -1 is the last but one.
        const int64_t index = written < 0 ? axis - 2 : axis - 1;
        if (index < 0) {
          reporter.error(shared.where, "the axis " + llvm::Twine(written) +
                                           " of PReLU, which is the one before it, is the batch");
          result.isBroken = true;
          return;
        }
        shape[index] = 1;
      }
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
