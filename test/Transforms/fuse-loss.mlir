// nn-fuse-loss makes one op on the logits of the last activation and the cross-entropy behind it.
// RUN: nncc-opt %s --nn-fuse-loss | FileCheck %s

// The prediction of the fused op takes the softmax's place.
// CHECK-LABEL: func.func @softmax(
// CHECK-SAME:    %[[X:.*]]: tensor<?x5xf32>, %[[T:.*]]: tensor<?xf32>)
// CHECK-NEXT:    %[[P:.*]], %[[LOSS:.*]] = nn.softmax_cross_entropy %[[X]], %[[T]] {label_smoothing = 0.000000e+00 : f64, nn.layer = #nn.layer<"dense", "Dense">, sparse = true}
// CHECK-NEXT:    return %[[P]], %[[LOSS]]
func.func @softmax(%x: tensor<?x5xf32>, %t: tensor<?xf32>) -> (tensor<?x5xf32>, tensor<f32>) {
  %0 = nn.softmax %x {axis = 1, nn.layer = #nn.layer<"dense", "Dense">} : (tensor<?x5xf32>) -> tensor<?x5xf32>
  %1 = nn.sparse_categorical_cross_entropy %0, %t : (tensor<?x5xf32>, tensor<?xf32>) -> tensor<f32>
  return %0, %1 : tensor<?x5xf32>, tensor<f32>
}

// One-hot targets, smoothed.
// CHECK-LABEL: func.func @one_hot(
// CHECK-NEXT:    nn.softmax_cross_entropy %{{.*}} {label_smoothing = 1.000000e-01 : f64, sparse = false}
func.func @one_hot(%x: tensor<?x5xf32>, %t: tensor<?x5xf32>) -> (tensor<?x5xf32>, tensor<f32>) {
  %0 = nn.softmax %x {axis = 1} : (tensor<?x5xf32>) -> tensor<?x5xf32>
  %1 = nn.categorical_cross_entropy %0, %t {label_smoothing = 0.1} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
  return %0, %1 : tensor<?x5xf32>, tensor<f32>
}

// A sigmoid inside of a dense layer, with Activation(linear) behind it: the layer becomes linear.
// CHECK-LABEL: func.func @sigmoid_of_a_layer(
// CHECK-NEXT:    %[[X:.*]] = nn.dense %{{.*}}, %{{.*}} : (
// CHECK-NEXT:    %[[P:.*]], %[[LOSS:.*]] = nn.sigmoid_cross_entropy %[[X]]
// CHECK-NEXT:    return %[[P]], %[[LOSS]]
func.func @sigmoid_of_a_layer(%x: tensor<?x5xf32>, %w: tensor<5x1xf32>, %t: tensor<?x1xf32>) -> (tensor<?x1xf32>, tensor<f32>) {
  %0 = nn.dense %x, %w {activation = #nn.activation<sigmoid>} : (tensor<?x5xf32>, tensor<5x1xf32>) -> tensor<?x1xf32>
  %1 = nn.activation %0 {function = #nn.activation<linear>} : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %2 = nn.binary_cross_entropy %1, %t {label_smoothing = 0.0} : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<f32>
  return %1, %2 : tensor<?x1xf32>, tensor<f32>
}

// As in Keras, a loss takes the logits before the other loss's activation too; the output stays what the model says.
// CHECK-LABEL: func.func @other_activation(
// CHECK-SAME:    %[[X:.*]]: tensor<?x5x5xf32>, %[[T:.*]]: tensor<?x5x5xf32>)
// CHECK-NEXT:    %[[Y:.*]] = nn.softmax %[[X]] {axis = 1
// CHECK-NEXT:    %{{.*}}, %[[BINARY:.*]] = nn.sigmoid_cross_entropy %[[X]], %[[T]]
// CHECK-NEXT:    %{{.*}}, %[[CATEGORICAL:.*]] = nn.softmax_cross_entropy %[[X]], %[[T]]
// CHECK-NEXT:    return %[[Y]], %[[BINARY]], %[[CATEGORICAL]]
func.func @other_activation(%x: tensor<?x5x5xf32>, %t: tensor<?x5x5xf32>) -> (tensor<?x5x5xf32>, tensor<f32>, tensor<f32>) {
  %0 = nn.softmax %x {axis = 1} : (tensor<?x5x5xf32>) -> tensor<?x5x5xf32>
  %1 = nn.binary_cross_entropy %0, %t {label_smoothing = 0.0} : (tensor<?x5x5xf32>, tensor<?x5x5xf32>) -> tensor<f32>
  %2 = nn.categorical_cross_entropy %0, %t {label_smoothing = 0.0} : (tensor<?x5x5xf32>, tensor<?x5x5xf32>) -> tensor<f32>
  return %0, %1, %2 : tensor<?x5x5xf32>, tensor<f32>, tensor<f32>
}

// Unchanged: neither sigmoid nor softmax behind a cross-entropy, another loss.
// CHECK-LABEL: func.func @unchanged(
// CHECK:         nn.binary_cross_entropy
// CHECK:         nn.softmax
// CHECK:         nn.mean_squared_error
func.func @unchanged(%x: tensor<?x5x5xf32>, %t: tensor<?x5x5xf32>) -> (tensor<f32>, tensor<f32>) {
  %0 = nn.activation %x {function = #nn.activation<tanh>} : (tensor<?x5x5xf32>) -> tensor<?x5x5xf32>
  %1 = nn.binary_cross_entropy %0, %t {label_smoothing = 0.0} : (tensor<?x5x5xf32>, tensor<?x5x5xf32>) -> tensor<f32>
  %2 = nn.softmax %x {axis = 1} : (tensor<?x5x5xf32>) -> tensor<?x5x5xf32>
  %3 = nn.mean_squared_error %2, %t : (tensor<?x5x5xf32>, tensor<?x5x5xf32>) -> tensor<f32>
  return %1, %3 : tensor<f32>, tensor<f32>
}

// Somebody else reads the probabilities: the activation stays beside the fused op.
// CHECK-LABEL: func.func @other_use(
// CHECK-NEXT:    %[[X:.*]] = nn.dense
// CHECK-NEXT:    %[[Y:.*]] = nn.activation %[[X]] {function = #nn.activation<sigmoid>}
// CHECK-NEXT:    %[[SUM:.*]] = nn.add %[[Y]], %[[Y]]
// CHECK-NEXT:    %[[P:.*]], %[[LOSS:.*]] = nn.sigmoid_cross_entropy %[[X]]
// CHECK-NEXT:    return %[[P]], %[[SUM]], %[[LOSS]]
func.func @other_use(%x: tensor<?x5xf32>, %w: tensor<5x1xf32>, %t: tensor<?x1xf32>) -> (tensor<?x1xf32>, tensor<?x1xf32>, tensor<f32>) {
  %0 = nn.dense %x, %w {activation = #nn.activation<sigmoid>} : (tensor<?x5xf32>, tensor<5x1xf32>) -> tensor<?x1xf32>
  %1 = nn.add %0, %0 : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  %2 = nn.binary_cross_entropy %0, %t {label_smoothing = 0.0} : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<f32>
  return %0, %1, %2 : tensor<?x1xf32>, tensor<?x1xf32>, tensor<f32>
}
