// RUN: nncc-opt %s -split-input-file -verify-diagnostics -nn-to-loops

// An op that no family knows, here of another dialect.
func.func @predict(%x: tensor<?x7xf32>) -> tensor<?x7xf32> attributes {nn.entry} {
  // expected-error@+1 {{there is no code generator for 'arith.negf'}}
  %0 = arith.negf %x : tensor<?x7xf32>
  return %0 : tensor<?x7xf32>
}
