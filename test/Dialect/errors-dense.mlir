// One case per constraint of the dense layer's ops.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (D1) The kernel takes the input's last axis.
func.func @d1(%x: tensor<?x7x5xf32>, %w: tensor<7x3xf32>) {
  // expected-error@+2 {{the kernel takes 7 values, but the input's last axis has 5}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.dense %x, %w : (tensor<?x7x5xf32>, tensor<7x3xf32>) -> tensor<?x7x3xf32>
  return
}

// -----

// (D2) The bias is a vector of the units.
func.func @d2(%x: tensor<?x5xf32>, %w: tensor<5x3xf32>, %b: tensor<5xf32>) {
  // expected-error@+1 {{bias is 'tensor<5xf32>', expected a vector of 3}}
  %0 = nn.dense %x, %w, %b : (tensor<?x5xf32>, tensor<5x3xf32>, tensor<5xf32>) -> tensor<?x3xf32>
  return
}

// -----

// (D3) The gradient ops' shapes are those of the forward op.
func.func @d3_input(%dy: tensor<?x4xf32>, %w: tensor<5x3xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4xf32>', expected samples of the shape (None, 3)}}
  %0 = nn.dense_grad_input %dy, %w : (tensor<?x4xf32>, tensor<5x3xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @d3_kernel(%x: tensor<?x5xf32>, %dy: tensor<?x3xf32>) {
  // expected-error@+1 {{the kernel takes 6 values, but the input's last axis has 5}}
  %0 = nn.dense_grad_kernel %x, %dy : (tensor<?x5xf32>, tensor<?x3xf32>) -> tensor<6x3xf32>
  return
}
