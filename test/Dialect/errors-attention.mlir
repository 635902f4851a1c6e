// One case per constraint of the ops of attention and embeddings.
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
