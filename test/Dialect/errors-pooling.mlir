// Each part of each constraint of the pooling ops by itself; what is just allowed comes last.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (P1) Window and strides have one positive value an axis.
func.func @p1_window(%x: tensor<?x8x8x1xf32>) {
  // expected-error@+2 {{window has 1 values, expected 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.max_pool %x {window = array<i64: 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
    : (tensor<?x8x8x1xf32>) -> tensor<?x4x4x1xf32>
  return
}

// -----

// (P1) A padding is smaller than its window.
func.func @p1_padding(%x: tensor<?x8x1xf32>) {
  // expected-error@+2 {{the padding 2 is not smaller than its window of 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.average_pool %x {window = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 2, 0>}
    : (tensor<?x8x1xf32>) -> tensor<?x5x1xf32>
  return
}

// -----

// (P2) The window fits the padded input.
func.func @p2(%x: tensor<?x3x3x1xf32>) {
  // expected-error@+2 {{MaxPooling2D 'pool': the 4x4 pool does not fit the 3x3 input with padding=valid}}
  // expected-error@+1 {{failed to infer returned types}}
  %0:2 = nn.max_pool_train %x {window = array<i64: 4, 4>, strides = array<i64: 4, 4>, padding = array<i64: 0, 0, 0, 0>,
                               nn.layer = #nn.layer<"pool", "MaxPooling2D">}
    : (tensor<?x3x3x1xf32>) -> (tensor<?x1x1x1xf32>, tensor<?x1x1x1xi8>)
  return
}

// -----

// (P3) A global pool has a spatial axis.
func.func @p3(%x: tensor<?x3xf32>) {
  // expected-error@+2 {{the input (None, 3) has no spatial axis}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.global_max_pool %x : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

// (P4) A pool's gradient has the shapes of the forward op.
func.func @p4(%dy: tensor<?x3x1xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x3x1xf32>', expected samples of the shape (None, 4, 1)}}
  %0 = nn.average_pool_grad %dy {window = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>}
    : (tensor<?x3x1xf32>) -> tensor<?x8x1xf32>
  return
}

// -----

// (P5) The argmax belongs to the output gradient: i8 for a window of 2.
func.func @p5(%dy: tensor<?x4x1xf32>, %argmax: tensor<?x4x1xi32>) {
  // expected-error@+1 {{the argmax is 'tensor<?x4x1xi32>', expected 'tensor<?x4x1xi8>'}}
  %0 = nn.max_pool_grad %dy, %argmax {window = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>}
    : (tensor<?x4x1xf32>, tensor<?x4x1xi32>) -> tensor<?x8x1xf32>
  return
}

// -----

// (P6) A global pool's gradient has lost the spatial axes.
func.func @p6(%dy: tensor<?x4xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4xf32>', expected samples of the shape (None, 3)}}
  %0 = nn.global_average_pool_grad %dy : (tensor<?x4xf32>) -> tensor<?x8x3xf32>
  return
}

// -----

func.func @p1_scalar(%x: tensor<f32>) {
  // expected-error@+2 {{an operand has no batch axis}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.max_pool %x {window = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>} : (tensor<f32>) -> tensor<?x4x1xf32>
  return
}

// -----

// (P2) of the op that returns positions: they are of the pool's shape.
func.func @p2_argmax(%x: tensor<?x8x1xf32>) {
  // expected-error@+2 {{inferred type(s) 'tensor<?x4x1xf32>', 'tensor<?x4x1xi8>' are incompatible}}
  // expected-error@+1 {{failed to infer returned types}}
  %0:2 = nn.max_pool_train %x {window = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>}
    : (tensor<?x8x1xf32>) -> (tensor<?x4x1xf32>, tensor<?x4x1xi32>)
  return
}

// -----

func.func @p3_average(%x: tensor<?x3xf32>) {
  // expected-error@+2 {{the input (None, 3) has no spatial axis}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.global_average_pool %x : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @p4_scalar(%dy: tensor<?x4x1xf32>) {
  // expected-error@+1 {{the input gradient has no batch axis}}
  %0 = nn.average_pool_grad %dy {window = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>} : (tensor<?x4x1xf32>) -> tensor<f32>
  return
}

// -----

func.func @p4_max(%dy: tensor<?x3x1xf32>, %argmax: tensor<?x3x1xi8>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x3x1xf32>', expected samples of the shape (None, 4, 1)}}
  %0 = nn.max_pool_grad %dy, %argmax {window = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>}
    : (tensor<?x3x1xf32>, tensor<?x3x1xi8>) -> tensor<?x8x1xf32>
  return
}

// -----

func.func @p5_shape(%dy: tensor<?x4x1xf32>, %argmax: tensor<?x3x1xi8>) {
  // expected-error@+1 {{the argmax is 'tensor<?x3x1xi8>', expected 'tensor<?x4x1xi8>'}}
  %0 = nn.max_pool_grad %dy, %argmax {window = array<i64: 2>, strides = array<i64: 2>, padding = array<i64: 0, 0>}
    : (tensor<?x4x1xf32>, tensor<?x3x1xi8>) -> tensor<?x8x1xf32>
  return
}

// -----

func.func @p6_scalar(%dy: tensor<?x3xf32>) {
  // expected-error@+1 {{the input has no batch axis}}
  %0 = nn.global_average_pool_grad %dy : (tensor<?x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @p6_keepdims(%dy: tensor<?x8x3xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x8x3xf32>', expected samples of the shape (None, 1, 3)}}
  %0 = nn.global_average_pool_grad %dy : (tensor<?x8x3xf32>) -> tensor<?x8x3xf32>
  return
}

// -----

func.func @p6_max(%x: tensor<?x8x3xf32>, %y: tensor<?x4xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4xf32>', expected samples of the shape (None, 3)}}
  %0 = nn.global_max_pool_grad %x, %y, %y : (tensor<?x8x3xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x8x3xf32>
  return
}

// -----

func.func @p6_max_input(%x: tensor<?x8x3xf32>, %y: tensor<?x3xf32>) {
  // expected-error@+1 {{the input gradient is 'tensor<?x7x3xf32>', expected the type of the input, 'tensor<?x8x3xf32>'}}
  %0 = nn.global_max_pool_grad %x, %y, %y : (tensor<?x8x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x7x3xf32>
  return
}

// -----

func.func @p6_max_output(%x: tensor<?x8x3xf32>, %y: tensor<?x3xf32>, %dy: tensor<?x1x3xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x1x3xf32>', expected the type of the output, 'tensor<?x3xf32>'}}
  %0 = nn.global_max_pool_grad %x, %y, %dy : (tensor<?x8x3xf32>, tensor<?x3xf32>, tensor<?x1x3xf32>) -> tensor<?x8x3xf32>
  return
}

// -----

// A byte numbers 256 positions of a window.
func.func @allowed(%x: tensor<?x300x3xf32>) {
  %0:2 = nn.max_pool_train %x {window = array<i64: 256>, strides = array<i64: 1>, padding = array<i64: 0, 0>}
    : (tensor<?x300x3xf32>) -> (tensor<?x45x3xf32>, tensor<?x45x3xi8>)
  %1 = nn.max_pool_grad %0#0, %0#1 {window = array<i64: 256>, strides = array<i64: 1>, padding = array<i64: 0, 0>}
    : (tensor<?x45x3xf32>, tensor<?x45x3xi8>) -> tensor<?x300x3xf32>
  %2 = nn.global_max_pool %x {keepdims = true} : (tensor<?x300x3xf32>) -> tensor<?x1x3xf32>
  %3 = nn.global_max_pool_grad %x, %2, %2 : (tensor<?x300x3xf32>, tensor<?x1x3xf32>, tensor<?x1x3xf32>) -> tensor<?x300x3xf32>
  %4 = nn.global_average_pool %x : (tensor<?x300x3xf32>) -> tensor<?x3xf32>
  %5 = nn.global_average_pool_grad %4 : (tensor<?x3xf32>) -> tensor<?x300x3xf32>
  return
}
