// Every op and attribute of the dialect prints as it parses.
// RUN: nncc-opt %s | FileCheck %s
// RUN: nncc-opt %s | nncc-opt | FileCheck %s
// RUN: nncc-opt -mlir-print-op-generic %s | nncc-opt | FileCheck %s

// CHECK-LABEL: module @Roundtrip
module @Roundtrip {
  // CHECK: nn.variable @"conv2d/kernel" : tensor<3x2x1x4xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  nn.variable @"conv2d/kernel" : tensor<3x2x1x4xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  // CHECK: nn.variable @moving : tensor<4xf32> {initializer = #nn.call<"Constant", {value = 1.000000e-01 : f64}>, trainable = false}
  nn.variable @moving : tensor<4xf32> {initializer = #nn.call<"Constant", {value = 0.1}>, trainable = false}

  // CHECK-LABEL: func.func @convolution
  func.func @convolution(%x: tensor<?x9x7x1xf32>, %b: tensor<4xf32>, %t: tensor<1x4x4xf32>) {
    // CHECK: %[[W:.*]] = nn.read @"conv2d/kernel" : tensor<3x2x1x4xf32>
    %w = nn.read @"conv2d/kernel" : tensor<3x2x1x4xf32>
    // CHECK: %[[Y:.*]] = nn.conv %{{.*}}, %[[W]], %{{.*}} {activation = #nn.activation<relu>, dilations = array<i64: 1, 1>,
    // CHECK-SAME: nn.layer = #nn.layer<"conv2d", "Conv2D">, padding = array<i64: 1, 1, 0, 1>, pool_size = array<i64: 2, 3>, strides = array<i64: 1, 1>}
    // CHECK-SAME: : (tensor<?x9x7x1xf32>, tensor<3x2x1x4xf32>, tensor<4xf32>) -> tensor<?x4x2x4xf32>
    %p = nn.conv %x, %w, %b {activation = #nn.activation<relu>, dilations = array<i64: 1, 1>, pool_size = array<i64: 2, 3>,
                             nn.layer = #nn.layer<"conv2d", "Conv2D">, padding = array<i64: 1, 1, 0, 1>, strides = array<i64: 1, 1>}
      : (tensor<?x9x7x1xf32>, tensor<3x2x1x4xf32>, tensor<4xf32>) -> tensor<?x4x2x4xf32>
    // CHECK: nn.conv %{{.*}}, %[[W]] {dilations = array<i64: 2, 1>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 3>}
    %y = nn.conv %x, %w {dilations = array<i64: 2, 1>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 3>}
      : (tensor<?x9x7x1xf32>, tensor<3x2x1x4xf32>) -> tensor<?x5x2x4xf32>
    // CHECK: nn.conv_grad_input %{{.*}}, %[[W]] {dilations
    %dx = nn.conv_grad_input %y, %w {dilations = array<i64: 2, 1>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 3>}
      : (tensor<?x5x2x4xf32>, tensor<3x2x1x4xf32>) -> tensor<?x9x7x1xf32>
    // CHECK: nn.conv_grad_kernel %{{.*}}, %{{.*}} {dilations
    %dw = nn.conv_grad_kernel %x, %y {dilations = array<i64: 2, 1>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 3>}
      : (tensor<?x9x7x1xf32>, tensor<?x5x2x4xf32>) -> tensor<3x2x1x4xf32>
    // CHECK: nn.bias_grad %{{.*}} : (tensor<?x5x2x4xf32>) -> tensor<4xf32>
    %db = nn.bias_grad %y : (tensor<?x5x2x4xf32>) -> tensor<4xf32>
    // CHECK: nn.compose_bias %[[DB:.*]], %[[T:.*]], %[[DB]] : (tensor<4xf32>, tensor<1x4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %cb = nn.compose_bias %db, %t, %db : (tensor<4xf32>, tensor<1x4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
    // CHECK: nn.compose_bias_grad %[[DB]], %[[DB]], %[[T]]
    %cg:2 = nn.compose_bias_grad %db, %db, %t : (tensor<4xf32>, tensor<4xf32>, tensor<1x4x4xf32>) -> (tensor<4xf32>, tensor<1x4x4xf32>)
    return
  }

  // CHECK-LABEL: func.func @other_convolutions
  func.func @other_convolutions(%x: tensor<?x7x2xf32>, %w: tensor<3x5x2xf32>, %b: tensor<5xf32>, %l: tensor<80xf32>) {
    // CHECK: nn.conv_transpose %{{.*}}, %{{.*}}, %{{.*}} {activation = #nn.activation<tanh>, dilations = array<i64: 1>, padding = array<i64: 0, -1>, strides = array<i64: 2>}
    %up = nn.conv_transpose %x, %w, %b {activation = #nn.activation<tanh>, dilations = array<i64: 1>, padding = array<i64: 0, -1>, strides = array<i64: 2>}
      : (tensor<?x7x2xf32>, tensor<3x5x2xf32>, tensor<5xf32>) -> tensor<?x16x5xf32>
    // CHECK: nn.local_conv %{{.*}}, %{{.*}} {implementation = 3 : i64, strides = array<i64: 2>, window = array<i64: 4>}
    %y = nn.local_conv %x, %l {implementation = 3 : i64, strides = array<i64: 2>, window = array<i64: 4>}
      : (tensor<?x7x2xf32>, tensor<80xf32>) -> tensor<?x2x5xf32>
    // CHECK: nn.local_conv_grad_input %{{.*}}, %{{.*}} {implementation = 3 : i64, strides
    %dx = nn.local_conv_grad_input %y, %l {implementation = 3 : i64, strides = array<i64: 2>, window = array<i64: 4>}
      : (tensor<?x2x5xf32>, tensor<80xf32>) -> tensor<?x7x2xf32>
    // CHECK: nn.local_conv_grad_kernel %{{.*}}, %{{.*}} {implementation = 3 : i64, strides
    %dl = nn.local_conv_grad_kernel %x, %y {implementation = 3 : i64, strides = array<i64: 2>, window = array<i64: 4>}
      : (tensor<?x7x2xf32>, tensor<?x2x5xf32>) -> tensor<80xf32>
    return
  }

  // CHECK-LABEL: func.func @one_and_three_axes
  func.func @one_and_three_axes(%x: tensor<?x9x6xf32>, %w: tensor<3x3x4xf32>, %v: tensor<?x3x4x5x1xf32>, %k: tensor<1x2x3x1x2xf32>) {
    // CHECK: nn.conv %{{.*}} {dilations = array<i64: 1>, groups = 2 : i64, padding = array<i64: 2, 0>, strides = array<i64: 1>}
    %0 = nn.conv %x, %w {dilations = array<i64: 1>, groups = 2 : i64, padding = array<i64: 2, 0>, strides = array<i64: 1>}
      : (tensor<?x9x6xf32>, tensor<3x3x4xf32>) -> tensor<?x9x4xf32>
    // CHECK: -> tensor<?x3x3x3x2xf32>
    %1 = nn.conv %v, %k {dilations = array<i64: 1, 1, 1>, padding = array<i64: 0, 0, 0, 0, 0, 0>, strides = array<i64: 1, 1, 1>}
      : (tensor<?x3x4x5x1xf32>, tensor<1x2x3x1x2xf32>) -> tensor<?x3x3x3x2xf32>
    return
  }

  // CHECK-LABEL: func.func @pooled_convolution
  func.func @pooled_convolution(%x: tensor<?x9x7x1xf32>, %w: tensor<3x2x1x4xf32>, %b: tensor<4xf32>) {
    // CHECK: nn.conv_max_pool_train %{{.*}}, %{{.*}}, %{{.*}} {activation = #nn.activation<relu>, {{.*}}pool_size = array<i64: 2, 3>{{.*}}} : ({{.*}}) -> (tensor<?x3x2x4xf32>, tensor<?x3x2x4xi8>)
    %0:2 = nn.conv_max_pool_train %x, %w, %b {activation = #nn.activation<relu>, dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, pool_size = array<i64: 2, 3>, strides = array<i64: 1, 1>}
      : (tensor<?x9x7x1xf32>, tensor<3x2x1x4xf32>, tensor<4xf32>) -> (tensor<?x3x2x4xf32>, tensor<?x3x2x4xi8>)
    // CHECK: nn.pooled_conv_grad_input %{{.*}}, %{{.*}}, %{{.*}} {
    %1 = nn.pooled_conv_grad_input %0#0, %0#1, %w {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, pool_size = array<i64: 2, 3>, strides = array<i64: 1, 1>}
      : (tensor<?x3x2x4xf32>, tensor<?x3x2x4xi8>, tensor<3x2x1x4xf32>) -> tensor<?x9x7x1xf32>
    // CHECK: nn.pooled_conv_grad_kernel %{{.*}}, %{{.*}}, %{{.*}} {
    %2 = nn.pooled_conv_grad_kernel %x, %0#0, %0#1 {dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, pool_size = array<i64: 2, 3>, strides = array<i64: 1, 1>}
      : (tensor<?x9x7x1xf32>, tensor<?x3x2x4xf32>, tensor<?x3x2x4xi8>) -> tensor<3x2x1x4xf32>
    // CHECK: nn.pooled_bias_grad %{{.*}}, %{{.*}} {window_positions = 6 : i64} : (tensor<?x3x2x4xf32>, tensor<?x3x2x4xi8>) -> tensor<4xf32>
    %3 = nn.pooled_bias_grad %0#0, %0#1 {window_positions = 6} : (tensor<?x3x2x4xf32>, tensor<?x3x2x4xi8>) -> tensor<4xf32>
    return
  }

  // CHECK-LABEL: func.func @pooling
  func.func @pooling(%x: tensor<?x7x9x3xf32>) {
    // CHECK: nn.max_pool %{{.*}} {padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 3>, window = array<i64: 2, 3>} : (tensor<?x7x9x3xf32>) -> tensor<?x3x3x3xf32>
    %0 = nn.max_pool %x {padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 3>, window = array<i64: 2, 3>}
      : (tensor<?x7x9x3xf32>) -> tensor<?x3x3x3xf32>
    // CHECK: nn.max_pool_train %{{.*}} : (tensor<?x7x9x3xf32>) -> (tensor<?x3x3x3xf32>, tensor<?x3x3x3xi8>)
    %1:2 = nn.max_pool_train %x {padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 3>, window = array<i64: 2, 3>}
      : (tensor<?x7x9x3xf32>) -> (tensor<?x3x3x3xf32>, tensor<?x3x3x3xi8>)
    // CHECK: nn.max_pool_grad %{{.*}}, %{{.*}} {
    %2 = nn.max_pool_grad %1#0, %1#1 {padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 3>, window = array<i64: 2, 3>}
      : (tensor<?x3x3x3xf32>, tensor<?x3x3x3xi8>) -> tensor<?x7x9x3xf32>
    // CHECK: nn.average_pool %{{.*}} {
    %3 = nn.average_pool %x {padding = array<i64: 0, 1, 1, 1>, strides = array<i64: 1, 1>, window = array<i64: 2, 3>}
      : (tensor<?x7x9x3xf32>) -> tensor<?x7x9x3xf32>
    // CHECK: nn.average_pool_grad %{{.*}} {
    %4 = nn.average_pool_grad %3 {padding = array<i64: 0, 1, 1, 1>, strides = array<i64: 1, 1>, window = array<i64: 2, 3>}
      : (tensor<?x7x9x3xf32>) -> tensor<?x7x9x3xf32>
    // CHECK: nn.global_max_pool %{{.*}} : (tensor<?x7x9x3xf32>) -> tensor<?x3xf32>
    %5 = nn.global_max_pool %x : (tensor<?x7x9x3xf32>) -> tensor<?x3xf32>
    // CHECK: nn.global_max_pool_grad %{{.*}}, %{{.*}}, %{{.*}} :
    %6 = nn.global_max_pool_grad %x, %5, %5 : (tensor<?x7x9x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x7x9x3xf32>
    // CHECK: nn.global_average_pool %{{.*}} {keepdims = true} : (tensor<?x7x9x3xf32>) -> tensor<?x1x1x3xf32>
    %7 = nn.global_average_pool %x {keepdims = true} : (tensor<?x7x9x3xf32>) -> tensor<?x1x1x3xf32>
    // CHECK: nn.global_average_pool_grad %{{.*}} :
    %8 = nn.global_average_pool_grad %7 : (tensor<?x1x1x3xf32>) -> tensor<?x7x9x3xf32>
    return
  }

  // A window of more than 256 positions needs wider numbers for them.
  // CHECK-LABEL: func.func @wide_argmax
  func.func @wide_argmax(%x: tensor<?x300x1xf32>) {
    // CHECK: tensor<?x44x1xi32>
    %0:2 = nn.max_pool_train %x {padding = array<i64: 0, 0>, strides = array<i64: 1>, window = array<i64: 257>}
      : (tensor<?x300x1xf32>) -> (tensor<?x44x1xf32>, tensor<?x44x1xi32>)
    return
  }

  // CHECK-LABEL: func.func @dense
  func.func @dense(%x: tensor<?x7x5xf32>, %w: tensor<5x3xf32>, %b: tensor<3xf32>) {
    // CHECK: nn.dense %{{.*}}, %{{.*}}, %{{.*}} {activation = #nn.activation<tanh>} : (tensor<?x7x5xf32>, tensor<5x3xf32>, tensor<3xf32>) -> tensor<?x7x3xf32>
    %0 = nn.dense %x, %w, %b {activation = #nn.activation<tanh>} : (tensor<?x7x5xf32>, tensor<5x3xf32>, tensor<3xf32>) -> tensor<?x7x3xf32>
    // CHECK: nn.dense_grad_input %{{.*}}, %{{.*}} :
    %1 = nn.dense_grad_input %0, %w : (tensor<?x7x3xf32>, tensor<5x3xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.dense_grad_kernel %{{.*}}, %{{.*}} :
    %2 = nn.dense_grad_kernel %x, %0 : (tensor<?x7x5xf32>, tensor<?x7x3xf32>) -> tensor<5x3xf32>
    return
  }

  // CHECK-LABEL: func.func @activations
  func.func @activations(%x: tensor<?x7x5xf32>) {
    // CHECK: nn.activation %{{.*}} {function = #nn.activation<sigmoid>} :
    %0 = nn.activation %x {function = #nn.activation<sigmoid>} : (tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.activation_grad %{{.*}}, %{{.*}} {function = #nn.activation<sigmoid>} :
    %1 = nn.activation_grad %0, %x {function = #nn.activation<sigmoid>} : (tensor<?x7x5xf32>, tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.relu %{{.*}} {max_value = 6.000000e+00 : f64, negative_slope = 1.000000e-01 : f64, threshold = 0.000000e+00 : f64} :
    %2 = nn.relu %x {max_value = 6.0, negative_slope = 0.1, threshold = 0.0} : (tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.relu_grad %{{.*}}, %{{.*}} {negative_slope
    %3 = nn.relu_grad %x, %2 {negative_slope = 0.1, threshold = 0.0} : (tensor<?x7x5xf32>, tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.softmax %{{.*}} {axis = 2 : i64} :
    %4 = nn.softmax %x {axis = 2} : (tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.softmax_grad %{{.*}}, %{{.*}} {axis = 2 : i64} :
    %5 = nn.softmax_grad %4, %x {axis = 2} : (tensor<?x7x5xf32>, tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    return
  }

  // CHECK-LABEL: func.func @normalization
  func.func @normalization(%x: tensor<?x7x5xf32>, %c: tensor<5xf32>, %k: tensor<3x4x5xf32>) {
    // CHECK: nn.batch_norm %[[X:.*]] gamma(%[[C:.*]]) beta(%[[C]]) mean(%[[C]]) variance(%[[C]]) {axis = 2 : i64, epsilon
    %0 = nn.batch_norm %x gamma(%c) beta(%c) mean(%c) variance(%c) {axis = 2, epsilon = 0.001, momentum = 0.99}
      : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.batch_norm %[[X]] beta(%[[C]]) mean(%[[C]]) variance(%[[C]]) {
    %1 = nn.batch_norm %x beta(%c) mean(%c) variance(%c) {axis = 2, epsilon = 0.001, momentum = 0.99}
      : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.batch_norm_train %[[X]] gamma(%[[C]]) beta(%[[C]]) {
    %2:3 = nn.batch_norm_train %x gamma(%c) beta(%c) {axis = 2, epsilon = 0.001}
      : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
    // CHECK: nn.batch_norm_train_grad %[[X]] gamma(%[[C]]) mean(%{{.*}}) variance(%{{.*}}), %{{.*}} {
    %3:3 = nn.batch_norm_train_grad %x gamma(%c) mean(%2#1) variance(%2#2), %2#0 {axis = 2, epsilon = 0.001}
      : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
    // CHECK: nn.batch_norm_grad %[[X]] mean(%[[C]]) variance(%[[C]]), %{{.*}} {
    %4:3 = nn.batch_norm_grad %x mean(%c) variance(%c), %0 {axis = 2, epsilon = 0.001}
      : (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<?x7x5xf32>) -> (tensor<?x7x5xf32>, tensor<5xf32>, tensor<5xf32>)
    // CHECK: nn.fold_batch_norm %[[K:.*]] bias(%[[C]]) gamma(%[[C]]) beta(%[[C]]) mean(%[[C]]) variance(%[[C]]) {epsilon
    %5:2 = nn.fold_batch_norm %k bias(%c) gamma(%c) beta(%c) mean(%c) variance(%c) {epsilon = 0.001}
      : (tensor<3x4x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> (tensor<3x4x5xf32>, tensor<5xf32>)
    // CHECK: nn.fold_batch_norm %[[K]] mean(%[[C]]) variance(%[[C]]) {epsilon
    %6:2 = nn.fold_batch_norm %k mean(%c) variance(%c) {epsilon = 0.001}
      : (tensor<3x4x5xf32>, tensor<5xf32>, tensor<5xf32>) -> (tensor<3x4x5xf32>, tensor<5xf32>)
    return
  }

  // CHECK-LABEL: func.func @shapes_and_merges
  func.func @shapes_and_merges(%x: tensor<?x7x5xf32>, %y: tensor<?x7x2xf32>, %g: tensor<3x2xf32>) {
    // CHECK: nn.gaussian_noise %{{.*}} {stddev = 5.000000e-01 : f64, stream = 3 : i32} :
    %noise = nn.gaussian_noise %x {stddev = 0.5, stream = 3 : i32} : (tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.spatial_dropout %{{.*}} {rate = 5.000000e-01 : f64, shared = array<i64: 0, 2>, stream = 3 : i32} :
    %masked = nn.spatial_dropout %x {rate = 0.5, shared = array<i64: 0, 2>, stream = 3 : i32} : (tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.penalty %{{.*}} {l1 = 5.000000e-01 : f64, l2 = 0.000000e+00 : f64, per_sample = true} :
    %penalty = nn.penalty %x {l1 = 0.5, l2 = 0.0, per_sample = true} : (tensor<?x7x5xf32>) -> tensor<f32>
    // CHECK: nn.total_loss %{{.*}}, %{{.*}} : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %total = nn.total_loss %penalty, %penalty : (tensor<f32>, tensor<f32>) -> tensor<f32>
    // CHECK: nn.resize %{{.*}} {factors = array<i64: 2>, interpolation = "bilinear"} : (tensor<?x7x5xf32>) -> tensor<?x14x5xf32>
    %large = nn.resize %x {factors = array<i64: 2>, interpolation = "bilinear"} : (tensor<?x7x5xf32>) -> tensor<?x14x5xf32>
    // CHECK: nn.dropout %{{.*}} {rate = 5.000000e-01 : f64, stream = 3 : i32} :
    %0 = nn.dropout %x {rate = 0.5, stream = 3 : i32} : (tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    // CHECK: nn.reshape %{{.*}} {shape = array<i64: 35>} : (tensor<?x7x5xf32>) -> tensor<?x35xf32>
    %1 = nn.reshape %x {shape = array<i64: 35>} : (tensor<?x7x5xf32>) -> tensor<?x35xf32>
    // CHECK: nn.concatenate %{{.*}}, %{{.*}} {axis = 2 : i64} : (tensor<?x7x5xf32>, tensor<?x7x2xf32>) -> tensor<?x7x7xf32>
    %2 = nn.concatenate %x, %y {axis = 2} : (tensor<?x7x5xf32>, tensor<?x7x2xf32>) -> tensor<?x7x7xf32>
    // CHECK: nn.slice %{{.*}} {axis = 2 : i64, offset = 5 : i64, size = 2 : i64} : (tensor<?x7x7xf32>) -> tensor<?x7x2xf32>
    %3 = nn.slice %2 {axis = 2, offset = 5, size = 2} : (tensor<?x7x7xf32>) -> tensor<?x7x2xf32>
    // CHECK: nn.add %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x7x5xf32>, tensor<?x7x5xf32>, tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    %4 = nn.add %x, %0, %x : (tensor<?x7x5xf32>, tensor<?x7x5xf32>, tensor<?x7x5xf32>) -> tensor<?x7x5xf32>
    // Gradients of parameters have no batch.
    // CHECK: nn.add %{{.*}}, %{{.*}} : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %5 = nn.add %g, %g : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    return
  }

  // CHECK-LABEL: func.func @losses
  func.func @losses(%p: tensor<?x5xf32>, %t: tensor<?x5xf32>, %c: tensor<?xf32>) {
    // CHECK: nn.mean_squared_error %{{.*}}, %{{.*}} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
    %0 = nn.mean_squared_error %p, %t : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
    // CHECK: nn.mean_squared_error_grad
    %1 = nn.mean_squared_error_grad %p, %t : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
    // CHECK: nn.mean_absolute_error %{{.*}}, %{{.*}} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
    %absolute = nn.mean_absolute_error %p, %t : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
    // CHECK: nn.mean_absolute_error_grad
    %absolute_gradient = nn.mean_absolute_error_grad %p, %t : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
    // CHECK: nn.huber %{{.*}}, %{{.*}} {delta = 5.000000e-01 : f64}
    %huber = nn.huber %p, %t {delta = 0.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
    // CHECK: nn.huber_grad
    %huber_gradient = nn.huber_grad %p, %t {delta = 0.5} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
    // CHECK: nn.binary_cross_entropy %{{.*}} {label_smoothing = 0.000000e+00 : f64}
    %2 = nn.binary_cross_entropy %p, %t {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
    // CHECK: nn.binary_cross_entropy_grad
    %3 = nn.binary_cross_entropy_grad %p, %t {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
    // CHECK: nn.categorical_cross_entropy
    %4 = nn.categorical_cross_entropy %p, %t {label_smoothing = 0.1} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
    // CHECK: nn.categorical_cross_entropy_grad
    %5 = nn.categorical_cross_entropy_grad %p, %t {label_smoothing = 0.1} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
    // CHECK: nn.sparse_categorical_cross_entropy %{{.*}} : (tensor<?x5xf32>, tensor<?xf32>) -> tensor<f32>
    %6 = nn.sparse_categorical_cross_entropy %p, %c : (tensor<?x5xf32>, tensor<?xf32>) -> tensor<f32>
    // CHECK: nn.sparse_categorical_cross_entropy_grad
    %7 = nn.sparse_categorical_cross_entropy_grad %p, %c : (tensor<?x5xf32>, tensor<?xf32>) -> tensor<?x5xf32>
    // CHECK: nn.sigmoid_cross_entropy %{{.*}} -> (tensor<?x5xf32>, tensor<f32>)
    %8:2 = nn.sigmoid_cross_entropy %p, %t {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> (tensor<?x5xf32>, tensor<f32>)
    // CHECK: nn.sigmoid_cross_entropy_grad
    %9 = nn.sigmoid_cross_entropy_grad %8#0, %t {label_smoothing = 0.0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
    // CHECK: nn.softmax_cross_entropy %{{.*}} {label_smoothing = 0.000000e+00 : f64, sparse = true}
    %10:2 = nn.softmax_cross_entropy %p, %c {label_smoothing = 0.0, sparse = true} : (tensor<?x5xf32>, tensor<?xf32>) -> (tensor<?x5xf32>, tensor<f32>)
    // CHECK: nn.softmax_cross_entropy_grad
    %11 = nn.softmax_cross_entropy_grad %10#0, %t {label_smoothing = 0.0, sparse = false} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
    return
  }

  // CHECK-LABEL: func.func @updates
  func.func @updates(%g: tensor<3x2x1x4xf32>, %m: tensor<4xf32>) {
    // CHECK: nn.store_gradient @"conv2d/kernel", %{{.*}} : tensor<3x2x1x4xf32>
    nn.store_gradient @"conv2d/kernel", %g : tensor<3x2x1x4xf32>
    // CHECK: nn.moving_average @moving, %{{.*}} {bessel_extent = 63 : i64, momentum = 7.500000e-01 : f64} : tensor<4xf32>
    nn.moving_average @moving, %m {bessel_extent = 63 : i64, momentum = 0.75} : tensor<4xf32>
    // CHECK: nn.sgd {momentum = 9.000000e-01 : f64, nesterov = true}
    nn.sgd {momentum = 0.9, nesterov = true}
    // CHECK: nn.adam {amsgrad = false, beta_1 = 9.000000e-01 : f64, beta_2 = 7.500000e-01 : f64, epsilon = 1.250000e-01 : f64}
    nn.adam {amsgrad = false, beta_1 = 0.9, beta_2 = 0.75, epsilon = 0.125}
    // CHECK: nn.clip_gradients {global = true, norm = 5.000000e-01 : f64}
    nn.clip_gradients {global = true, norm = 0.5}
    // CHECK: nn.nadam {beta_1 = 5.000000e-01 : f64, beta_2 = 7.500000e-01 : f64, epsilon = 1.250000e-01 : f64, weight_decay = 2.500000e-01 : f64}
    nn.nadam {beta_1 = 0.5, beta_2 = 0.75, epsilon = 0.125, weight_decay = 0.25}
    // CHECK: nn.rmsprop {centered = true, clip_value = 2.000000e+00 : f64, epsilon = 1.250000e-01 : f64, momentum = 0.000000e+00 : f64, rho = 5.000000e-01 : f64}
    nn.rmsprop {centered = true, clip_value = 2.0, epsilon = 0.125, momentum = 0.0, rho = 0.5}
    // CHECK: nn.adagrad {epsilon = 1.250000e-01 : f64, initial_accumulator_value = 5.000000e-01 : f64}
    nn.adagrad {epsilon = 0.125, initial_accumulator_value = 0.5}
    // CHECK: nn.adadelta {epsilon = 1.250000e-01 : f64, rho = 5.000000e-01 : f64}
    nn.adadelta {epsilon = 0.125, rho = 0.5}
    return
  }
}
