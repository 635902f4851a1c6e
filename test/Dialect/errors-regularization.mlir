// One case per constraint of dropout, noise and penalties.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (R1) A rate below 1.
func.func @r1(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{rate is 1.0}}
  %0 = nn.dropout %x {rate = 1.0, stream = 0 : i32} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

// (R2) Axes of the tensor, ascending.
func.func @r2(%x: tensor<?x4x3xf32>) {
  // expected-error@+1 {{shared has the axis 3, expected ascending axes below 3}}
  %0 = nn.spatial_dropout %x {rate = 0.5, shared = array<i64: 1, 3>, stream = 0 : i32} : (tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  return
}

// -----

// (R2) Not twice.
func.func @r2_twice(%x: tensor<?x4x3xf32>) {
  // expected-error@+1 {{shared has the axis 1, expected ascending axes below 3}}
  %0 = nn.spatial_dropout %x {rate = 0.5, shared = array<i64: 1, 1>, stream = 0 : i32} : (tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  return
}

// -----

// (R3) A deviation.
func.func @r3(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{stddev is -1.0}}
  %0 = nn.gaussian_noise %x {stddev = -1.0, stream = 0 : i32} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

// (R4) Factors that are not negative.
func.func @r4(%x: tensor<4xf32>) {
  // expected-error@+1 {{l2 is -1.0}}
  %0 = nn.penalty %x {l1 = 0.0, l2 = -1.0, per_sample = false} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

// (R5) Samples stand along an axis.
func.func @r5(%x: tensor<f32>) {
  // expected-error@+1 {{per_sample needs a leading axis, found a scalar}}
  %0 = nn.penalty %x {l1 = 0.0, l2 = 1.0, per_sample = true} : (tensor<f32>) -> tensor<f32>
  return
}

// -----

// (R6) A gradient has the type of what it is a gradient of.
func.func @r6(%x: tensor<4xf32>) {
  // expected-error@+1 {{the gradient}}
  %0 = nn.penalty_grad %x {l1 = 0.0, l2 = 1.0, per_sample = false} : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @total() {
  // expected-error@+1 {{expected at least one loss}}
  %0 = nn.total_loss : () -> tensor<f32>
  return
}
