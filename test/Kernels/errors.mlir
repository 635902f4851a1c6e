// RUN: nncc-opt %s -split-input-file -verify-diagnostics -nn-to-loops

func.func @predict(%x: tensor<?x7xf32>) -> tensor<?x7xf32> attributes {nn.entry} {
  // expected-error@+1 {{there is no variable 'dense/kernel' in the module}}
  %0 = nn.read @"dense/kernel" : tensor<7xf32>
  return %x : tensor<?x7xf32>
}

// -----

// An op that no family knows, here of another dialect.
func.func @predict(%x: tensor<?x7xf32>) -> tensor<?x7xf32> attributes {nn.entry} {
  // expected-error@+1 {{there is no code generator for 'tensor.cast'}}
  %0 = tensor.cast %x : tensor<?x7xf32> to tensor<?x7xf32>
  return %0 : tensor<?x7xf32>
}
