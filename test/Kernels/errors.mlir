// RUN: nncc-opt %s -split-input-file -verify-diagnostics -nn-to-loops

// An op that no family knows, here of another dialect.
func.func @predict(%x: tensor<?x7xf32>) -> tensor<?x7xf32> attributes {nn.entry} {
  // expected-error@+1 {{there is no code generator for 'tensor.cast'}}
  %0 = tensor.cast %x : tensor<?x7xf32> to tensor<?x7xf32>
  return %0 : tensor<?x7xf32>
}
