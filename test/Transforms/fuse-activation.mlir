// nn-fuse-activation moves an activation into the convolution or dense layer that alone feeds it.
// RUN: nncc-opt %s --nn-fuse-activation | FileCheck %s

// CHECK-LABEL: func.func @into_dense(
// CHECK-NEXT:    %[[Y:.*]] = nn.dense %{{.*}} {activation = #nn.activation<relu>, nn.layer = #nn.layer<"dense", "Dense">}
// CHECK-NEXT:    return %[[Y]]
func.func @into_dense(%x: tensor<?x3xf32>, %w: tensor<3x3xf32>) -> tensor<?x3xf32> {
  %0 = nn.dense %x, %w {nn.layer = #nn.layer<"dense", "Dense">} : (tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  %1 = nn.activation %0 {function = #nn.activation<relu>, nn.layer = #nn.layer<"re_lu", "ReLU">} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}

// Activation(linear) is nothing.
// CHECK-LABEL: func.func @into_convolution(
// CHECK-NEXT:    %[[Y:.*]] = nn.conv %{{.*}} {activation = #nn.activation<tanh>
// CHECK-NEXT:    return %[[Y]]
func.func @into_convolution(%x: tensor<?x5x1xf32>, %w: tensor<3x1x2xf32>) -> tensor<?x3x2xf32> {
  %0 = nn.conv %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x5x1xf32>, tensor<3x1x2xf32>) -> tensor<?x3x2xf32>
  %1 = nn.activation %0 {function = #nn.activation<linear>} : (tensor<?x3x2xf32>) -> tensor<?x3x2xf32>
  %2 = nn.activation %1 {function = #nn.activation<tanh>} : (tensor<?x3x2xf32>) -> tensor<?x3x2xf32>
  return %2 : tensor<?x3x2xf32>
}

// CHECK-LABEL: func.func @into_transposed_convolution(
// CHECK-NEXT:    %[[Y:.*]] = nn.conv_transpose %{{.*}} {activation = #nn.activation<relu6>
// CHECK-NEXT:    return %[[Y]]
func.func @into_transposed_convolution(%x: tensor<?x5x1xf32>, %w: tensor<3x2x1xf32>) -> tensor<?x7x2xf32> {
  %0 = nn.conv_transpose %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x5x1xf32>, tensor<3x2x1xf32>) -> tensor<?x7x2xf32>
  %1 = nn.activation %0 {function = #nn.activation<relu6>} : (tensor<?x7x2xf32>) -> tensor<?x7x2xf32>
  return %1 : tensor<?x7x2xf32>
}

// Unchanged: the layer's own value is used too; the layer has an activation already; there is no layer.
// CHECK-LABEL: func.func @unchanged(
// CHECK:         nn.dense
// CHECK:         nn.activation %{{.*}} {function = #nn.activation<relu>}
// CHECK:         nn.dense {{.*}}activation = #nn.activation<tanh>
// CHECK:         nn.activation %{{.*}} {function = #nn.activation<sigmoid>}
// CHECK:         nn.activation %{{.*}} {function = #nn.activation<relu>}
func.func @unchanged(%x: tensor<?x3xf32>, %w: tensor<3x3xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) {
  %0 = nn.dense %x, %w : (tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  %1 = nn.activation %0 {function = #nn.activation<relu>} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %2 = nn.dense %x, %w {activation = #nn.activation<tanh>} : (tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  %3 = nn.activation %2 {function = #nn.activation<sigmoid>} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %4 = nn.activation %x {function = #nn.activation<relu>} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0, %1, %3, %4 : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>
}

// @model shows the model as written.
// CHECK-LABEL: func.func @model(
// CHECK:         nn.activation
func.func @model(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = nn.activation %x {function = #nn.activation<linear>} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
