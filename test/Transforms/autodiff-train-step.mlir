// nn-autodiff on @train_step: from the loss to one nn.store_gradient per trainable variable, the optimizer last.
// RUN: nncc-opt %s --nn-make-entries=entries=train_step --nn-fuse-loss --nn-autodiff | FileCheck %s

// CHECK-LABEL: func.func @train_step(
// CHECK-SAME:    %[[IMAGE:.*]]: tensor<?x6x6x1xf32> {nn.name = "image"}, %[[T:.*]]: tensor<?xf32> {nn.name = "target"})
// CHECK:         %[[W:.*]] = nn.read @"conv2d/kernel"
// CHECK:         %[[Y:.*]] = nn.conv %[[IMAGE]], %[[W]]

// The pool has taken its training form, which says where the maxima stood.
// CHECK:         %[[POOLED:.*]], %[[ARGMAX:.*]] = nn.max_pool_train %[[Y]] {nn.layer = #nn.layer<"max_pooling2d", "MaxPooling2D">
// CHECK:         %[[FLAT:.*]] = nn.reshape %[[POOLED]]
// CHECK:         %[[V:.*]] = nn.read @"dense/kernel"
// CHECK:         %[[LOGITS:.*]] = nn.dense %[[FLAT]], %[[V]]
// CHECK:         %[[P:.*]], %[[LOSS:.*]] = nn.softmax_cross_entropy %[[LOGITS]], %[[T]]

// Backwards, each op with the layer that it is a gradient of.
// CHECK-NEXT:    %[[DLOGITS:.*]] = nn.softmax_cross_entropy_grad %[[P]], %[[T]] {{.*}}#nn.layer<"dense", "Dense">
// CHECK-NEXT:    %[[DFLAT:.*]] = nn.dense_grad_input %[[DLOGITS]], %[[V]] {nn.layer = #nn.layer<"dense", "Dense">}
// CHECK-NEXT:    %[[DV:.*]] = nn.dense_grad_kernel %[[FLAT]], %[[DLOGITS]]
// CHECK-NEXT:    nn.store_gradient @"dense/kernel", %[[DV]] {nn.layer = #nn.layer<"dense", "Dense">}
// CHECK-NEXT:    %[[DPOOLED:.*]] = nn.reshape %[[DFLAT]] {nn.layer = #nn.layer<"flatten", "Flatten">, shape = array<i64: 2, 2, 3>}
// CHECK-NEXT:    %[[DY:.*]] = nn.max_pool_grad %[[DPOOLED]], %[[ARGMAX]] {nn.layer = #nn.layer<"max_pooling2d", "MaxPooling2D">

// The activation's gradient reads the convolution's output. The input wants no gradient, the bias is not trainable.
// CHECK-NEXT:    %[[DZ:.*]] = nn.activation_grad %[[Y]], %[[DY]] {function = #nn.activation<relu>, nn.layer = #nn.layer<"conv2d", "Conv2D">}
// CHECK-NEXT:    %[[DW:.*]] = nn.conv_grad_kernel %[[IMAGE]], %[[DZ]]
// CHECK-NEXT:    nn.store_gradient @"conv2d/kernel", %[[DW]]
// CHECK-NEXT:    nn.adam {amsgrad = false, beta_1 = 5.000000e-01 : f64, beta_2 = 7.500000e-01 : f64, epsilon = 1.250000e-01 : f64}
// CHECK-NEXT:    return %[[P]], %[[LOSS]]

module attributes {nn.train = {
    optimizer = #nn.call<"Adam", {learning_rate = 0.001, beta_1 = 0.5, beta_2 = 0.75, epsilon = 0.125, amsgrad = false}>,
    loss = #nn.call<"SparseCategoricalCrossentropy", {from_logits = false}>}} {
  nn.variable @"conv2d/kernel" : tensor<3x3x1x3xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  nn.variable @"conv2d/bias" : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
  nn.variable @"dense/kernel" : tensor<12x4xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  func.func @model(%image: tensor<?x6x6x1xf32> {nn.name = "image"}) -> tensor<?x4xf32> {
    %0 = nn.read @"conv2d/kernel" : tensor<3x3x1x3xf32>
    %1 = nn.read @"conv2d/bias" : tensor<3xf32>
    %2 = nn.conv %image, %0, %1 {activation = #nn.activation<relu>, dilations = array<i64: 1, 1>, nn.layer = #nn.layer<"conv2d", "Conv2D">,
                                 padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
      : (tensor<?x6x6x1xf32>, tensor<3x3x1x3xf32>, tensor<3xf32>) -> tensor<?x4x4x3xf32>
    %3 = nn.max_pool %2 {nn.layer = #nn.layer<"max_pooling2d", "MaxPooling2D">, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>,
                         window = array<i64: 2, 2>} : (tensor<?x4x4x3xf32>) -> tensor<?x2x2x3xf32>
    %4 = nn.reshape %3 {nn.layer = #nn.layer<"flatten", "Flatten">, shape = array<i64: 12>} : (tensor<?x2x2x3xf32>) -> tensor<?x12xf32>
    %5 = nn.read @"dense/kernel" : tensor<12x4xf32>
    %6 = nn.dense %4, %5 {nn.layer = #nn.layer<"dense", "Dense">} : (tensor<?x12xf32>, tensor<12x4xf32>) -> tensor<?x4xf32>
    %7 = nn.softmax %6 {axis = 1, nn.layer = #nn.layer<"dense", "Dense">} : (tensor<?x4xf32>) -> tensor<?x4xf32>
    return %7 : tensor<?x4xf32>
  }
}
