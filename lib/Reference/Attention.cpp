// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of attention and of embeddings.

#include "nncc/Dialect/NN/Ops/Attention.h"
#include "nncc/Reference/Evaluation.h"

#include <limits>
#include <optional>

namespace nncc::reference {
namespace {

/// body(weight's position, query's row, key's row, head) for all pairs; rows count over batch and groups.
template <typename Body> void forPairs(const std::vector<int64_t> &weights, Body body) {
  int64_t at = 0;
  for (int64_t group = 0; group < weights[0] * weights[1]; ++group)
    for (int64_t head = 0; head < weights[2]; ++head)
      for (int64_t t = 0; t < weights[3]; ++t)
        for (int64_t s = 0; s < weights[4]; ++s)
          body(at++, group * weights[3] + t, group * weights[4] + s, head);
}

std::vector<int64_t> extentsOf(const Tensor &tensor) { return {tensor.shape.begin(), tensor.shape.end()}; }

void attentionScores(nn::AttentionScoresOp op, Evaluation &e) {
  const Tensor &query = e[op.getQuery()], &key = e[op.getKey()];
  Tensor &y = e.result();
  const int64_t width = query.shape.back(), depth = width / int64_t(op.getHeads());
  const int64_t queries = y.shape[3], keys = y.shape[4];
  const double scale = op.getScaleAttr().getValueAsDouble();
  const bool causal = op.getCausal();
  forPairs(extentsOf(y), [&](int64_t at, int64_t t, int64_t s, int64_t head) {
    double sum = 0;
    for (int64_t d = head * depth; d < (head + 1) * depth; ++d)
      sum += query[t * width + d] * key[s * width + d];
    y[at] = scale * sum - (causal && s % keys > t % queries ? 1e9 : 0);
  });
}

void attentionMix(nn::AttentionMixOp op, Evaluation &e) {
  const Tensor &weights = e[op.getWeights()], &value = e[op.getValue()];
  Tensor &y = e.result();
  const int64_t width = value.shape.back(), depth = width / weights.shape[2];
  const double scale = op.getScaleAttr().getValueAsDouble();
  const bool transposed = op.getTransposed();
  forPairs(extentsOf(weights), [&](int64_t at, int64_t t, int64_t s, int64_t head) {
    const int64_t to = transposed ? s : t, from = transposed ? t : s;
    for (int64_t d = head * depth; d < (head + 1) * depth; ++d)
      y[to * width + d] += scale * weights[at] * value[from * width + d];
  });
}

/// The row of a table of `rows`; none for a number that has none.
std::optional<int64_t> rowOf(double index, int64_t rows) {
  if (!(index > -1 && index < double(rows)))
    return std::nullopt;
  return int64_t(index);
}

void embedding(nn::EmbeddingOp op, Evaluation &e) {
  const Tensor &indices = e[op.getIndices()], &table = e[op.getTable()];
  const int64_t width = table.shape[1];
  for (int64_t i = 0; i < indices.size(); ++i) {
    std::optional<int64_t> row = rowOf(indices[i], table.shape[0]);
    for (int64_t o = 0; o < width; ++o)
      e.result()[i * width + o] = row ? table[*row * width + o] : std::numeric_limits<double>::quiet_NaN();
  }
}

void embeddingGrad(nn::EmbeddingGradOp op, Evaluation &e) {
  const Tensor &indices = e[op.getIndices()], &dy = e[op.getOutputGradient()];
  Tensor &dtable = e.result();
  const int64_t width = dtable.shape[1];
  for (int64_t i = 0; i < indices.size(); ++i)
    if (std::optional<int64_t> row = rowOf(indices[i], dtable.shape[0]))
      for (int64_t o = 0; o < width; ++o)
        dtable[*row * width + o] += dy[i * width + o];
}

} // namespace

void addAttentionEvaluators(EvaluatorTable &table) {
  table.add<nn::AttentionScoresOp, attentionScores>();
  table.add<nn::AttentionMixOp, attentionMix>();
  table.add<nn::EmbeddingOp, embedding>();
  table.add<nn::EmbeddingGradOp, embeddingGrad>();
}

} // namespace nncc::reference
