// nn-fuse-max-pool moves a max pool into the convolution that alone feeds it, and its gradient into the convolution's.
// RUN: nncc-opt %s --split-input-file --nn-fuse-max-pool | FileCheck %s

// The 9x8 map is pooled to 4x2; its last row is dropped.
// CHECK-LABEL: func.func @predict(
// CHECK-NEXT:    %[[Y:.*]] = nn.conv %{{.*}} {activation = #nn.activation<relu>, {{.*}}, nn.layer = #nn.layer<"conv2d", "Conv2D">, {{.*}}pool_size = array<i64: 2, 4>
// CHECK-SAME:      -> tensor<?x4x2x2xf32>
// CHECK-NEXT:    return %[[Y]] : tensor<?x4x2x2xf32>
func.func @predict(%x: tensor<?x11x10x1xf32>, %w: tensor<3x3x1x2xf32>) -> tensor<?x4x2x2xf32> {
  %0 = nn.conv %x, %w {activation = #nn.activation<relu>, dilations = array<i64: 1, 1>, nn.layer = #nn.layer<"conv2d", "Conv2D">,
                       padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x11x10x1xf32>, tensor<3x3x1x2xf32>) -> tensor<?x9x8x2xf32>
  %1 = nn.max_pool %0 {padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 4>, window = array<i64: 2, 4>}
    : (tensor<?x9x8x2xf32>) -> tensor<?x4x2x2xf32>
  return %1 : tensor<?x4x2x2xf32>
}

// Unchanged: overlapping windows, padding, and a map that something else reads.
// CHECK-LABEL: func.func @evaluate(
// CHECK-COUNT-3: nn.max_pool
func.func @evaluate(%x: tensor<?x6x1xf32>, %w: tensor<1x1x1xf32>) -> (tensor<?x5x1xf32>, tensor<?x3x1xf32>, tensor<?x3x1xf32>, tensor<?x6x1xf32>) {
  %0 = nn.conv %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x1xf32>, tensor<1x1x1xf32>) -> tensor<?x6x1xf32>
  %1 = nn.max_pool %0 {padding = array<i64: 0, 0>, strides = array<i64: 1>, window = array<i64: 2>} : (tensor<?x6x1xf32>) -> tensor<?x5x1xf32>
  %2 = nn.conv %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x1xf32>, tensor<1x1x1xf32>) -> tensor<?x6x1xf32>
  %3 = nn.max_pool %2 {padding = array<i64: 1, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x6x1xf32>) -> tensor<?x3x1xf32>
  %4 = nn.conv %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x1xf32>, tensor<1x1x1xf32>) -> tensor<?x6x1xf32>
  %5 = nn.max_pool %4 {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x6x1xf32>) -> tensor<?x3x1xf32>
  return %1, %3, %5, %4 : tensor<?x5x1xf32>, tensor<?x3x1xf32>, tensor<?x3x1xf32>, tensor<?x6x1xf32>
}

// -----
// In training the places of the maxima are kept; the gradients of the convolution read the pooled gradient. ReLU's is in the
// places already.
// CHECK-LABEL: func.func @train_step(
// CHECK-SAME:    %[[X:.*]]: tensor<?x6x3xf32>, %[[W:.*]]: tensor<3x3x2xf32>, %[[B:.*]]: tensor<2xf32>, %[[DY:.*]]: tensor<?x2x2xf32>)
// CHECK-NEXT:    %[[Y:.*]], %[[ARGMAX:.*]] = nn.conv_max_pool_train %[[X]], %[[W]], %[[B]] {activation = #nn.activation<relu>, dilations = array<i64: 1>, nn.layer = #nn.layer<"conv1d", "Conv1D">, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>}
// CHECK-SAME:      -> (tensor<?x2x2xf32>, tensor<?x2x2xi8>)
// CHECK-NEXT:    %[[DX:.*]] = nn.pooled_conv_grad_input %[[DY]], %[[ARGMAX]], %[[W]] {dilations = array<i64: 1>, nn.layer = #nn.layer<"conv1d", "Conv1D">, padding = array<i64: 0, 0>, pool_size = array<i64: 2>, strides = array<i64: 1>}
// CHECK-NEXT:    %[[DW:.*]] = nn.pooled_conv_grad_kernel %[[X]], %[[DY]], %[[ARGMAX]] {dilations
// CHECK-NEXT:    %[[DB:.*]] = nn.pooled_bias_grad %[[DY]], %[[ARGMAX]] {window_positions = 2 : i64}
// CHECK-NEXT:    return %[[Y]], %[[DX]], %[[DW]], %[[DB]]
func.func @train_step(%x: tensor<?x6x3xf32>, %w: tensor<3x3x2xf32>, %b: tensor<2xf32>, %dy: tensor<?x2x2xf32>) -> (tensor<?x2x2xf32>, tensor<?x6x3xf32>, tensor<3x3x2xf32>, tensor<2xf32>) {
  %0 = nn.conv %x, %w, %b {activation = #nn.activation<relu>, dilations = array<i64: 1>, nn.layer = #nn.layer<"conv1d", "Conv1D">, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x6x3xf32>, tensor<3x3x2xf32>, tensor<2xf32>) -> tensor<?x4x2xf32>
  %y, %argmax = nn.max_pool_train %0 {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x4x2xf32>) -> (tensor<?x2x2xf32>, tensor<?x2x2xi8>)
  %d = nn.activation_grad %y, %dy {function = #nn.activation<relu>} : (tensor<?x2x2xf32>, tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
  %map = nn.max_pool_grad %d, %argmax {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x2x2xf32>, tensor<?x2x2xi8>) -> tensor<?x4x2xf32>
  %dx = nn.conv_grad_input %map, %w {dilations = array<i64: 1>, nn.layer = #nn.layer<"conv1d", "Conv1D">, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x4x2xf32>, tensor<3x3x2xf32>) -> tensor<?x6x3xf32>
  %dw = nn.conv_grad_kernel %x, %map {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x3xf32>, tensor<?x4x2xf32>) -> tensor<3x3x2xf32>
  %db = nn.bias_grad %d : (tensor<?x2x2xf32>) -> tensor<2xf32>
  return %y, %dx, %dw, %db : tensor<?x2x2xf32>, tensor<?x6x3xf32>, tensor<3x3x2xf32>, tensor<2xf32>
}

// -----
// The gradient of another activation, and one that something else reads, stays; the bias' is summed beside the kernel's.
// CHECK-LABEL: func.func @train_step(
// CHECK:         %[[D:.*]] = nn.activation_grad {{.*}} {function = #nn.activation<tanh>}
// CHECK-NEXT:    nn.pooled_conv_grad_kernel %{{.*}}, %[[D]],
// CHECK-NEXT:    nn.pooled_bias_grad %[[D]],
// CHECK:         %[[E:.*]] = nn.activation_grad {{.*}} {function = #nn.activation<relu>}
// CHECK-NEXT:    nn.pooled_conv_grad_kernel %{{.*}}, %[[E]],
func.func @train_step(%x: tensor<?x6x3xf32>, %w: tensor<3x3x2xf32>, %dy: tensor<?x2x2xf32>) -> (tensor<3x3x2xf32>, tensor<2xf32>, tensor<3x3x2xf32>, tensor<?x2x2xf32>) {
  %0 = nn.conv %x, %w {activation = #nn.activation<tanh>, dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x3xf32>, tensor<3x3x2xf32>) -> tensor<?x4x2xf32>
  %y, %argmax = nn.max_pool_train %0 {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x4x2xf32>) -> (tensor<?x2x2xf32>, tensor<?x2x2xi8>)
  %d = nn.activation_grad %y, %dy {function = #nn.activation<tanh>} : (tensor<?x2x2xf32>, tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
  %map = nn.max_pool_grad %d, %argmax {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x2x2xf32>, tensor<?x2x2xi8>) -> tensor<?x4x2xf32>
  %dw = nn.conv_grad_kernel %x, %map {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x3xf32>, tensor<?x4x2xf32>) -> tensor<3x3x2xf32>
  %db = nn.bias_grad %d : (tensor<?x2x2xf32>) -> tensor<2xf32>
  %1 = nn.conv %x, %w {activation = #nn.activation<relu>, dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x3xf32>, tensor<3x3x2xf32>) -> tensor<?x4x2xf32>
  %z, %where = nn.max_pool_train %1 {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x4x2xf32>) -> (tensor<?x2x2xf32>, tensor<?x2x2xi8>)
  %e = nn.activation_grad %z, %dy {function = #nn.activation<relu>} : (tensor<?x2x2xf32>, tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
  %other = nn.max_pool_grad %e, %where {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x2x2xf32>, tensor<?x2x2xi8>) -> tensor<?x4x2xf32>
  %dv = nn.conv_grad_kernel %x, %other {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x3xf32>, tensor<?x4x2xf32>) -> tensor<3x3x2xf32>
  return %dw, %db, %dv, %e : tensor<3x3x2xf32>, tensor<2xf32>, tensor<3x3x2xf32>, tensor<?x2x2xf32>
}

// -----
// Unchanged: a map that something else reads, and windows that overlap.
// CHECK-LABEL: func.func @gradients(
// CHECK:         nn.conv %
// CHECK:         nn.max_pool_train
// CHECK:         nn.max_pool_grad
// CHECK:         nn.activation_grad
// CHECK:         nn.conv_grad_kernel
// CHECK:         nn.conv %
// CHECK:         nn.max_pool_train
// CHECK:         nn.max_pool_grad
// CHECK:         nn.conv_grad_kernel
// CHECK-NOT:     pooled_conv
func.func @gradients(%x: tensor<?x6x1xf32>, %w: tensor<1x1x1xf32>, %dy: tensor<?x3x1xf32>, %dz: tensor<?x5x1xf32>) -> (tensor<?x3x1xf32>, tensor<?x6x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>) {
  %0 = nn.conv %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x1xf32>, tensor<1x1x1xf32>) -> tensor<?x6x1xf32>
  %y, %argmax = nn.max_pool_train %0 {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x6x1xf32>) -> (tensor<?x3x1xf32>, tensor<?x3x1xi8>)
  %map = nn.max_pool_grad %dy, %argmax {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x3x1xf32>, tensor<?x3x1xi8>) -> tensor<?x6x1xf32>
  %d = nn.activation_grad %0, %map {function = #nn.activation<tanh>} : (tensor<?x6x1xf32>, tensor<?x6x1xf32>) -> tensor<?x6x1xf32>
  %dw = nn.conv_grad_kernel %x, %d {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x1xf32>, tensor<?x6x1xf32>) -> tensor<1x1x1xf32>
  %1 = nn.conv %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x1xf32>, tensor<1x1x1xf32>) -> tensor<?x6x1xf32>
  %z, %where = nn.max_pool_train %1 {padding = array<i64: 0, 0>, strides = array<i64: 1>, window = array<i64: 2>} : (tensor<?x6x1xf32>) -> (tensor<?x5x1xf32>, tensor<?x5x1xi8>)
  %other = nn.max_pool_grad %dz, %where {padding = array<i64: 0, 0>, strides = array<i64: 1>, window = array<i64: 2>} : (tensor<?x5x1xf32>, tensor<?x5x1xi8>) -> tensor<?x6x1xf32>
  %dv = nn.conv_grad_kernel %x, %other {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x1xf32>, tensor<?x6x1xf32>) -> tensor<1x1x1xf32>
  return %y, %0, %dw, %dv : tensor<?x3x1xf32>, tensor<?x6x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>
}

// -----
// Unchanged: many small groups, as of a depthwise convolution.
// CHECK-LABEL: func.func @predict(
// CHECK-NEXT:    nn.conv
// CHECK-NEXT:    nn.max_pool
func.func @predict(%x: tensor<?x6x4xf32>, %w: tensor<3x1x4xf32>) -> tensor<?x2x4xf32> {
  %0 = nn.conv %x, %w {dilations = array<i64: 1>, groups = 4 : i64, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x6x4xf32>, tensor<3x1x4xf32>) -> tensor<?x4x4xf32>
  %1 = nn.max_pool %0 {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x4x4xf32>) -> tensor<?x2x4xf32>
  return %1 : tensor<?x2x4xf32>
}

// CHECK-LABEL: func.func @train_step(
// CHECK:         nn.max_pool_train
// CHECK-NEXT:    nn.max_pool_grad
// CHECK-NEXT:    nn.conv_grad_kernel
func.func @train_step(%x: tensor<?x6x4xf32>, %w: tensor<3x1x4xf32>, %dy: tensor<?x2x4xf32>) -> (tensor<?x2x4xf32>, tensor<3x1x4xf32>) {
  %0 = nn.conv %x, %w {dilations = array<i64: 1>, groups = 4 : i64, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x6x4xf32>, tensor<3x1x4xf32>) -> tensor<?x4x4xf32>
  %y, %argmax = nn.max_pool_train %0 {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x4x4xf32>) -> (tensor<?x2x4xf32>, tensor<?x2x4xi8>)
  %map = nn.max_pool_grad %dy, %argmax {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x2x4xf32>, tensor<?x2x4xi8>) -> tensor<?x4x4xf32>
  %dw = nn.conv_grad_kernel %x, %map {dilations = array<i64: 1>, groups = 4 : i64, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x4xf32>, tensor<?x4x4xf32>) -> tensor<3x1x4xf32>
  return %y, %dw : tensor<?x2x4xf32>, tensor<3x1x4xf32>
}
