// RUN: nncc-opt %s -nn-hoist-gradients | FileCheck %s

// The activation's gradient moves from the full map to the pooled one.
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[MAP:.*]]: tensor<?x4x4x2xf32>, %[[DY:.*]]: tensor<?x2x2x2xf32>
// CHECK: %[[POOLED:.*]], %[[ARGMAX:.*]] = nn.max_pool_train %[[MAP]]
// CHECK: %[[D:.*]] = nn.activation_grad %[[POOLED]], %[[DY]] {function = #nn.activation<relu>}
// CHECK: %[[DX:.*]] = nn.max_pool_grad %[[D]], %[[ARGMAX]]
// CHECK-NOT: nn.activation_grad
// CHECK: return %[[POOLED]], %[[DX]]
func.func @train_step(%map: tensor<?x4x4x2xf32>, %dy: tensor<?x2x2x2xf32>) -> (tensor<?x2x2x2xf32>, tensor<?x4x4x2xf32>) {
  %pooled, %argmax = nn.max_pool_train %map {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x4x4x2xf32>) -> (tensor<?x2x2x2xf32>, tensor<?x2x2x2xi8>)
  %scattered = nn.max_pool_grad %dy, %argmax {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x2x2x2xf32>, tensor<?x2x2x2xi8>) -> tensor<?x4x4x2xf32>
  %dx = nn.activation_grad %map, %scattered {function = #nn.activation<relu>}
      : (tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32>
  return %pooled, %dx : tensor<?x2x2x2xf32>, tensor<?x4x4x2xf32>
}

// The gradient of another map than the pool's stays where it is.
// CHECK-LABEL: func.func @unchanged
// CHECK: nn.max_pool_grad
// CHECK: nn.activation_grad %{{.*}} {function = #nn.activation<tanh>} : (tensor<?x4x4x2xf32>
func.func @unchanged(%map: tensor<?x4x4x2xf32>, %other: tensor<?x4x4x2xf32>, %dy: tensor<?x2x2x2xf32>) -> tensor<?x4x4x2xf32> {
  %pooled, %argmax = nn.max_pool_train %map {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x4x4x2xf32>) -> (tensor<?x2x2x2xf32>, tensor<?x2x2x2xi8>)
  %scattered = nn.max_pool_grad %dy, %argmax {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x2x2x2xf32>, tensor<?x2x2x2xi8>) -> tensor<?x4x4x2xf32>
  %dx = nn.activation_grad %other, %scattered {function = #nn.activation<tanh>}
      : (tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32>
  return %dx : tensor<?x4x4x2xf32>
}

// A bias gradient is the same sum over the pooled map.
// CHECK-LABEL: func.func @bias
// CHECK-SAME: %[[DY:[a-z0-9]*]]: tensor<?x2x2x2xf32>, %[[ARGMAX:.*]]: tensor<?x2x2x2xi8>
// CHECK: nn.bias_grad %[[DY]] : (tensor<?x2x2x2xf32>) -> tensor<2xf32>
func.func @bias(%dy: tensor<?x2x2x2xf32>, %argmax: tensor<?x2x2x2xi8>) -> tensor<2xf32> {
  %scattered = nn.max_pool_grad %dy, %argmax {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x2x2x2xf32>, tensor<?x2x2x2xi8>) -> tensor<?x4x4x2xf32>
  %db = nn.bias_grad %scattered : (tensor<?x4x4x2xf32>) -> tensor<2xf32>
  return %db : tensor<2xf32>
}
