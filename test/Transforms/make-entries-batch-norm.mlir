// Batch normalisation in training: which moving variances take the n / (n - 1) correction, and what nn.frozen means.
// RUN: nncc-opt %s --nn-make-entries=entries=train_step | FileCheck %s

module attributes {nn.train = {optimizer = #nn.call<"SGD", {momentum = 0.0, nesterov = false}>, loss = #nn.call<"MeanSquaredError", {}>}} {
  nn.variable @mean : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
  nn.variable @variance : tensor<3xf32> {initializer = #nn.call<"Ones", {}>, trainable = false}
  // CHECK-LABEL: func.func @train_step
  func.func @model(%x: tensor<?x4x5x3xf32>) -> tensor<?x20x3xf32> {
    %m = nn.read @mean : tensor<3xf32>
    %v = nn.read @variance : tensor<3xf32>
    // A frozen layer (trainable=false) normalises with its moving statistics and does not move them.
    // CHECK: nn.batch_norm %{{.*}} {axis = 3 : i64, epsilon = 1.000000e-03 : f64, momentum = 5.000000e-01 : f64, nn.frozen}
    %0 = nn.batch_norm %x mean(%m) variance(%v) {axis = 3, epsilon = 0.001, momentum = 0.5, nn.frozen}
      : (tensor<?x4x5x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x4x5x3xf32>
    // A 4-D batch: 20 elements per sample and channel.
    // CHECK: nn.batch_norm_train %{{.*}} {axis = 3
    %1 = nn.batch_norm %0 mean(%m) variance(%v) {axis = 3, epsilon = 0.001, momentum = 0.25}
      : (tensor<?x4x5x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x4x5x3xf32>
    %2 = nn.reshape %1 {shape = array<i64: 20, 3>} : (tensor<?x4x5x3xf32>) -> tensor<?x20x3xf32>
    // A 3-D batch: no correction.
    // CHECK: nn.batch_norm_train %{{.*}} {axis = 2
    %3 = nn.batch_norm %2 mean(%m) variance(%v) {axis = 2, epsilon = 0.001, momentum = 0.75}
      : (tensor<?x20x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x20x3xf32>
    // CHECK:      nn.moving_average @mean, %{{.*}} {momentum = 2.500000e-01 : f64}
    // CHECK-NEXT: nn.moving_average @variance, %{{.*}} {bessel_extent = 20 : i64, momentum = 2.500000e-01 : f64}
    // CHECK-NEXT: nn.moving_average @mean, %{{.*}} {momentum = 7.500000e-01 : f64}
    // CHECK-NEXT: nn.moving_average @variance, %{{.*}} {momentum = 7.500000e-01 : f64}
    // CHECK-NEXT: return
    return %3 : tensor<?x20x3xf32>
  }
}
