// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_ATTENTION_TD
#define NNCC_DIALECT_NN_OPS_ATTENTION_TD

include "nncc/Dialect/NN/NNBase.td"

// Attention is nn.attention_scores, a softmax, perhaps a dropout, and nn.attention_mix; each of the two is the gradient of the
// other. A sample is `G` groups that do not see each other, of `T` queries and `S` keys and values; the last axis has the heads one
// after the other, `N * D`.

def NN_AttentionScoresOp : NN_LayerOp<"attention_scores"> {
  let summary = "scaled products of all queries with all keys, by heads";
  let description = [{
    query `[B, G, T, N * D]`, key `[B, G, S, N * D]`, result `[B, G, N, T, S]`:

        y[b, g, n, t, s] = scale * sum over d of query[b, g, t, n * D + d] * key[b, g, s, n * D + d]

    less 1e9 where `causal` and s > t.
    (A1) Four axes, equal but for T and S; `heads` (N) divides the last. (A2) The batches are equal.
    Source: keras/layers/attention/multi_head_attention.py, base_dense_attention.py.
  }];
  let arguments = (ins NN_Tensor:$query, NN_Tensor:$key, I64Attr:$heads, F64Attr:$scale, UnitAttr:$causal);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$query `,` $key attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_AttentionMixOp : NN_LayerOp<"attention_mix"> {
  let summary = "scaled sums of values with weights, by heads";
  let description = [{
    weights `[B, G, N, T, S]`, value `[B, G, S, N * V]`, result `[B, G, T, N * V]`:

        y[b, g, t, n * V + v] = scale * sum over s of weights[b, g, n, t, s] * value[b, g, s, n * V + v]

    `transposed` swaps T and S in value, sum and result.
    (A3) Five and four axes; G and S (or T) agree, N divides the value's last extent. (A2) The batches are equal.
    Source: as for nn.attention_scores.
  }];
  let arguments = (ins NN_Tensor:$weights, NN_Tensor:$value, F64Attr:$scale, UnitAttr:$transposed);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$weights `,` $value attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_EmbeddingOp : NN_LayerOp<"embedding"> {
  let summary = "rows of a table by their numbers";
  let description = [{
    indices `[B, ...]`, table `[I, O]`, result `[B, ..., O]`: y[b, ..., o] = table[indices[b, ...], o]. Indices are cut to integers
    (towards 0); one outside of 0 to I - 1 gives NaNs.
    (A4) The table has two axes. Source: keras/layers/core/embedding.py.
  }];
  let arguments = (ins NN_Tensor:$indices, NN_Tensor:$table);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$indices `,` $table attr-dict `:` functional-type(operands, results)";
}

def NN_EmbeddingGradOp : NN_GradientOp<"embedding_grad"> {
  let summary = "gradient of nn.embedding with respect to its table";
  let description = [{
    dtable[i, o] = sum of dy[b, ..., o] over the places whose index is i, in row-major order. (A4). (A5) The output gradient has the
    shape that nn.embedding gives.
  }];
  let arguments = (ins NN_Tensor:$indices, NN_Tensor:$output_gradient);
  let results = (outs NN_Tensor:$table_gradient);
  let assemblyFormat = "$indices `,` $output_gradient attr-dict `:` functional-type(operands, results)";
}

#endif // NNCC_DIALECT_NN_OPS_ATTENTION_TD
