// A constraint of a variable is an op behind the optimizer's, of the variables that it changes: not of those that do not train or
// that the loss does not depend on. Axes count from 0, in ascending order; without an axis they are all.
// RUN: nncc-opt %s --nn-make-entries=entries=predict,train_step,gradients --nn-autodiff -split-input-file -verify-diagnostics | FileCheck %s

// CHECK: nn.variable @"a/kernel"
// CHECK-SAME: constraint = #nn.call<"MaxNorm", {axis = -1 : i64, max_value = 3.000000e+00 : f64}>

// CHECK-LABEL: func.func @predict
// CHECK-NOT: nn.constrain

// CHECK-LABEL: func.func @train_step
// CHECK: nn.sgd
// CHECK-DAG: nn.constrain_norm @"a/kernel" {axes = array<i64: 1>, max_value = 3.000000e+00 : f64, min_value = 0.000000e+00 : f64, nn.layer = #nn.layer<"a", "Dense">, rate = 1.000000e+00 : f64}
// CHECK-DAG: nn.constrain_non_negative @"a/bias" {nn.layer = #nn.layer<"a", "Dense">}
// CHECK-DAG: nn.constrain_unit_norm @"b/kernel" {axes = array<i64: 0, 1>
// CHECK-NOT: nn.constrain_{{.*}}"b/bias"
// CHECK-NOT: nn.constrain_{{.*}}"unused"
// CHECK: return

// CHECK-LABEL: func.func @gradients
// CHECK-NOT: nn.constrain
module @Constraints attributes {nn.train = {loss = #nn.call<"MeanSquaredError", {}>,
    optimizer = #nn.call<"SGD", {learning_rate = 0.1, momentum = 0.0, nesterov = false}>}} {
  nn.variable @"a/kernel" : tensor<3x2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true, constraint = #nn.call<"MaxNorm", {axis = -1 : i64, max_value = 3.0}>}
  nn.variable @"a/bias" : tensor<2xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true, constraint = #nn.call<"NonNeg", {}>}
  nn.variable @"b/kernel" : tensor<2x2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true, constraint = #nn.call<"UnitNorm", {}>}
  nn.variable @"b/bias" : tensor<2xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false, constraint = #nn.call<"NonNeg", {}>}
  nn.variable @"unused" : tensor<2xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true, constraint = #nn.call<"NonNeg", {}>}
  func.func @model(%x: tensor<?x3xf32> {nn.name = "x"}) -> tensor<?x2xf32> {
    %k = nn.read @"a/kernel" : tensor<3x2xf32>
    %b = nn.read @"a/bias" : tensor<2xf32>
    %y = nn.dense %x, %k, %b {nn.layer = #nn.layer<"a", "Dense">} : (tensor<?x3xf32>, tensor<3x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    %l = nn.read @"b/kernel" : tensor<2x2xf32>
    %c = nn.read @"b/bias" : tensor<2xf32>
    %z = nn.dense %y, %l, %c {nn.layer = #nn.layer<"b", "Dense">} : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    return %z : tensor<?x2xf32>
  }
}

// -----

// A maximum below the minimum is the minimum.
// CHECK-LABEL: func.func @train_step
// CHECK: nn.constrain_norm @w {axes = array<i64: 0, 1>, max_value = 2.000000e+00 : f64, min_value = 2.000000e+00 : f64
// CHECK-SAME: rate = 5.000000e-01 : f64}
module attributes {nn.train = {loss = #nn.call<"MeanSquaredError", {}>,
    optimizer = #nn.call<"SGD", {learning_rate = 0.1, momentum = 0.0, nesterov = false}>}} {
  nn.variable @w : tensor<3x2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true, constraint = #nn.call<"MinMaxNorm", {axis = [1, 0], max_value = 1.0, min_value = 2.0, rate = 0.5}>}
  func.func @model(%x: tensor<?x3xf32> {nn.name = "x"}) -> tensor<?x2xf32> {
    %k = nn.read @w : tensor<3x2xf32>
    %y = nn.dense %x, %k : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  }
}

// -----

module attributes {nn.train = {loss = #nn.call<"MeanSquaredError", {}>,
    optimizer = #nn.call<"SGD", {learning_rate = 0.1, momentum = 0.0, nesterov = false}>}} {
  // expected-error@+1 {{MaxNorm of 'w': there is no axis 2 in 3x2; axes count from 0 to 1, or back from -1}}
  nn.variable @w : tensor<3x2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true, constraint = #nn.call<"MaxNorm", {axis = 2 : i64}>}
  func.func @model(%x: tensor<?x3xf32> {nn.name = "x"}) -> tensor<?x2xf32> {
    %k = nn.read @w : tensor<3x2xf32>
    %y = nn.dense %x, %k : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  }
}

// -----

module attributes {nn.train = {loss = #nn.call<"MeanSquaredError", {}>,
    optimizer = #nn.call<"SGD", {learning_rate = 0.1, momentum = 0.0, nesterov = false}>}} {
  // expected-error@+1 {{the constraint 'Orthogonal' is not supported; expected MaxNorm, MinMaxNorm, NonNeg, RadialConstraint or UnitNorm}}
  nn.variable @w : tensor<3x2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true, constraint = #nn.call<"Orthogonal", {}>}
  func.func @model(%x: tensor<?x3xf32> {nn.name = "x"}) -> tensor<?x2xf32> {
    %k = nn.read @w : tensor<3x2xf32>
    %y = nn.dense %x, %k : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  }
}
