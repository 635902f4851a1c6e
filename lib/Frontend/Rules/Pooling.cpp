// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Pools: shapes.

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct PoolingRules : LayerRule {
  using LayerRule::LayerRule;

  void pooling() {
    result.output = input();
    for (int64_t &extent : llvm::MutableArrayRef(result.output.extents).drop_back(rank() ? 1 : 0))
      extent = -1;
    if (!input().isComplete() || !known({"pool_size", "strides", "padding"}))
      return;
    const nn::Extents extents = input().extents;
    const Window window = poolWindow(arguments, extents.drop_back());
    take(nn::poolShape(extents, window.size, window.strides, window.padding));
  }

  void globalPooling() {
    if (!known({"keepdims"}))
      return;
    const bool keepdims = flag("keepdims");
    result.output = KnownShape::of(nn::Shape(keepdims ? spec.spatialRank : 0, 1));
    result.output.extents.push_back(input().isRankKnown ? input().extents.back() : -1);
    if (input().isComplete())
      take(nn::globalPoolShape(input().extents, keepdims));
  }
};

} // namespace

void frontend::addPoolingRules(RuleTable &table) {
  table.add<&PoolingRules::pooling>(LayerKind::MaxPooling);
  table.add<&PoolingRules::pooling>(LayerKind::AveragePooling);
  table.add<&PoolingRules::globalPooling>(LayerKind::GlobalMaxPooling);
  table.add<&PoolingRules::globalPooling>(LayerKind::GlobalAveragePooling);
}
