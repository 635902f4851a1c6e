// Each part of each constraint of the dense layer's ops by itself; what is just allowed comes last.
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

// -----

func.func @d1_scalar(%x: tensor<f32>, %w: tensor<5x3xf32>) {
  // expected-error@+2 {{an operand has no batch axis}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.dense %x, %w : (tensor<f32>, tensor<5x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @d1_dynamic_input(%x: tensor<?x?x5xf32>, %w: tensor<5x3xf32>) {
  // expected-error@+2 {{only the leading extent of an operand, the batch, may be dynamic}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.dense %x, %w : (tensor<?x?x5xf32>, tensor<5x3xf32>) -> tensor<?x?x3xf32>
  return
}

// -----

func.func @d1_dynamic_kernel(%x: tensor<?x5xf32>, %w: tensor<5x?xf32>) {
  // expected-error@+2 {{the extents of a parameter are not static}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.dense %x, %w : (tensor<?x5xf32>, tensor<5x?xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @d1_axes(%x: tensor<?x5xf32>, %w: tensor<5x3x1xf32>) {
  // expected-error@+2 {{the kernel 5x3x1 has 3 axes, expected 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.dense %x, %w : (tensor<?x5xf32>, tensor<5x3x1xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @d1_no_axis(%x: tensor<?xf32>, %w: tensor<5x3xf32>) {
  // expected-error@+2 {{the input (None,) has no axis but the batch}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.dense %x, %w : (tensor<?xf32>, tensor<5x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

// A kernel without an axis has no filters, so no bias goes with it.
func.func @d2_scalar(%x: tensor<?x5xf32>, %w: tensor<f32>, %b: tensor<5xf32>) {
  // expected-error@+1 {{bias is 'tensor<5xf32>', expected a vector of 0}}
  %0 = nn.dense %x, %w, %b : (tensor<?x5xf32>, tensor<f32>, tensor<5xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @d3_input_scalar(%dy: tensor<?x3xf32>, %w: tensor<5x3xf32>) {
  // expected-error@+1 {{expects a batch axis in the result and a static kernel}}
  %0 = nn.dense_grad_input %dy, %w : (tensor<?x3xf32>, tensor<5x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @d3_input_dynamic(%dy: tensor<?x3xf32>, %w: tensor<?x3xf32>) {
  // expected-error@+1 {{expects a batch axis in the result and a static kernel}}
  %0 = nn.dense_grad_input %dy, %w : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @d3_kernel_scalar(%x: tensor<f32>, %dy: tensor<?x3xf32>) {
  // expected-error@+1 {{expects a batch axis in the input and a static result}}
  %0 = nn.dense_grad_kernel %x, %dy : (tensor<f32>, tensor<?x3xf32>) -> tensor<5x3xf32>
  return
}

// -----

func.func @d3_kernel_dynamic(%x: tensor<?x5xf32>, %dy: tensor<?x3xf32>) {
  // expected-error@+1 {{expects a batch axis in the input and a static result}}
  %0 = nn.dense_grad_kernel %x, %dy : (tensor<?x5xf32>, tensor<?x3xf32>) -> tensor<5x?xf32>
  return
}

// -----

func.func @d3_kernel_output(%x: tensor<?x5xf32>, %dy: tensor<?x4xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4xf32>', expected samples of the shape (None, 3)}}
  %0 = nn.dense_grad_kernel %x, %dy : (tensor<?x5xf32>, tensor<?x4xf32>) -> tensor<5x3xf32>
  return
}

// -----

func.func @allowed(%x: tensor<?x5xf32>, %w: tensor<5x3xf32>, %b: tensor<3xf32>) {
  %0 = nn.dense %x, %w, %b : (tensor<?x5xf32>, tensor<5x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %1 = nn.dense_grad_input %0, %w : (tensor<?x3xf32>, tensor<5x3xf32>) -> tensor<?x5xf32>
  %2 = nn.dense_grad_kernel %x, %0 : (tensor<?x5xf32>, tensor<?x3xf32>) -> tensor<5x3xf32>
  return
}
