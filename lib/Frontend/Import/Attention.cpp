// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Attention and embeddings as ops.

#include "LayerImport.h"

#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Attention.h"
#include "nncc/Dialect/NN/Ops/Dense.h"
#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Dialect/NN/Ops/Pooling.h"
#include "nncc/Dialect/NN/Ops/Shape.h"

#include <cmath>

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;

namespace {

struct AttentionImport : LayerImport {
  using LayerImport::LayerImport;

  /// Says which tensors the layer takes in which order, where its ops read them in another or more than once.
  mlir::Value withInputNames(mlir::Value output) {
    llvm::SmallVector<StringRef> names;
    for (TensorNumber tensor : layer.inputs)
      names.push_back(tensor < model.inputs.size() ? StringRef(model.inputs[tensor].name)
                                                   : StringRef(model.layers[tensor - model.inputs.size()].name));
    if (names.size() == 1) // Keras' call is given it as the value too
      names.push_back(names.front());
    output.getDefiningOp()->setAttr(nn::kInputsAttrName, builder.getStrArrayAttr(names));
    return output;
  }

  mlir::UnitAttr causalMask() { return flag("use_causal_mask") ? builder.getUnitAttr() : mlir::UnitAttr(); }

  /// The values mixed by the softmax of their scores. Source: keras/layers/attention, _compute_attention and _apply_scores.
  mlir::Value attend(mlir::Value scores, mlir::Value value) {
    mlir::Value weights = create<nn::SoftmaxOp>(scores, uint64_t(4));
    if (argument("dropout").number > 0)
      weights = dropout(weights, argument("dropout"), Value());
    return create<nn::AttentionMixOp>(weights, value, f64(1), mlir::UnitAttr());
  }

  mlir::Value multiHeadAttention() {
    const nn::Shape &query = inputShape();
    const size_t rank = query.size();
    const int64_t heads = argument("num_heads").integer, depth = argument("key_dim").integer;
    const int64_t width = argument("value_dim").isNone() ? depth : argument("value_dim").integer;
    // 1. Axes of places: those it does not attend over, then the others; the features stay last.
    std::vector<int64_t> attended = attentionAxes(argument("attention_axes"), rank);
    llvm::sort(attended);
    std::vector<int64_t> last = attended;
    last.push_back(static_cast<int64_t>(rank));
    const AxisOrder order = axesLast(last);
    nn::Shape places;
    for (int64_t axis : llvm::ArrayRef(order.there).drop_back())
      places.push_back(query[axis - 1]);
    const int64_t groups = product(nn::Extents(places).drop_back(attended.size()));
    // 2. Query, key and value by heads, [groups, places, heads * depth].
    auto project = [&](size_t which, StringRef kernelName, StringRef biasName, int64_t features) {
      const nn::Shape &shape = inputShape(which);
      mlir::Value kernel = read(kernelName, {shape.back(), heads * features});
      mlir::Value bias = read(biasName, heads * features);
      mlir::Value value = create<nn::DenseOp>(input(which), kernel, bias, nn::Activation::Linear);
      int64_t own = 1;
      for (int64_t axis : attended)
        own *= shape[axis - 1];
      return reshape(permute(value, order.there), {groups, own, heads * features});
    };
    const size_t ofValue = layer.inputs.size() > 1 ? 1 : 0, ofKey = layer.inputs.size() > 2 ? 2 : ofValue;
    mlir::Value q = project(0, "query/kernel", "query/bias", depth), k = project(ofKey, "key/kernel", "key/bias", depth);
    mlir::Value v = project(ofValue, "value/kernel", "value/bias", width);
    // 3. Attention.
    mlir::Value scores = create<nn::AttentionScoresOp>(q, k, builder.getI64IntegerAttr(heads),
                                                       f64(1 / std::sqrt(double(depth))), causalMask());
    nn::Shape shape = places;
    shape.push_back(heads * width);
    mlir::Value value = permute(reshape(attend(scores, v), shape), order.back);
    // 4. The heads of a place joined.
    const int64_t features = product(nn::Extents(layer.output).drop_front(rank - 1));
    mlir::Value kernel = read("attention_output/kernel", {heads * width, features});
    mlir::Value bias = read("attention_output/bias", features);
    value = create<nn::DenseOp>(value, kernel, bias, nn::Activation::Linear);
    return withInputNames(reshape(value, layer.output));
  }

  /// weight * sum over d of tanh(scale * (query[t, d] + key[s, d])), [groups, 1, queries, keys].
  mlir::Value additiveScores(mlir::Value query, mlir::Value key) {
    auto shapeOf = [](mlir::Value value) { return mlir::cast<mlir::RankedTensorType>(value.getType()).getShape(); };
    const int64_t groups = shapeOf(query)[1], queries = shapeOf(query)[2], keys = shapeOf(key)[2];
    const int64_t depth = shapeOf(query)[3];
    const llvm::SmallVector<int64_t> pairs = {groups, queries, keys, depth};
    mlir::Value scale = read("scale"), weight = read("concat_score_weight");
    mlir::Value each = create<nn::BroadcastOp>(reshape(query, {groups, queries, 1, depth}), llvm::ArrayRef<int64_t>(pairs));
    mlir::Value other = create<nn::BroadcastOp>(reshape(key, {groups, 1, keys, depth}), llvm::ArrayRef<int64_t>(pairs));
    mlir::Value sum = create<nn::AddOp>(mlir::ValueRange{each, other});
    if (scale)
      sum = create<nn::ScaleByOp>(sum, scale);
    sum = create<nn::ActivationOp>(sum, nn::Activation::Tanh);
    // Summed over d as `depth` times the mean of the only spatial axis.
    sum = permute(reshape(sum, {groups * queries * keys, depth}), {2, 1});
    sum = create<nn::GlobalAveragePoolOp>(sum, false);
    sum = create<nn::ScaleByOp>(create<nn::RescaleOp>(sum, f64(double(depth)), f64(0)), weight);
    return reshape(sum, {groups, 1, queries, keys});
  }

  mlir::Value attention() {
    // Query, key and value as [groups, places, features].
    auto grouped = [&](size_t which) {
      const nn::Extents shape = inputShape(which);
      return reshape(input(which), {product(shape.drop_back(2)), shape[shape.size() - 2], shape.back()});
    };
    mlir::Value q = grouped(0), v = grouped(1), k = layer.inputs.size() > 2 ? grouped(2) : v;
    auto products = [&](mlir::Value query, double factor) {
      return create<nn::AttentionScoresOp>(query, k, builder.getI64IntegerAttr(1), f64(factor), causalMask());
    };
    mlir::Value scores;
    if (argument("score_mode").text() == "concat") {
      scores = additiveScores(q, k);
      if (causalMask()) // zeros, but for the mask
        scores = create<nn::AddOp>(mlir::ValueRange{scores, products(q, 0)});
    } else {
      mlir::Value scale = read("scale");
      scores = products(scale ? create<nn::ScaleByOp>(q, scale) : q, 1);
    }
    return withInputNames(reshape(attend(scores, v), layer.output));
  }

  mlir::Value embedding() {
    mlir::Value table = read("embeddings");
    return create<nn::EmbeddingOp>(input(), table);
  }

  static int64_t product(nn::Extents extents) {
    int64_t all = 1;
    for (int64_t extent : extents)
      all *= extent;
    return all;
  }
};

} // namespace

void frontend::addAttentionImports(ImportTable &table) {
  table.add<&AttentionImport::multiHeadAttention>(LayerKind::MultiHeadAttention);
  table.add<&AttentionImport::attention>(LayerKind::Attention);
  table.add<&AttentionImport::embedding>(LayerKind::Embedding);
}
