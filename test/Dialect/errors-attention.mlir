// Each part of each constraint of attention and embeddings by itself; what is just allowed comes last.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (A1) Queries and keys go with each other.
func.func @a1(%q: tensor<?x2x5x12xf32>, %k: tensor<?x2x7x8xf32>) {
  // expected-error@+2 {{the queries (None, 2, 5, 12) do not go with the keys (None, 2, 7, 8)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.attention_scores %q, %k {heads = 2, scale = 1.0} : (tensor<?x2x5x12xf32>, tensor<?x2x7x8xf32>) -> tensor<?x2x2x5x7xf32>
  return
}

// -----

// (A2) So do their batches.
func.func @a2(%q: tensor<3x2x5x12xf32>, %k: tensor<?x2x7x12xf32>) {
  // expected-error@+1 {{the batches of 'tensor<3x2x5x12xf32>' and 'tensor<?x2x7x12xf32>' differ}}
  %0 = nn.attention_scores %q, %k {heads = 2, scale = 1.0} : (tensor<3x2x5x12xf32>, tensor<?x2x7x12xf32>) -> tensor<3x2x2x5x7xf32>
  return
}

// -----

// (A3) Weights and values go with each other.
func.func @a3(%p: tensor<?x2x2x5x7xf32>, %v: tensor<?x2x5x12xf32>) {
  // expected-error@+2 {{the weights (None, 2, 2, 5, 7) do not go with the values (None, 2, 5, 12)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.attention_mix %p, %v {scale = 1.0} : (tensor<?x2x2x5x7xf32>, tensor<?x2x5x12xf32>) -> tensor<?x2x5x12xf32>
  return
}

// -----

// (A4) A table has two axes.
func.func @a4(%x: tensor<?x5xf32>, %t: tensor<7xf32>) {
  // expected-error@+2 {{the table 7 has 1 axes, expected 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.embedding %x, %t : (tensor<?x5xf32>, tensor<7xf32>) -> tensor<?x5x7xf32>
  return
}

// -----

// (A5) The gradient is that of an embedding.
func.func @a5(%x: tensor<?x5xf32>, %g: tensor<?x5x4xf32>) {
  // expected-error@+1 {{output gradient}}
  %0 = nn.embedding_grad %x, %g : (tensor<?x5xf32>, tensor<?x5x4xf32>) -> tensor<7x3xf32>
  return
}

// -----

func.func @a1_axes(%q: tensor<?x5x12xf32>, %k: tensor<?x2x7x12xf32>) {
  // expected-error@+2 {{the queries (None, 5, 12) do not go with the keys (None, 2, 7, 12)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.attention_scores %q, %k {heads = 2, scale = 1.0} : (tensor<?x5x12xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x2x5x7xf32>
  return
}

// -----

func.func @a1_heads(%q: tensor<?x2x5x12xf32>, %k: tensor<?x2x7x12xf32>) {
  // expected-error@+2 {{the last axis of the queries (None, 2, 5, 12) is no multiple of 0 heads}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.attention_scores %q, %k {heads = 0, scale = 1.0} : (tensor<?x2x5x12xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x0x5x7xf32>
  return
}

// -----

func.func @a1_dynamic_queries(%q: tensor<?x2x?x12xf32>, %k: tensor<?x2x7x12xf32>) {
  // expected-error@+2 {{only the leading extent of an operand, the batch, may be dynamic}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.attention_scores %q, %k {heads = 2, scale = 1.0} : (tensor<?x2x?x12xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x2x?x7xf32>
  return
}

// -----

func.func @a1_dynamic_keys(%q: tensor<?x2x5x12xf32>, %k: tensor<?x2x?x12xf32>) {
  // expected-error@+2 {{only the leading extent of an operand, the batch, may be dynamic}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.attention_scores %q, %k {heads = 2, scale = 1.0} : (tensor<?x2x5x12xf32>, tensor<?x2x?x12xf32>) -> tensor<?x2x2x5x?xf32>
  return
}

// -----

func.func @a2_scalar(%q: tensor<f32>, %k: tensor<?x2x7x12xf32>) {
  // expected-error@+1 {{the batches of 'tensor<f32>' and 'tensor<?x2x7x12xf32>' differ}}
  %0 = nn.attention_scores %q, %k {heads = 2, scale = 1.0} : (tensor<f32>, tensor<?x2x7x12xf32>) -> tensor<?x2x2x5x7xf32>
  return
}

// -----

func.func @a2_mix(%p: tensor<?x2x2x5x7xf32>, %v: tensor<3x2x7x12xf32>) {
  // expected-error@+1 {{the batches of 'tensor<?x2x2x5x7xf32>' and 'tensor<3x2x7x12xf32>' differ}}
  %0 = nn.attention_mix %p, %v {scale = 1.0} : (tensor<?x2x2x5x7xf32>, tensor<3x2x7x12xf32>) -> tensor<?x2x5x12xf32>
  return
}

// -----

func.func @a3_no_heads(%p: tensor<?x2x0x5x7xf32>, %v: tensor<?x2x7x12xf32>) {
  // expected-error@+2 {{the weights (None, 2, 0, 5, 7) do not go with the values (None, 2, 7, 12)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.attention_mix %p, %v {scale = 1.0} : (tensor<?x2x0x5x7xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x5x12xf32>
  return
}

// -----

func.func @a3_dynamic_weights(%p: tensor<?x2x2x?x7xf32>, %v: tensor<?x2x7x12xf32>) {
  // expected-error@+2 {{only the leading extent of an operand, the batch, may be dynamic}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.attention_mix %p, %v {scale = 1.0} : (tensor<?x2x2x?x7xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x?x12xf32>
  return
}

// -----

func.func @a3_dynamic_values(%p: tensor<?x2x2x5x7xf32>, %v: tensor<?x2x7x?xf32>) {
  // expected-error@+2 {{only the leading extent of an operand, the batch, may be dynamic}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.attention_mix %p, %v {scale = 1.0} : (tensor<?x2x2x5x7xf32>, tensor<?x2x7x?xf32>) -> tensor<?x2x5x?xf32>
  return
}

// -----

func.func @a4_dynamic_indices(%x: tensor<?x?xf32>, %t: tensor<7x3xf32>) {
  // expected-error@+2 {{only the leading extent of an operand, the batch, may be dynamic}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.embedding %x, %t : (tensor<?x?xf32>, tensor<7x3xf32>) -> tensor<?x?x3xf32>
  return
}

// -----

func.func @a4_dynamic_table(%x: tensor<?x5xf32>, %t: tensor<?x3xf32>) {
  // expected-error@+2 {{the extents of a parameter are not static}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.embedding %x, %t : (tensor<?x5xf32>, tensor<?x3xf32>) -> tensor<?x5x3xf32>
  return
}

// -----

func.func @allowed(%q: tensor<?x2x5x12xf32>, %k: tensor<?x2x7x12xf32>, %x: tensor<?xf32>, %t: tensor<7x3xf32>) {
  %0 = nn.attention_scores %q, %k {heads = 1, scale = 1.0} : (tensor<?x2x5x12xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x1x5x7xf32>
  %1 = nn.attention_mix %0, %k {scale = 1.0} : (tensor<?x2x1x5x7xf32>, tensor<?x2x7x12xf32>) -> tensor<?x2x5x12xf32>
  %2 = nn.attention_mix %0, %q {scale = 1.0, transposed} : (tensor<?x2x1x5x7xf32>, tensor<?x2x5x12xf32>) -> tensor<?x2x7x12xf32>
  %3 = nn.embedding %x, %t : (tensor<?xf32>, tensor<7x3xf32>) -> tensor<?x3xf32>
  %4 = nn.embedding_grad %x, %3 : (tensor<?xf32>, tensor<?x3xf32>) -> tensor<7x3xf32>
  return
}
