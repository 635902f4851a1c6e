// Each part of each constraint of convolutions fused with their max pool by itself; what is just allowed comes last.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (Q1) The kernel's channels are the input's.
func.func @q1_shape(%x: tensor<?x8x3xf32>, %w: tensor<3x2x4xf32>) {
  // expected-error@+2 {{channels}}
  // expected-error@+1 {{failed to infer returned types}}
  %0:2 = nn.conv_max_pool_train %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>}
    : (tensor<?x8x3xf32>, tensor<3x2x4xf32>) -> (tensor<?x3x4xf32>, tensor<?x3x4xi8>)
  return
}

// -----

// (Q1) The bias has the filters' length.
func.func @q1_bias(%x: tensor<?x8x3xf32>, %w: tensor<3x3x4xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{bias}}
  %0:2 = nn.conv_max_pool_train %x, %w, %b {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>}
    : (tensor<?x8x3xf32>, tensor<3x3x4xf32>, tensor<3xf32>) -> (tensor<?x3x4xf32>, tensor<?x3x4xi8>)
  return
}

// -----

// (Q1) The pool fits the map.
func.func @q1_pool(%x: tensor<?x8x3xf32>, %w: tensor<3x3x4xf32>) {
  // expected-error@+2 {{the pool of 7 does not fit the input of length 6}}
  // expected-error@+1 {{failed to infer returned types}}
  %0:2 = nn.conv_max_pool_train %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 7>, strides = array<i64: 1>}
    : (tensor<?x8x3xf32>, tensor<3x3x4xf32>) -> (tensor<?x1x4xf32>, tensor<?x1x4xi8>)
  return
}

// -----

// (Q2) The pool has a value for each axis.
func.func @q2(%x: tensor<?x8x8x3xf32>, %w: tensor<3x3x3x4xf32>) {
  // expected-error@+2 {{window has 1 values, expected 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0:2 = nn.conv_max_pool_train %x, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1, 1>}
    : (tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>) -> (tensor<?x3x3x4xf32>, tensor<?x3x3x4xi8>)
  return
}

// -----

// (Q3) The argmax of a window of 2 has bytes.
func.func @q3_argmax(%dy: tensor<?x3x4xf32>, %argmax: tensor<?x3x4xi32>, %w: tensor<3x3x4xf32>) {
  // expected-error@+1 {{the argmax is 'tensor<?x3x4xi32>', expected 'tensor<?x3x4xi8>'}}
  %0 = nn.pooled_conv_grad_input %dy, %argmax, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>}
    : (tensor<?x3x4xf32>, tensor<?x3x4xi32>, tensor<3x3x4xf32>) -> tensor<?x8x3xf32>
  return
}

// -----

// (Q3) The output gradient is the pooled map's.
func.func @q3_gradient(%x: tensor<?x8x3xf32>, %dy: tensor<?x6x4xf32>, %argmax: tensor<?x6x4xi8>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x6x4xf32>', expected samples of the shape (None, 3, 4)}}
  %0 = nn.pooled_conv_grad_kernel %x, %dy, %argmax {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>}
    : (tensor<?x8x3xf32>, tensor<?x6x4xf32>, tensor<?x6x4xi8>) -> tensor<3x3x4xf32>
  return
}

// -----

// (Q4) The argmax belongs to the output gradient.
func.func @q4_argmax(%dy: tensor<?x3x4xf32>, %argmax: tensor<?x6x4xi8>) {
  // expected-error@+1 {{the argmax is 'tensor<?x6x4xi8>', expected the shape of 'tensor<?x3x4xf32>'}}
  %0 = nn.pooled_bias_grad %dy, %argmax {window_positions = 2} : (tensor<?x3x4xf32>, tensor<?x6x4xi8>) -> tensor<4xf32>
  return
}

// -----

// (Q4) A sum for each channel.
func.func @q4_result(%dy: tensor<?x3x4xf32>, %argmax: tensor<?x3x4xi8>) {
  // expected-error@+1 {{the bias gradient}}
  %0 = nn.pooled_bias_grad %dy, %argmax {window_positions = 2} : (tensor<?x3x4xf32>, tensor<?x3x4xi8>) -> tensor<3xf32>
  return
}

// -----

func.func @q3_kernel_argmax(%x: tensor<?x8x3xf32>, %dy: tensor<?x3x4xf32>, %argmax: tensor<?x2x4xi8>) {
  // expected-error@+1 {{the argmax is 'tensor<?x2x4xi8>', expected 'tensor<?x3x4xi8>'}}
  %0 = nn.pooled_conv_grad_kernel %x, %dy, %argmax {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>}
    : (tensor<?x8x3xf32>, tensor<?x3x4xf32>, tensor<?x2x4xi8>) -> tensor<3x3x4xf32>
  return
}

// -----

func.func @q3_kernel_dynamic(%x: tensor<?x8x3xf32>, %dy: tensor<?x3x4xf32>, %argmax: tensor<?x3x4xi8>) {
  // expected-error@+1 {{the kernel gradient's extents are not static}}
  %0 = nn.pooled_conv_grad_kernel %x, %dy, %argmax {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>}
    : (tensor<?x8x3xf32>, tensor<?x3x4xf32>, tensor<?x3x4xi8>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @q3_input(%dy: tensor<?x3x4xf32>, %argmax: tensor<?x3x4xi8>, %w: tensor<3x3x4xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x3x4xf32>', expected samples of the shape (None, 4, 4)}}
  %0 = nn.pooled_conv_grad_input %dy, %argmax, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>}
    : (tensor<?x3x4xf32>, tensor<?x3x4xi8>, tensor<3x3x4xf32>) -> tensor<?x10x3xf32>
  return
}

// -----

func.func @q3_input_dynamic(%dy: tensor<?x3x4xf32>, %argmax: tensor<?x3x4xi8>, %w: tensor<?x3x4xf32>) {
  // expected-error@+1 {{the kernel's extents are not static}}
  %0 = nn.pooled_conv_grad_input %dy, %argmax, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>}
    : (tensor<?x3x4xf32>, tensor<?x3x4xi8>, tensor<?x3x4xf32>) -> tensor<?x8x3xf32>
  return
}

// -----

func.func @q4_no_axis(%dy: tensor<?xf32>, %argmax: tensor<?xi8>) {
  // expected-error@+1 {{the output gradient has no axis but the batch}}
  %0 = nn.pooled_bias_grad %dy, %argmax {window_positions = 2} : (tensor<?xf32>, tensor<?xi8>) -> tensor<1xf32>
  return
}

// -----

// A window of 256 positions has bytes, one of 257 has not.
func.func @allowed(%x: tensor<?x259x3xf32>, %w: tensor<3x3x4xf32>, %dy: tensor<?x4xf32>, %argmax: tensor<?x4xi8>) {
  %0:2 = nn.conv_max_pool_train %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 256>, strides = array<i64: 1>}
    : (tensor<?x259x3xf32>, tensor<3x3x4xf32>) -> (tensor<?x1x4xf32>, tensor<?x1x4xi8>)
  %1:2 = nn.conv_max_pool_train %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, pool_size = array<i64: 257>, strides = array<i64: 1>}
    : (tensor<?x259x3xf32>, tensor<3x3x4xf32>) -> (tensor<?x1x4xf32>, tensor<?x1x4xi32>)
  %2 = nn.pooled_bias_grad %dy, %argmax {window_positions = 2} : (tensor<?x4xf32>, tensor<?x4xi8>) -> tensor<4xf32>
  return
}
