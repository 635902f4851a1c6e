// Each part of each constraint of what changes shapes by itself; what is just allowed comes last.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (S1) The element counts are equal.
func.func @s1(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{the shape of 25 elements does not fit the input's 24 elements}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.reshape %x {shape = array<i64: 25>} : (tensor<?x6x4xf32>) -> tensor<?x25xf32>
  return
}

// -----

// (S2) The shape is resolved.
func.func @s2(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{the shape still holds a -1}}
  %0 = nn.reshape %x {shape = array<i64: -1>} : (tensor<?x6x4xf32>) -> tensor<?x24xf32>
  return
}

// -----

// (S4) Each axis once.
func.func @s4(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{the dims [1, 1] are not a permutation of the axes 1 to 2 of the input (None, 6, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.permute %x {permutation = array<i64: 1, 1>} : (tensor<?x6x4xf32>) -> tensor<?x6x6xf32>
  return
}

// -----

// (S5) One pair for each axis.
func.func @s5(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{there are 2 numbers of padding for 2 axes, expected twice as many}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.pad %x {padding = array<i64: 1, 1>} : (tensor<?x6x4xf32>) -> tensor<?x8x4xf32>
  return
}

// -----

// (S6) Something remains.
func.func @s6(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{cropping 4 and 2 leaves nothing of the extent 6 of the input (None, 6, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.pad %x {padding = array<i64: -4, -2, 0, 0>} : (tensor<?x6x4xf32>) -> tensor<?x0x4xf32>
  return
}

// -----

// (S7) Only axes of extent 1 are repeated.
func.func @s7(%x: tensor<?x6x1xf32>) {
  // expected-error@+2 {{the shape (None, 6, 1) cannot be repeated to (None, 12, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.broadcast %x {shape = array<i64: 12, 4>} : (tensor<?x6x1xf32>) -> tensor<?x12x4xf32>
  return
}

// -----

// (S8) The result's extents are the input's, or 1.
func.func @s8(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{'tensor<?x6x4xf32>' cannot be summed to 'tensor<?x3x1xf32>'}}
  %0 = nn.reduce_sum %x : (tensor<?x6x4xf32>) -> tensor<?x3x1xf32>
  return
}

// -----

// (S9) One factor for each axis but the channels.
func.func @s9(%x: tensor<?x6x4x3xf32>) {
  // expected-error@+2 {{1 factors do not fit samples of 3 axes}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.resize %x {factors = array<i64: 2>, interpolation = "bilinear"} : (tensor<?x6x4x3xf32>) -> tensor<?x12x4x3xf32>
  return
}

// -----

// (S9) A factor is positive.
func.func @s9_zero(%x: tensor<?x6x4x3xf32>) {
  // expected-error@+2 {{the factor 0 is not positive}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.resize %x {factors = array<i64: 2, 0>, interpolation = "bilinear"} : (tensor<?x6x4x3xf32>) -> tensor<?x12x4x3xf32>
  return
}

// -----

// (S10) The interpolation is known.
func.func @s10(%x: tensor<?x6x4x3xf32>) {
  // expected-error@+1 {{the interpolation 'nearest' is unknown; expected one of bilinear, bicubic}}
  %0 = nn.resize %x {factors = array<i64: 2, 1>, interpolation = "nearest"} : (tensor<?x6x4x3xf32>) -> tensor<?x12x4x3xf32>
  return
}

// -----

// (S11) The output gradient has the enlarged extents.
func.func @s11(%x: tensor<?x6x4x3xf32>) {
  // expected-error@+1 {{the output gradient}}
  %0 = nn.resize_grad %x {factors = array<i64: 2, 1>, interpolation = "bilinear"} : (tensor<?x6x4x3xf32>) -> tensor<?x2x4x3xf32>
  return
}

// -----

// (S1) A sample stands behind a batch.
func.func @s1_scalar(%x: tensor<f32>) {
  // expected-error@+2 {{an operand has no batch axis}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.reshape %x {shape = array<i64: 1>} : (tensor<f32>) -> tensor<1xf32>
  return
}

// -----

func.func @s1_zero(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{the extent 0 of the shape is neither positive nor -1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.reshape %x {shape = array<i64: 24, 0>} : (tensor<?x6x4xf32>) -> tensor<?x24x0xf32>
  return
}

// -----

func.func @s1_empty(%x: tensor<?x6x0xf32>) {
  // expected-error@+2 {{the extent 0 of 6x0 is not positive}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.reshape %x {shape = array<i64: 6>} : (tensor<?x6x0xf32>) -> tensor<?x6xf32>
  return
}

// -----

// (S3) Zeros have the type of what they are like.
func.func @s3(%x: tensor<?x6xf32>) {
  // expected-error@+1 {{expected a result of the operand's type 'tensor<?x6xf32>'}}
  %0 = nn.zeros_like %x : (tensor<?x6xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @s4_too_few(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{the dims [1] are not a permutation of the axes 1 to 2 of the input (None, 6, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.permute %x {permutation = array<i64: 1>} : (tensor<?x6x4xf32>) -> tensor<?x6xf32>
  return
}

// -----

func.func @s4_too_many(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{the dims [3, 1, 2] are not a permutation of the axes 1 to 2 of the input (None, 6, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.permute %x {permutation = array<i64: 3, 1, 2>} : (tensor<?x6x4xf32>) -> tensor<?x4x6x4xf32>
  return
}

// -----

func.func @s4_batch(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{the dims [1, 0] are not a permutation of the axes 1 to 2 of the input (None, 6, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.permute %x {permutation = array<i64: 1, 0>} : (tensor<?x6x4xf32>) -> tensor<?x6x6xf32>
  return
}

// -----

// Two cuts whose sum does not fit 63 bits, one whose opposite does not.
func.func @s6_overflow(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{cropping 9223372036854775807 and 2 leaves nothing of the extent 4 of the input (None, 6, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.pad %x {padding = array<i64: 0, 0, -9223372036854775807, -2>} : (tensor<?x6x4xf32>) -> tensor<?x6x1xf32>
  return
}

// -----

func.func @s6_least(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{cropping 0 and 9223372036854775808 leaves nothing of the extent 6 of the input (None, 6, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.pad %x {padding = array<i64: 0, -9223372036854775808, 0, 0>} : (tensor<?x6x4xf32>) -> tensor<?x1x4xf32>
  return
}

// -----

func.func @s6_low_too_large(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{the padded extent does not fit 63 bits}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.pad %x {padding = array<i64: 9223372036854775802, 0, 0, 0>} : (tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

func.func @s6_high_too_large(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{the padded extent does not fit 63 bits}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.pad %x {padding = array<i64: 1, 9223372036854775801, 0, 0>} : (tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

func.func @s7_first(%x: tensor<?x6x4xf32>) {
  // expected-error@+2 {{the shape (None, 6, 4) cannot be repeated to (None, 12, 4)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.broadcast %x {shape = array<i64: 12, 4>} : (tensor<?x6x4xf32>) -> tensor<?x12x4xf32>
  return
}

// -----

func.func @s7_last(%x: tensor<?x1x4xf32>) {
  // expected-error@+2 {{the shape (None, 1, 4) cannot be repeated to (None, 6, 8)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.broadcast %x {shape = array<i64: 6, 8>} : (tensor<?x1x4xf32>) -> tensor<?x6x8xf32>
  return
}

// -----

func.func @s7_axes(%x: tensor<?x4xf32>) {
  // expected-error@+2 {{the shape (None, 4) cannot be repeated to (None, 4, 6)}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.broadcast %x {shape = array<i64: 4, 6>} : (tensor<?x4xf32>) -> tensor<?x4x6xf32>
  return
}

// -----

func.func @s8_last(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{'tensor<?x6x4xf32>' cannot be summed to 'tensor<?x1x2xf32>'}}
  %0 = nn.reduce_sum %x : (tensor<?x6x4xf32>) -> tensor<?x1x2xf32>
  return
}

// -----

// A sum over the batch has no batch.
func.func @s8_batch(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{'tensor<?x6x4xf32>' cannot be summed to 'tensor<1x6x4xf32>'}}
  %0 = nn.reduce_sum %x : (tensor<?x6x4xf32>) -> tensor<1x6x4xf32>
  return
}

// -----

func.func @s8_parameter(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{'tensor<?x6x4xf32>' cannot be summed to 'tensor<3x4xf32>'}}
  %0 = nn.reduce_sum %x : (tensor<?x6x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @s8_axes(%x: tensor<?x6xf32>) {
  // expected-error@+1 {{'tensor<?x6xf32>' cannot be summed to 'tensor<?x1x6xf32>'}}
  %0 = nn.reduce_sum %x : (tensor<?x6xf32>) -> tensor<?x1x6xf32>
  return
}

// -----

func.func @s9_overflow(%x: tensor<?x6x4x3xf32>) {
  // expected-error@+2 {{its number of elements does not fit 63 bits}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.resize %x {factors = array<i64: 1, 4611686018427387904>, interpolation = "bilinear"} : (tensor<?x6x4x3xf32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @s10_gradient(%x: tensor<?x6x4x3xf32>) {
  // expected-error@+1 {{the interpolation 'nearest' is unknown; expected one of bilinear, bicubic}}
  %0 = nn.resize_grad %x {factors = array<i64: 2, 1>, interpolation = "nearest"} : (tensor<?x6x4x3xf32>) -> tensor<?x3x4x3xf32>
  return
}

// -----

func.func @s11_scalar(%x: tensor<f32>) {
  // expected-error@+1 {{the output gradient is 'tensor<f32>', expected samples of the shape (None, 12, 4, 3)}}
  %0 = nn.resize_grad %x {factors = array<i64: 2, 1>, interpolation = "bilinear"} : (tensor<f32>) -> tensor<?x6x4x3xf32>
  return
}

// -----

func.func @allowed(%x: tensor<?x6x4xf32>, %one: tensor<?x6x1xf32>, %scalar: tensor<f32>, %scalars: tensor<?xf32>) {
  %0 = nn.permute %x {permutation = array<i64: 2, 1>} : (tensor<?x6x4xf32>) -> tensor<?x4x6xf32>
  %1 = nn.pad %x {padding = array<i64: -4, -1, 0, 3>} : (tensor<?x6x4xf32>) -> tensor<?x1x7xf32>
  %2 = nn.broadcast %one {shape = array<i64: 6, 5>} : (tensor<?x6x1xf32>) -> tensor<?x6x5xf32>
  %3 = nn.reduce_sum %x : (tensor<?x6x4xf32>) -> tensor<?x6x1xf32>
  %4 = nn.reduce_sum %x : (tensor<?x6x4xf32>) -> tensor<1x4xf32>
  %5 = nn.reduce_sum %x : (tensor<?x6x4xf32>) -> tensor<f32>
  %6 = nn.reduce_sum %scalar : (tensor<f32>) -> tensor<f32>
  %7 = nn.reshape %scalars {shape = array<i64: 1, 1>} : (tensor<?xf32>) -> tensor<?x1x1xf32>
  %8 = nn.resize %x {factors = array<i64: 1>, interpolation = "bicubic"} : (tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  %9 = nn.zeros_like %scalar : (tensor<f32>) -> tensor<f32>
  return
}
