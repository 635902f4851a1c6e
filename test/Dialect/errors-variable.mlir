// Each part of each constraint of variables and of what uses them by itself; what is just allowed comes last.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (V1) A variable's shape is static.
// expected-error@+1 {{the type 'tensor<?x3xf32>' is not static}}
nn.variable @a : tensor<?x3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}

// -----

// (V1) Its size fits 63 bits.
// expected-error@+1 {{the size of a 4611686018427387904 tensor does not fit 63 bits}}
nn.variable @a : tensor<4611686018427387904xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}

// -----

// (V2) The variable exists.
func.func @v2() {
  // expected-error@+1 {{there is no variable 'nowhere'}}
  %0 = nn.read @nowhere : tensor<3xf32>
  return
}

// -----

// (V2) It has the type of the value.
// expected-note@+1 {{the variable stands here}}
nn.variable @a : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @v2_type() {
  // expected-error@+1 {{the value is 'tensor<4xf32>', but the variable 'a' is 'tensor<3xf32>'}}
  %0 = nn.read @a : tensor<4xf32>
  return
}

// -----

// (V3) Only a trainable variable has a gradient.
nn.variable @a : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
func.func @v3(%g: tensor<3xf32>) {
  // expected-error@+1 {{the variable 'a' is not trainable}}
  nn.store_gradient @a, %g : tensor<3xf32>
  return
}

// -----

nn.variable @a : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
// (O1) A momentum is in [0, 1].
func.func @o1(%g: tensor<3xf32>) {
  // expected-error@+1 {{momentum is 1.500000e+00, expected a number in [0, 1]}}
  nn.moving_average @a, %g {momentum = 1.5} : tensor<3xf32>
  return
}
// (O2) There are elements.
func.func @o2(%g: tensor<3xf32>) {
  // expected-error@+1 {{bessel_extent is 0, expected at least 1}}
  nn.moving_average @a, %g {momentum = 0.5, bessel_extent = 0} : tensor<3xf32>
  return
}

// -----

// (O3) A moving statistic is not trained.
nn.variable @a : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @o3(%g: tensor<3xf32>) {
  // expected-error@+1 {{the variable 'a' is trainable}}
  nn.moving_average @a, %g {momentum = 0.5} : tensor<3xf32>
  return
}

// -----
// (O4)
func.func @clip() {
  // expected-error @+1 {{'nn.clip_gradients' op norm is 0.000000e+00, expected a number above 0}}
  nn.clip_gradients {global = false, norm = 0.0}
  return
}

// -----

// (V1) It has elements.
// expected-error@+1 {{the extent 0 of 3x0 is not positive}}
nn.variable @a : tensor<3x0xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}

// -----

// (V2) The batch of a value is not known.
// expected-note@+1 {{the variable stands here}}
nn.variable @a : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @v2_dynamic() {
  // expected-error@+1 {{the value is 'tensor<?xf32>', but the variable 'a' is 'tensor<3xf32>'}}
  %0 = nn.read @a : tensor<?xf32>
  return
}

// -----

func.func @v2_gradient(%g: tensor<3xf32>) {
  // expected-error@+1 {{there is no variable 'nowhere'}}
  nn.store_gradient @nowhere, %g : tensor<3xf32>
  return
}

// -----

func.func @v2_average(%g: tensor<3xf32>) {
  // expected-error@+1 {{there is no variable 'nowhere'}}
  nn.moving_average @nowhere, %g {momentum = 0.5} : tensor<3xf32>
  return
}

// -----

nn.variable @a : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
func.func @o1_negative(%g: tensor<3xf32>) {
  // expected-error@+1 {{momentum is -5.000000e-01, expected a number in [0, 1]}}
  nn.moving_average @a, %g {momentum = -0.5} : tensor<3xf32>
  return
}

// -----

nn.variable @w : tensor<3x4xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
nn.variable @a : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
func.func @allowed(%g: tensor<3xf32>, %h: tensor<2x6xf32>) {
  %0 = nn.read @w : tensor<3x4xf32>
  %1 = nn.read @w : tensor<12xf32>
  nn.store_gradient @w, %h : tensor<2x6xf32>
  nn.moving_average @a, %g {momentum = 0.0} : tensor<3xf32>
  nn.moving_average @a, %g {momentum = 1.0, bessel_extent = 1} : tensor<3xf32>
  nn.clip_gradients {global = false, norm = 0.125}
  return
}
