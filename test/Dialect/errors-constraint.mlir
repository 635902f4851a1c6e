// Each part of each constraint of constraints of variables by itself; what is just allowed comes last.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (K1) The variable exists.
func.func @k1() {
  // expected-error@+1 {{there is no variable 'nowhere'}}
  nn.constrain_non_negative @nowhere
  return
}

// -----

// (K1) It is trainable.
nn.variable @w : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
func.func @k1_frozen() {
  // expected-error@+1 {{the variable 'w' is not trainable}}
  nn.constrain_unit_norm @w {axes = array<i64: 0>}
  return
}

// -----

// (K2) Axes of the variable.
nn.variable @w : tensor<3x4xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k2() {
  // expected-error@+1 {{there is no axis 2 in 3x4; axes count from 0 to 1, or back from -1}}
  nn.constrain_unit_norm @w {axes = array<i64: 2>}
  return
}

// -----

// (K2) Each once.
nn.variable @w : tensor<3x4xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k2_twice() {
  // expected-error@+1 {{the axis 1 is there twice}}
  nn.constrain_norm @w {axes = array<i64: 1, 1>, min_value = 0.0, max_value = 1.0, rate = 1.0}
  return
}

// -----

// (K2) In ascending order from 0.
nn.variable @w : tensor<3x4xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k2_order() {
  // expected-error@+1 {{the axes are not in ascending order from 0}}
  nn.constrain_unit_norm @w {axes = array<i64: 1, 0>}
  return
}

// -----

// (K3) Bounds in order.
nn.variable @w : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k3() {
  // expected-error@+1 {{the norm is to be in [2.000000e+00, 1.000000e+00], expected 0 <= min_value <= max_value}}
  nn.constrain_norm @w {axes = array<i64: 0>, min_value = 2.0, max_value = 1.0, rate = 1.0}
  return
}

// -----

// (K3) A rate of at most 1.
nn.variable @w : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k3_rate() {
  // expected-error@+1 {{rate is 1.5}}
  nn.constrain_norm @w {axes = array<i64: 0>, min_value = 0.0, max_value = 1.0, rate = 1.5}
  return
}

// -----

// (K4) A kernel of two spatial axes.
nn.variable @w : tensor<3x3x4xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k4() {
  // expected-error@+1 {{a kernel of rank 4 is needed, [n, n, channels, filters], found 3x3x4}}
  nn.constrain_radial @w
  return
}

// -----

// (K4) A square window.
nn.variable @w : tensor<3x2x4x5xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k4_square() {
  // expected-error@+1 {{a square window of 2x2 or more is needed, found 3x2}}
  nn.constrain_radial @w
  return
}

// -----

nn.variable @w : tensor<3x4xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k2_from_the_back() {
  // expected-error@+1 {{the axes are not in ascending order from 0}}
  nn.constrain_unit_norm @w {axes = array<i64: -2>}
  return
}

// -----

nn.variable @w : tensor<3x4xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k2_before() {
  // expected-error@+1 {{there is no axis -3 in 3x4; axes count from 0 to 1, or back from -1}}
  nn.constrain_unit_norm @w {axes = array<i64: -3>}
  return
}

// -----

nn.variable @w : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k3_negative() {
  // expected-error@+1 {{the norm is to be in [-5.000000e-01, 1.000000e+00], expected 0 <= min_value <= max_value}}
  nn.constrain_norm @w {axes = array<i64: 0>, min_value = -0.5, max_value = 1.0, rate = 1.0}
  return
}

// -----

nn.variable @w : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k3_negative_rate() {
  // expected-error@+1 {{rate is -5.000000e-01, expected a number in [0, 1]}}
  nn.constrain_norm @w {axes = array<i64: 0>, min_value = 0.0, max_value = 1.0, rate = -0.5}
  return
}

// -----

nn.variable @w : tensor<1x1x4x5xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @k4_one() {
  // expected-error@+1 {{a square window of 2x2 or more is needed, found 1x1}}
  nn.constrain_radial @w
  return
}

// -----

nn.variable @w : tensor<3x4xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
nn.variable @kernel : tensor<2x2x4x5xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @allowed() {
  nn.constrain_non_negative @w
  nn.constrain_unit_norm @w {axes = array<i64>}
  nn.constrain_unit_norm @w {axes = array<i64: 0, 1>}
  nn.constrain_norm @w {axes = array<i64: 1>, min_value = 0.0, max_value = 0.0, rate = 0.0}
  nn.constrain_norm @w {axes = array<i64: 1>, min_value = 2.0, max_value = 2.0, rate = 1.0}
  nn.constrain_radial @kernel
  return
}
