// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Attention and embeddings: shapes and variables.

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

namespace {

struct AttentionRules : LayerRule {
  using LayerRule::LayerRule;

  /// Query, value and key; without a key it is the value, without a value the query.
  const KnownShape &value() const { return inputs[inputs.size() > 1 ? 1 : 0]; }
  const KnownShape &key() const { return inputs[inputs.size() > 2 ? 2 : inputs.size() - 1]; }

  /// The error of a shape that does not fit 63 bits, if it is one.
  bool fits(llvm::Expected<nn::Shape> shape) {
    if (shape)
      return true;
    fails(shape.takeError());
    return false;
  }

  /// What all attention wants of its tensors: equal ranks of two or more; value and key of equal extents but the last.
  bool checkAttention() {
    if (!areInputsComplete())
      return false;
    const nn::Extents query = input().extents, values = value().extents, keys = key().extents;
    if (query.size() < 2)
      fails("it takes samples of two or more axes (places, features), found " + Twine(query.size()));
    else if (values.size() != query.size() || keys.size() != query.size())
      fails("its query " + nn::formatShape(query) + ", value " + nn::formatShape(values) + " and key " +
            nn::formatShape(keys) + " differ in their number of axes");
    else if (values.drop_back() != keys.drop_back())
      fails("its value " + nn::formatShape(values) + " and key " + nn::formatShape(keys) +
            " differ in more than the last axis");
    return result.shapeError.empty();
  }

  /// Groups that do not see each other, queries, and keys.
  struct Places {
    int64_t groups = 1, queries = 1, keys = 1;
  };

  /// Without axes: none where the others of query and value differ.
  std::optional<Places> places(llvm::ArrayRef<int64_t> axes) {
    Places found;
    for (size_t axis = 1; axis < rank(); ++axis) {
      const int64_t own = input().extents[axis - 1], other = value().extents[axis - 1];
      const bool attends = llvm::is_contained(axes, static_cast<int64_t>(axis));
      if (!attends && own != other) {
        fails("its query " + nn::formatShape(input().extents) + " and value " + nn::formatShape(value().extents) +
              " differ in axis " + Twine(axis) + ", over which it does not attend");
        return std::nullopt;
      }
      // No product overflows: a tensor's elements fit.
      (attends ? found.queries : found.groups) *= own;
      found.keys *= attends ? other : 1;
    }
    return found;
  }

  /// attention_axes and use_causal_mask; false after an error.
  bool checkAttentionAxes() {
    const Value &given = argument("attention_axes");
    std::vector<int64_t> axes = attentionAxes(given, rank());
    const int64_t last = static_cast<int64_t>(rank()) - 1;
    if (axes.empty() || llvm::any_of(axes, [&](int64_t axis) { return axis < 1 || axis > last; })) {
      argumentError("attention_axes", "expected axes from 1 to " + Twine(last) + " for 'attention_axes' of " + spec.name +
                                          " (0 is the batch, " + Twine(last + 1) + " the features), found " +
                                          describe(given));
      return false;
    }
    llvm::sort(axes);
    if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
      argumentError("attention_axes", "an axis of " + spec.name + " is there twice in " + describe(given));
      return false;
    }
    if (flag("use_causal_mask") && (last != 1 || axes.size() != 1)) {
      argumentError("use_causal_mask", "use_causal_mask of " + spec.name + " needs samples of one axis and features");
      return false;
    }
    return true;
  }

  void multiHeadAttention() {
    const Value &more = argument("output_shape");
    if (more.isKnown() && !more.isNone()) {
      const std::vector<int64_t> extents = oneOrMore(more);
      if (extents.empty() || llvm::any_of(extents, [](int64_t extent) { return extent < 1; })) {
        argumentError("output_shape",
                      "expected integers >= 1 for 'output_shape' of " + spec.name + ", found " + describe(more));
        return;
      }
    }
    if (input().isRankKnown && more.isKnown())
      result.output = KnownShape::ofRank(input().extents.size() - 1 + (more.isNone() ? 1 : oneOrMore(more).size()));
    if (!known({"num_heads", "key_dim", "value_dim", "use_bias", "output_shape", "attention_axes", "use_causal_mask"}) ||
        !checkAttention() || !checkAttentionAxes())
      return;
    const int64_t heads = argument("num_heads").integer, depth = argument("key_dim").integer;
    const int64_t width = argument("value_dim").isNone() ? depth : argument("value_dim").integer;
    nn::Shape output = {input().extents.back()};
    if (!more.isNone()) {
      const std::vector<int64_t> extents = oneOrMore(more);
      output.assign(extents.begin(), extents.end());
    }
    const size_t outputRank = rank() - 1 + output.size();
    if (outputRank > kMaxRank) {
      argumentError("output_shape", "the output of " + spec.name + " has " + Twine(outputRank) + " axes; at most " +
                                        Twine(kMaxRank) + " are supported");
      return;
    }
    // 1. Weights.
    auto projection = [&](StringRef kernel, StringRef bias, nn::Shape from, nn::Extents to) {
      from.append(to.begin(), to.end());
      variable(kernel, from, "kernel_initializer");
      if (flag("use_bias"))
        variable(bias, nn::Shape(to), "bias_initializer");
    };
    projection("query/kernel", "query/bias", {input().extents.back()}, {heads, depth});
    projection("key/kernel", "key/bias", {key().extents.back()}, {heads, depth});
    projection("value/kernel", "value/bias", {value().extents.back()}, {heads, width});
    projection("attention_output/kernel", "attention_output/bias", {heads, width}, output);
    if (!result.shapeError.empty())
      return;
    // 2. What stands between them fits too. (N * D and N * V are parts of a variable's elements.)
    std::optional<Places> all = places(attentionAxes(argument("attention_axes"), rank()));
    if (!all ||
        !fits(nn::denseShape({all->groups, all->queries, input().extents.back()}, {input().extents.back(), heads * depth})) ||
        !fits(nn::denseShape({all->groups, all->keys, key().extents.back()}, {key().extents.back(), heads * depth})) ||
        !fits(nn::denseShape({all->groups, all->keys, value().extents.back()}, {value().extents.back(), heads * width})) ||
        !fits(nn::attentionScoresShape({all->groups, all->queries, heads * depth}, {all->groups, all->keys, heads * depth},
                                       heads)) ||
        !fits(nn::attentionMixShape({all->groups, heads, all->queries, all->keys}, {all->groups, all->keys, heads * width},
                                    false)))
      return;
    nn::Shape shape(nn::Extents(input().extents).drop_back());
    shape.append(output);
    if (llvm::Expected<int64_t> count = nn::elementCount(shape))
      result.output = KnownShape::of(std::move(shape));
    else
      fails(count.takeError());
  }

  void attention() {
    if (input().isRankKnown)
      result.output = KnownShape::ofRank(input().extents.size());
    if (!known({"use_scale", "score_mode", "use_causal_mask"}) || !checkAttention())
      return;
    // tf.matmul: all axes but the last two are kept.
    const int64_t last = static_cast<int64_t>(rank()) - 1;
    if (input().extents.back() != key().extents.back())
      return fails("the last axes of its query " + nn::formatShape(input().extents) + " and key " +
                   nn::formatShape(key().extents) + " differ");
    std::optional<Places> all = places({last});
    if (!all)
      return;
    auto one = [&](StringRef name) {
      result.variables.push_back({name, {}, Value::call("Ones", {}, where), true});
    };
    if (flag("use_scale"))
      one("scale");
    if (argument("score_mode").text() == "concat") {
      one("concat_score_weight");
      llvm::Expected<int64_t> count =
          nn::elementCount(nn::Shape{all->groups, all->queries, all->keys, input().extents.back()});
      if (!count)
        return fails(count.takeError());
    }
    if (!fits(nn::attentionScoresShape({all->groups, all->queries, input().extents.back()},
                                       {all->groups, all->keys, input().extents.back()}, 1)) ||
        !fits(nn::attentionMixShape({all->groups, 1, all->queries, all->keys},
                                    {all->groups, all->keys, value().extents.back()}, false)))
      return;
    result.output = input();
    result.output.extents.back() = value().extents.back();
  }

  void embedding() {
    if (input().isRankKnown) {
      result.output = input();
      result.output.extents.push_back(argument("output_dim").isKnown() ? argument("output_dim").integer : -1);
    }
    if (!input().isComplete() || !known({"input_dim", "output_dim", "input_length"}))
      return;
    const Value &length = argument("input_length");
    if (!length.isNone()) {
      const std::vector<int64_t> extents = oneOrMore(length);
      if (nn::Extents(extents) != nn::Extents(input().extents))
        return fails("input_length is " + describe(length) + ", but its input has the shape " +
                     nn::formatShape(input().extents));
    }
    if (rank() + 1 > kMaxRank)
      return fails("its output has " + Twine(rank() + 1) + " axes; at most " + Twine(kMaxRank) + " are supported");
    const nn::Shape table = {argument("input_dim").integer, argument("output_dim").integer};
    variable("embeddings", table, "embeddings_initializer");
    if (result.shapeError.empty())
      take(nn::embeddingShape(input().extents, table));
  }
};

} // namespace

void frontend::addAttentionRules(RuleTable &table) {
  table.add<&AttentionRules::multiHeadAttention>(LayerKind::MultiHeadAttention);
  table.add<&AttentionRules::attention>(LayerKind::Attention);
  table.add<&AttentionRules::embedding>(LayerKind::Embedding);
}
