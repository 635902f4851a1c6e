// nn-make-entries clones @model into entry points, in inference or training form.
// RUN: nncc-opt %s --nn-make-entries=entries=predict,evaluate,train_step,gradients,gradients_training | FileCheck %s

// @model stays as written.
// CHECK-LABEL: func.func @model(
// CHECK:         nn.dropout
// CHECK:         nn.batch_norm

// Inference: no dropout, moving statistics.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME:    %[[X:.*]]: tensor<?x6x3xf32> {nn.name = "x"}) -> tensor<?x6x3xf32> attributes {nn.entry}
// CHECK-NOT:     nn.dropout
// CHECK:         %[[MEAN:.*]] = nn.read @"bn/moving_mean"
// CHECK:         %[[VARIANCE:.*]] = nn.read @"bn/moving_variance"
// CHECK:         %[[Y:.*]] = nn.batch_norm %[[X]] mean(%[[MEAN]]) variance(%[[VARIANCE]])
// CHECK:         return %[[Y]] : tensor<?x6x3xf32>

// The target comes last, the loss is the second result.
// CHECK-LABEL: func.func @evaluate(
// CHECK-SAME:    %[[T:[a-z0-9]+]]: tensor<?x6x3xf32> {nn.name = "target"}) -> (tensor<?x6x3xf32>, tensor<f32>) attributes {nn.entry}
// CHECK-NOT:     nn.dropout
// CHECK:         %[[Y:.*]] = nn.batch_norm
// CHECK:         %[[LOSS:.*]] = nn.mean_squared_error %[[Y]], %[[T]]
// CHECK:         return %[[Y]], %[[LOSS]]

// Training: dropout stays, the batch's statistics are used and move the variables. A 3-D batch is not corrected by n / (n - 1).
// CHECK-LABEL: func.func @train_step(
// CHECK:         %[[D:.*]] = nn.dropout
// CHECK:         %[[Y:.*]], %[[MEAN:.*]], %[[VARIANCE:.*]] = nn.batch_norm_train %[[D]]
// CHECK-SAME:      nn.layer = #nn.layer<"bn", "BatchNormalization">
// CHECK:         nn.mean_squared_error %[[Y]]
// CHECK:         nn.moving_average @"bn/moving_mean", %[[MEAN]] {momentum = 9.000000e-01 : f64, nn.layer
// CHECK:         nn.moving_average @"bn/moving_variance", %[[VARIANCE]] {momentum = 9.000000e-01 : f64, nn.layer
// CHECK-NEXT:    return

// The gradient of the output comes last.
// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    {nn.name = "x"}, %{{.*}}: tensor<?x6x3xf32> {nn.name = "output_gradient"}) -> tensor<?x6x3xf32>
// CHECK-NOT:     nn.dropout

// Training form, but nothing is updated.
// CHECK-LABEL: func.func @gradients_training(
// CHECK:         nn.dropout
// CHECK:         nn.batch_norm_train
// CHECK-NOT:     nn.moving_average

module @M attributes {nn.train = {optimizer = #nn.call<"SGD", {momentum = 0.0, nesterov = false}>, loss = #nn.call<"MeanSquaredError", {}>}} {
  nn.variable @"bn/moving_mean" : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
  nn.variable @"bn/moving_variance" : tensor<3xf32> {initializer = #nn.call<"Ones", {}>, trainable = false}
  func.func @model(%x: tensor<?x6x3xf32> {nn.name = "x"}) -> tensor<?x6x3xf32> {
    %0 = nn.dropout %x {rate = 0.5, stream = 1 : i32, nn.layer = #nn.layer<"dropout", "Dropout">} : (tensor<?x6x3xf32>) -> tensor<?x6x3xf32>
    %1 = nn.read @"bn/moving_mean" : tensor<3xf32>
    %2 = nn.read @"bn/moving_variance" : tensor<3xf32>
    %3 = nn.batch_norm %0 mean(%1) variance(%2) {axis = 2, epsilon = 0.001, momentum = 0.9, nn.layer = #nn.layer<"bn", "BatchNormalization">}
      : (tensor<?x6x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x6x3xf32>
    return %3 : tensor<?x6x3xf32>
  }
}
