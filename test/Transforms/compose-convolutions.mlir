// nn-compose-convolutions makes one convolution of a linear one and the 1x1 convolution that alone reads it.
// RUN: nncc-opt %s --split-input-file --nn-compose-convolutions | FileCheck %s

// Kernels, biases, the epilogue of the second, the geometry of the first.
// CHECK-LABEL: func.func @train_step(
// CHECK-SAME:    %[[X:.*]]: tensor<?x9x9x3xf32>, %[[V:.*]]: tensor<3x3x3x64xf32>, %[[B:.*]]: tensor<64xf32>,
// CHECK-SAME:    %[[W:.*]]: tensor<1x1x64x8xf32>, %[[C:.*]]: tensor<8xf32>)
// CHECK-NEXT:    %[[K:.*]] = nn.conv %[[V]], %[[W]] {{.*}} -> tensor<3x3x3x8xf32>
// CHECK-NEXT:    %[[D:.*]] = nn.compose_bias %[[B]], %[[W]], %[[C]] {{.*}} -> tensor<8xf32>
// CHECK-NEXT:    %[[Y:.*]] = nn.conv %[[X]], %[[K]], %[[D]] {activation = #nn.activation<relu>, dilations = array<i64: 1, 1>,
// CHECK-SAME:      nn.layer = #nn.layer<"narrow", "Conv2D">, padding = array<i64: 1, 0, 1, 0>, strides = array<i64: 2, 1>}
// CHECK-NEXT:    return %[[Y]]
func.func @train_step(%x: tensor<?x9x9x3xf32>, %v: tensor<3x3x3x64xf32>, %b: tensor<64xf32>, %w: tensor<1x1x64x8xf32>,
                      %c: tensor<8xf32>) -> tensor<?x4x8x8xf32> {
  %0 = nn.conv %x, %v, %b {dilations = array<i64: 1, 1>, nn.layer = #nn.layer<"wide", "Conv2D">, padding = array<i64: 1, 0, 1, 0>,
                           strides = array<i64: 2, 1>} : (tensor<?x9x9x3xf32>, tensor<3x3x3x64xf32>, tensor<64xf32>) -> tensor<?x4x8x64xf32>
  %1 = nn.conv %0, %w, %c {activation = #nn.activation<relu>, dilations = array<i64: 1, 1>, nn.layer = #nn.layer<"narrow", "Conv2D">,
                           padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
    : (tensor<?x4x8x64xf32>, tensor<1x1x64x8xf32>, tensor<8xf32>) -> tensor<?x4x8x8xf32>
  return %1 : tensor<?x4x8x8xf32>
}

// -----
// Three in a row become one; without a bias none is made.
// CHECK-LABEL: func.func @predict(
// CHECK-COUNT-3: nn.conv
// CHECK-NOT:     nn.conv
// CHECK-NOT:     nn.compose_bias
// CHECK:         return
func.func @predict(%x: tensor<?x90x2xf32>, %u: tensor<3x2x64xf32>, %v: tensor<1x64x64xf32>, %w: tensor<1x64x2xf32>)
    -> tensor<?x88x2xf32> {
  %0 = nn.conv %x, %u {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x90x2xf32>, tensor<3x2x64xf32>) -> tensor<?x88x64xf32>
  %1 = nn.conv %0, %v {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x88x64xf32>, tensor<1x64x64xf32>) -> tensor<?x88x64xf32>
  %2 = nn.conv %1, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x88x64xf32>, tensor<1x64x2xf32>) -> tensor<?x88x2xf32>
  return %2 : tensor<?x88x2xf32>
}

// -----
// Unchanged: an activation between, a second reader, a narrow map between, few positions, more than one tap.
// CHECK-LABEL: func.func @predict(
// CHECK-COUNT-10: nn.conv
// CHECK:         return
func.func @predict(%x: tensor<?x90x2xf32>, %s: tensor<?x4x2xf32>, %u: tensor<3x2x64xf32>, %w: tensor<1x64x2xf32>,
                   %n: tensor<3x2x2xf32>, %m: tensor<1x2x64xf32>, %t: tensor<2x64x2xf32>)
    -> (tensor<?x88x2xf32>, tensor<?x88x64xf32>, tensor<?x88x2xf32>, tensor<?x88x64xf32>, tensor<?x2x2xf32>, tensor<?x87x2xf32>) {
  %0 = nn.conv %x, %u {activation = #nn.activation<relu>, dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x90x2xf32>, tensor<3x2x64xf32>) -> tensor<?x88x64xf32>
  %1 = nn.conv %0, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x88x64xf32>, tensor<1x64x2xf32>) -> tensor<?x88x2xf32>
  %2 = nn.conv %x, %u {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x90x2xf32>, tensor<3x2x64xf32>) -> tensor<?x88x64xf32>
  %3 = nn.conv %2, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x88x64xf32>, tensor<1x64x2xf32>) -> tensor<?x88x2xf32>
  %4 = nn.conv %x, %n {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x90x2xf32>, tensor<3x2x2xf32>) -> tensor<?x88x2xf32>
  %5 = nn.conv %4, %m {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x88x2xf32>, tensor<1x2x64xf32>) -> tensor<?x88x64xf32>
  %6 = nn.conv %s, %u {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x4x2xf32>, tensor<3x2x64xf32>) -> tensor<?x2x64xf32>
  %7 = nn.conv %6, %w {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x2x64xf32>, tensor<1x64x2xf32>) -> tensor<?x2x2xf32>
  %8 = nn.conv %x, %u {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x90x2xf32>, tensor<3x2x64xf32>) -> tensor<?x88x64xf32>
  %9 = nn.conv %8, %t {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
    : (tensor<?x88x64xf32>, tensor<2x64x2xf32>) -> tensor<?x87x2xf32>
  return %1, %2, %3, %5, %7, %9 : tensor<?x88x2xf32>, tensor<?x88x64xf32>, tensor<?x88x2xf32>, tensor<?x88x64xf32>, tensor<?x2x2xf32>, tensor<?x87x2xf32>
}
