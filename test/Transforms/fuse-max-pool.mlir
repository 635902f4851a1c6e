// nn-fuse-max-pool moves a max pool into the convolution that alone feeds it, in inference entries.
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
// With a backward pass the pool stays: the place of each maximum is needed.
// CHECK-LABEL: func.func @train_step(
// CHECK:         nn.max_pool
func.func @train_step(%x: tensor<?x6x1xf32>, %w: tensor<1x1x1xf32>) -> tensor<?x3x1xf32> {
  %0 = nn.conv %x, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<?x6x1xf32>, tensor<1x1x1xf32>) -> tensor<?x6x1xf32>
  %1 = nn.max_pool %0 {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x6x1xf32>) -> tensor<?x3x1xf32>
  return %1 : tensor<?x3x1xf32>
}
