// Batch normalisation in training: the moving averages follow the backward pass, the optimizer comes last.
// RUN: nncc-opt %s --nn-make-entries=entries=train_step --nn-autodiff | FileCheck %s

// CHECK-LABEL: func.func @train_step(
// CHECK:         %[[GAMMA:.*]] = nn.read @gamma
// CHECK:         %[[Y:.*]], %[[MEAN:.*]], %[[VARIANCE:.*]] = nn.batch_norm_train %[[X:.*]] gamma(%[[GAMMA]])
// CHECK-NEXT:    %[[LOSS:.*]] = nn.mean_squared_error %[[Y]]
// CHECK-NEXT:    %[[DY:.*]] = nn.mean_squared_error_grad %[[Y]]
// CHECK-NEXT:    %{{.*}}, %[[DGAMMA:.*]], %{{.*}} = nn.batch_norm_train_grad %[[X]] gamma(%[[GAMMA]]) mean(%[[MEAN]]) variance(%[[VARIANCE]]), %[[DY]]
// CHECK-NEXT:    nn.store_gradient @gamma, %[[DGAMMA]]
// CHECK-NEXT:    nn.moving_average @mean, %[[MEAN]]
// CHECK-NEXT:    nn.moving_average @variance, %[[VARIANCE]]
// CHECK-NEXT:    nn.sgd {momentum = 9.000000e-01 : f64, nesterov = true}
// CHECK-NEXT:    return

module attributes {nn.train = {optimizer = #nn.call<"SGD", {learning_rate = 0.01, momentum = 0.9, nesterov = true}>,
                               loss = #nn.call<"MeanSquaredError", {}>}} {
  nn.variable @gamma : tensor<3xf32> {initializer = #nn.call<"Ones", {}>, trainable = true}
  nn.variable @mean : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
  nn.variable @variance : tensor<3xf32> {initializer = #nn.call<"Ones", {}>, trainable = false}
  func.func @model(%x: tensor<?x3xf32> {nn.name = "x"}) -> tensor<?x3xf32> {
    %g = nn.read @gamma : tensor<3xf32>
    %m = nn.read @mean : tensor<3xf32>
    %v = nn.read @variance : tensor<3xf32>
    %0 = nn.batch_norm %x gamma(%g) mean(%m) variance(%v) {axis = 1, epsilon = 0.001, momentum = 0.9}
      : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
    return %0 : tensor<?x3xf32>
  }
}
