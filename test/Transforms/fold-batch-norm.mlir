// nn-fold-batch-norm moves a batch normalization into the weights of the layer that alone feeds it, in inference entries.
// RUN: nncc-opt %s --split-input-file --nn-fold-batch-norm | FileCheck %s

// The layer moves behind the norm's operands.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME:    %[[X:.*]]: tensor<?x8x8x1xf32>, %[[W:.*]]: tensor<3x3x1x2xf32>, %[[B:.*]]: tensor<2xf32>, %[[P:.*]]: tensor<2xf32>)
// CHECK-NEXT:    %[[K:.*]], %[[F:.*]] = nn.fold_batch_norm %[[W]] bias(%[[B]]) gamma(%[[P]]) mean(%[[P]]) variance(%[[P]])
// CHECK-SAME:      {epsilon = 1.000000e-03 : f64, nn.layer = #nn.layer<"bn", "BatchNormalization">}
// CHECK-NEXT:    %[[Y:.*]] = nn.conv %[[X]], %[[K]], %[[F]] {{.*}}nn.layer = #nn.layer<"conv2d", "Conv2D">
// CHECK-NEXT:    nn.activation %[[Y]]
func.func @predict(%x: tensor<?x8x8x1xf32>, %w: tensor<3x3x1x2xf32>, %b: tensor<2xf32>, %p: tensor<2xf32>) -> tensor<?x6x6x2xf32> {
  %0 = nn.conv %x, %w, %b {dilations = array<i64: 1, 1>, nn.layer = #nn.layer<"conv2d", "Conv2D">, padding = array<i64: 0, 0, 0, 0>,
                           strides = array<i64: 1, 1>} : (tensor<?x8x8x1xf32>, tensor<3x3x1x2xf32>, tensor<2xf32>) -> tensor<?x6x6x2xf32>
  %1 = nn.batch_norm %0 gamma(%p) mean(%p) variance(%p) {axis = 3, epsilon = 0.001, momentum = 0.99, nn.layer = #nn.layer<"bn", "BatchNormalization">}
    : (tensor<?x6x6x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x6x6x2xf32>
  %2 = nn.activation %1 {function = #nn.activation<relu>} : (tensor<?x6x6x2xf32>) -> tensor<?x6x6x2xf32>
  return %2 : tensor<?x6x6x2xf32>
}

// A dense layer of 16 positions and without bias; one of a single position stays.
// CHECK-LABEL: func.func @evaluate(
// CHECK-SAME:    %[[X:.*]]: tensor<?x16x3xf32>, %[[V:.*]]: tensor<?x3xf32>, %[[W:.*]]: tensor<3x2xf32>,
// CHECK:         %[[K:.*]], %[[F:.*]] = nn.fold_batch_norm %[[W]] beta({{.*}}) mean
// CHECK-NEXT:    nn.dense %[[X]], %[[K]], %[[F]]
// CHECK:         nn.dense %[[V]], %[[W]] :
// CHECK-NEXT:    nn.batch_norm
func.func @evaluate(%x: tensor<?x16x3xf32>, %v: tensor<?x3xf32>, %w: tensor<3x2xf32>, %p: tensor<2xf32>) -> (tensor<?x16x2xf32>, tensor<?x2xf32>) {
  %0 = nn.dense %x, %w : (tensor<?x16x3xf32>, tensor<3x2xf32>) -> tensor<?x16x2xf32>
  %1 = nn.batch_norm %0 beta(%p) mean(%p) variance(%p) {axis = 2, epsilon = 0.001, momentum = 0.99}
    : (tensor<?x16x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x16x2xf32>
  %2 = nn.dense %v, %w : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  %3 = nn.batch_norm %2 beta(%p) mean(%p) variance(%p) {axis = 1, epsilon = 0.001, momentum = 0.99}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %1, %3 : tensor<?x16x2xf32>, tensor<?x2xf32>
}

// -----
// Unchanged: an activation between, another axis, a map that something else reads.
// CHECK-LABEL: func.func @predict(
// CHECK-NOT:     nn.fold_batch_norm
func.func @predict(%x: tensor<?x16x3xf32>, %w: tensor<3x2xf32>, %p: tensor<2xf32>, %q: tensor<16xf32>)
    -> (tensor<?x16x2xf32>, tensor<?x16x2xf32>, tensor<?x16x2xf32>, tensor<?x16x2xf32>) {
  %0 = nn.dense %x, %w {activation = #nn.activation<relu>} : (tensor<?x16x3xf32>, tensor<3x2xf32>) -> tensor<?x16x2xf32>
  %1 = nn.batch_norm %0 mean(%p) variance(%p) {axis = 2, epsilon = 0.001, momentum = 0.99} : (tensor<?x16x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x16x2xf32>
  %2 = nn.dense %x, %w : (tensor<?x16x3xf32>, tensor<3x2xf32>) -> tensor<?x16x2xf32>
  %3 = nn.batch_norm %2 mean(%q) variance(%q) {axis = 1, epsilon = 0.001, momentum = 0.99} : (tensor<?x16x2xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<?x16x2xf32>
  %4 = nn.dense %x, %w : (tensor<?x16x3xf32>, tensor<3x2xf32>) -> tensor<?x16x2xf32>
  %5 = nn.batch_norm %4 mean(%p) variance(%p) {axis = 2, epsilon = 0.001, momentum = 0.99} : (tensor<?x16x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x16x2xf32>
  return %1, %3, %4, %5 : tensor<?x16x2xf32>, tensor<?x16x2xf32>, tensor<?x16x2xf32>, tensor<?x16x2xf32>
}

// With a backward pass, gamma and beta get gradients.
// CHECK-LABEL: func.func @gradients(
// CHECK-NOT:     nn.fold_batch_norm
func.func @gradients(%x: tensor<?x16x3xf32>, %w: tensor<3x2xf32>, %p: tensor<2xf32>) -> tensor<?x16x2xf32> {
  %0 = nn.dense %x, %w : (tensor<?x16x3xf32>, tensor<3x2xf32>) -> tensor<?x16x2xf32>
  %1 = nn.batch_norm %0 mean(%p) variance(%p) {axis = 2, epsilon = 0.001, momentum = 0.99} : (tensor<?x16x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x16x2xf32>
  return %1 : tensor<?x16x2xf32>
}
