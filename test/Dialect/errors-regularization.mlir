// Each part of each constraint of dropout, noise and penalties by itself; what is just allowed comes last.
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

// -----

func.func @r1_negative(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{rate is -5.000000e-01, expected a number in [0, 1)}}
  %0 = nn.dropout %x {rate = -0.5, stream = 0 : i32} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @r1_spatial(%x: tensor<?x4x3xf32>) {
  // expected-error@+1 {{rate is 1.0}}
  %0 = nn.spatial_dropout %x {rate = 1.0, stream = 0 : i32} : (tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  return
}

// -----

func.func @r2_negative(%x: tensor<?x4x3xf32>) {
  // expected-error@+1 {{shared has the axis -1, expected ascending axes below 3}}
  %0 = nn.spatial_dropout %x {rate = 0.5, shared = array<i64: -1>, stream = 0 : i32} : (tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  return
}

// -----

func.func @r4_l1(%x: tensor<4xf32>) {
  // expected-error@+1 {{l1 is -1.0}}
  %0 = nn.penalty %x {l1 = -1.0, l2 = 0.0, per_sample = false} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @r4_infinite(%x: tensor<4xf32>) {
  // expected-error@+1 {{l1 is INF, expected a finite number that is not negative}}
  %0 = nn.penalty %x {l1 = 0x7FF0000000000000 : f64, l2 = 0.0, per_sample = false} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @r4_gradient(%x: tensor<4xf32>) {
  // expected-error@+1 {{l2 is -1.0}}
  %0 = nn.penalty_grad %x {l1 = 0.0, l2 = -1.0, per_sample = false} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @r5_gradient(%x: tensor<f32>) {
  // expected-error@+1 {{per_sample needs a leading axis, found a scalar}}
  %0 = nn.penalty_grad %x {l1 = 0.0, l2 = 1.0, per_sample = true} : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @allowed(%x: tensor<?x4x3xf32>, %scalar: tensor<f32>, %vector: tensor<?xf32>) {
  %0 = nn.dropout %x {rate = 0.0, stream = 0 : i32} : (tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  %1 = nn.spatial_dropout %x {rate = 0.5, shared = array<i64: 0, 1, 2>, stream = 0 : i32} : (tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  %2 = nn.gaussian_noise %x {stddev = 0.0, stream = 0 : i32} : (tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  %3 = nn.penalty %scalar {l1 = -0.0, l2 = 0.5, per_sample = false} : (tensor<f32>) -> tensor<f32>
  %4 = nn.penalty %vector {l1 = 0.5, l2 = 0.0, per_sample = true} : (tensor<?xf32>) -> tensor<f32>
  %5 = nn.total_loss %3 : (tensor<f32>) -> tensor<f32>
  return
}
