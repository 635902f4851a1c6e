// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Layers that move elements: shapes.

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

namespace {

struct ShapeRules : LayerRule {
  using LayerRule::LayerRule;

  void flatten() {
    result.output = KnownShape::ofRank(1);
    if (!input().isComplete())
      return;
    llvm::Expected<int64_t> count = nn::elementCount(input().extents);
    if (count)
      result.output.extents = {*count};
    else
      fails(count.takeError());
  }

  void reshape() {
    const Value &target = argument("target_shape");
    if (!target.isKnown())
      return;
    const std::vector<int64_t> shape = target.integers();
    if (shape.size() > kMaxRank) {
      argumentError("target_shape", "the target_shape of Reshape has " + Twine(shape.size()) + " axes; at most " +
                                        Twine(kMaxRank) + " are supported");
      return;
    }
    if (llvm::count(shape, -1) > 1) {
      argumentError("target_shape", "the target_shape of Reshape has more than one -1")
          .note("at most one extent can be inferred");
      return;
    }
    result.output = KnownShape::of(nn::Shape(shape.begin(), shape.end()));
    if (input().isComplete())
      take(nn::reshapeShape(input().extents, shape));
  }

  void permute() {
    if (!known({"dims"}))
      return;
    const std::vector<int64_t> dims = argument("dims").integers();
    result.output = KnownShape::ofRank(dims.size());
    if (input().isComplete())
      take(nn::permuteShape(input().extents, dims));
  }

  void repeatVector() {
    const Value &n = argument("n");
    result.output = KnownShape::ofRank(2);
    if (n.isKnown())
      result.output.extents[0] = n.integer;
    if (!input().isRankKnown)
      return;
    if (rank() != 1)
      return fails("it takes samples of one axis, found " + Twine(rank()));
    result.output.extents[1] = input().extents[0];
    if (n.isKnown() && input().isComplete())
      take(nn::repeatShape({1, input().extents[0]}, {n.integer, input().extents[0]}));
  }

  void zeroPadding() { pad("padding", 1); }
  void cropping() { pad("cropping", -1); }
  void pad(StringRef name, int64_t sign) {
    result.output = KnownShape::ofRank(spec.spatialRank + 1);
    if (input().isRankKnown)
      result.output.extents.back() = input().extents.back();
    if (input().isComplete() && known({name}))
      take(nn::padShape(input().extents, signedPadding(argument(name), sign)));
  }

  void upSampling() {
    result.output = KnownShape::ofRank(spec.spatialRank + 1);
    if (input().isRankKnown)
      result.output.extents.back() = input().extents.back();
    if (!input().isComplete() || !known({"size"}))
      return;
    const std::vector<int64_t> size = argument("size").integers();
    const auto [apart, repeated] = splitForUpSampling(input().extents, size);
    nn::Shape joined = input().extents;
    // An extent that overflows has overflown in `repeated` as well, which is looked at first.
    for (size_t axis = 0; axis < size.size(); ++axis)
      joined[axis] = static_cast<int64_t>(static_cast<uint64_t>(joined[axis]) * static_cast<uint64_t>(size[axis]));
    if (llvm::Expected<nn::Shape> whole = nn::repeatShape(apart, repeated))
      take(nn::reshapeShape(*whole, joined));
    else
      take(std::move(whole));
  }
};

} // namespace

void frontend::addShapeRules(RuleTable &table) {
  table.add<&ShapeRules::flatten>(LayerKind::Flatten);
  table.add<&ShapeRules::reshape>(LayerKind::Reshape);
  table.add<&ShapeRules::permute>(LayerKind::Permute);
  table.add<&ShapeRules::repeatVector>(LayerKind::RepeatVector);
  table.add<&ShapeRules::zeroPadding>(LayerKind::ZeroPadding);
  table.add<&ShapeRules::cropping>(LayerKind::Cropping);
  table.add<&ShapeRules::upSampling>(LayerKind::UpSampling);
}
