// Regularizers add penalties to the loss of the entries that have one: of each variable once, and of outputs per sample. Each is a root of
// the gradient pass; its gradient is added to the loss's. The penalty of a variable that does not train is only reported.
// RUN: nncc-opt %s --nn-make-entries=entries=evaluate,train_step,gradients --nn-autodiff | FileCheck %s

// CHECK: func.func @model
// CHECK: nn.activity_regularizer

// CHECK-LABEL: func.func @evaluate
// CHECK: %[[K:.*]] = nn.read @"dense/kernel"
// CHECK: %[[B:.*]] = nn.read @"dense/bias"
// CHECK: %[[Y:.*]] = nn.dense
// CHECK-NOT: nn.activity_regularizer
// CHECK: %[[L:.*]] = nn.mean_squared_error %[[Y]]
// CHECK: %[[P:.*]] = nn.penalty %[[K]] {l1 = 0.000000e+00 : f64, l2 = 1.000000e-01 : f64, nn.layer = #nn.layer<"dense", "Dense">, per_sample = false}
// CHECK: %[[Q:.*]] = nn.penalty %[[B]] {l1 = 3.000000e-01 : f64, l2 = 2.000000e-01 : f64, nn.layer = #nn.layer<"dense", "Dense">, per_sample = false}
// CHECK: %[[A:.*]] = nn.penalty %[[Y]] {l1 = 5.000000e-01 : f64, l2 = 0.000000e+00 : f64, nn.layer = #nn.layer<"dense", "Dense">, per_sample = true}
// CHECK: %[[T:.*]] = nn.total_loss %[[L]], %[[P]], %[[Q]], %[[A]]
// CHECK: return %[[Y]], %[[T]]

// CHECK-LABEL: func.func @train_step
// CHECK: %[[K:.*]] = nn.read @"dense/kernel"
// CHECK: %[[T:.*]] = nn.total_loss
// CHECK-DAG: %[[GY:.*]] = nn.mean_squared_error_grad
// CHECK-DAG: %[[GA:.*]] = nn.penalty_grad %{{.*}} per_sample = true
// CHECK-DAG: %[[GK:.*]] = nn.penalty_grad %[[K]] {l1 = 0.000000e+00 : f64, l2 = 1.000000e-01 : f64
// CHECK: nn.add %[[GA]], %[[GY]]
// CHECK-NOT: nn.store_gradient @"dense/bias"
// CHECK: nn.store_gradient @"dense/kernel"
// CHECK-NOT: nn.store_gradient @"dense/bias"
// CHECK: nn.sgd

// CHECK-LABEL: func.func @gradients
// CHECK-NOT: nn.penalty
module @Penalties attributes {nn.train = {loss = #nn.call<"MeanSquaredError", {}>,
    optimizer = #nn.call<"SGD", {learning_rate = 0.1, momentum = 0.0, nesterov = false}>}} {
  nn.variable @"dense/kernel" : tensor<3x2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true, regularizer = #nn.call<"L2", {l2 = 0.1}>}
  nn.variable @"dense/bias" : tensor<2xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false, regularizer = #nn.call<"L1L2", {l1 = 0.3, l2 = 0.2}>}
  func.func @model(%x: tensor<?x3xf32> {nn.name = "x"}) -> tensor<?x2xf32> {
    %k = nn.read @"dense/kernel" : tensor<3x2xf32>
    %b = nn.read @"dense/bias" : tensor<2xf32>
    %y = nn.dense %x, %k, %b {nn.layer = #nn.layer<"dense", "Dense">, nn.activity_regularizer = #nn.call<"L1", {l1 = 0.5}>} : (tensor<?x3xf32>, tensor<3x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  }
}
