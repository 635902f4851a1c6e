// One case per constraint of permute, pad, broadcast, reduce_sum and of the merges' gradients.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

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

// (M7) The index is one of the inputs'.
func.func @m7(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{index is 2, expected one of 2 inputs}}
  %0 = nn.maximum_grad %x, %x, %x {index = 2} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

// (M8) Everything has one type.
func.func @m8(%x: tensor<?x4xf32>, %y: tensor<?x3xf32>) {
  // expected-error@+1 {{an input is 'tensor<?x3xf32>', expected the type of the output gradient, 'tensor<?x4xf32>'}}
  %0 = nn.minimum_grad %x, %y, %x {index = 0} : (tensor<?x4xf32>, tensor<?x3xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

// (M9) The parameter's extents are the input's, or 1.
func.func @m9(%x: tensor<?x6x4xf32>, %p: tensor<3x4xf32>) {
  // expected-error@+1 {{the parameter 'tensor<3x4xf32>' does not go with samples of 'tensor<?x6x4xf32>'}}
  %0 = nn.scale_by %x, %p : (tensor<?x6x4xf32>, tensor<3x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

// (N4) 1 <= axes < rank.
func.func @n4(%x: tensor<?x6x4xf32>) {
  // expected-error@+1 {{axes is 3, expected one of 1 to 2}}
  %0 = nn.standardize %x {axes = 3, epsilon = 0.001} : (tensor<?x6x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

// (N5) Everything has one type.
func.func @n5(%x: tensor<?x4xf32>, %g: tensor<?x3xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x3xf32>', expected the type of the input, 'tensor<?x4xf32>'}}
  %0 = nn.standardize_grad %x, %g {axes = 1, epsilon = 0.001} : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
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
