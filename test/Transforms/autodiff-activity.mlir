// nn-autodiff builds gradients only of what lies on a way from a source to the root, and of operands that want one.
// RUN: split-file %s %t
// RUN: nncc-opt %t/dead-branch.mlir --nn-autodiff | FileCheck %t/dead-branch.mlir
// RUN: nncc-opt %t/frozen-biases.mlir --nn-autodiff | FileCheck %t/frozen-biases.mlir
// RUN: nncc-opt %t/indices.mlir --nn-autodiff | FileCheck %t/indices.mlir

//--- dead-branch.mlir
// What the output does not depend on stays as it is: ops without a rule (nn.slice) are no error, pools keep their plain form.
// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    %[[X:[a-z0-9]*]]: tensor<?x4x3xf32> {nn.name = "x"}, %[[DY:[a-z0-9]*]]:
// CHECK-NEXT:    %[[DEAD:.*]] = nn.slice %[[X]]
// CHECK-NEXT:    nn.max_pool %[[DEAD]]
// CHECK-NEXT:    %[[Y:.*]] = nn.softmax %[[X]]
// CHECK-NEXT:    %[[DX:.*]] = nn.softmax_grad %[[Y]], %[[DY]]
// CHECK-NEXT:    return %[[Y]], %[[DX]]
func.func @gradients(%x: tensor<?x4x3xf32> {nn.name = "x"}, %dy: tensor<?x4x3xf32> {nn.name = "output_gradient"}) -> tensor<?x4x3xf32> {
  %0 = nn.slice %x {axis = 1, offset = 0, size = 2} : (tensor<?x4x3xf32>) -> tensor<?x2x3xf32>
  %1 = nn.max_pool %0 {padding = array<i64: 0, 0>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<?x2x3xf32>) -> tensor<?x1x3xf32>
  %2 = nn.softmax %x {axis = 2} : (tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  return %2 : tensor<?x4x3xf32>
}

//--- frozen-biases.mlir
// A bias that is not trained has no gradient, its kernel has.
// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    %[[X:[a-z0-9]*]]: tensor<?x5x2xf32> {nn.name = "x"}, %[[DY:[a-z0-9]*]]:
// CHECK:         %[[U:.*]] = nn.conv_transpose %[[X]], %[[KU:.*]], %[[B:.*]] {
// CHECK:         %[[C:.*]] = nn.conv %[[U]], %[[KC:.*]], %[[B]] {
// CHECK:         %[[D:.*]] = nn.dense %[[C]], %[[KD:.*]], %[[B]] :
// CHECK-NEXT:    %[[DC:.*]] = nn.dense_grad_input %[[DY]], %[[KD]]
// CHECK-NEXT:    %[[DKD:.*]] = nn.dense_grad_kernel %[[C]], %[[DY]]
// CHECK-NEXT:    nn.store_gradient @kd, %[[DKD]]
// CHECK-NEXT:    %[[DU:.*]] = nn.conv_grad_input %[[DC]], %[[KC]]
// CHECK-NEXT:    %[[DKC:.*]] = nn.conv_grad_kernel %[[U]], %[[DC]]
// CHECK-NEXT:    nn.store_gradient @kc, %[[DKC]]
// CHECK-NEXT:    %[[DX:.*]] = nn.conv %[[DU]], %[[KU]]
// CHECK-NEXT:    %[[DKU:.*]] = nn.conv_grad_kernel %[[DU]], %[[X]]
// CHECK-NEXT:    nn.store_gradient @ku, %[[DKU]]
// CHECK-NEXT:    return %[[D]], %[[DX]]
module {
  nn.variable @ku : tensor<1x3x2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true}
  nn.variable @kc : tensor<1x3x3xf32> {initializer = #nn.call<"Ones", {}>, trainable = true}
  nn.variable @kd : tensor<3x3xf32> {initializer = #nn.call<"Ones", {}>, trainable = true}
  nn.variable @bias : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
  func.func @gradients(%x: tensor<?x5x2xf32> {nn.name = "x"}, %dy: tensor<?x5x3xf32> {nn.name = "output_gradient"}) -> tensor<?x5x3xf32> {
    %b = nn.read @bias : tensor<3xf32>
    %u = nn.read @ku : tensor<1x3x2xf32>
    %0 = nn.conv_transpose %x, %u, %b {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
      : (tensor<?x5x2xf32>, tensor<1x3x2xf32>, tensor<3xf32>) -> tensor<?x5x3xf32>
    %c = nn.read @kc : tensor<1x3x3xf32>
    %1 = nn.conv %0, %c, %b {dilations = array<i64: 1>, padding = array<i64: 0, 0>, strides = array<i64: 1>}
      : (tensor<?x5x3xf32>, tensor<1x3x3xf32>, tensor<3xf32>) -> tensor<?x5x3xf32>
    %d = nn.read @kd : tensor<3x3xf32>
    %2 = nn.dense %1, %d, %b : (tensor<?x5x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<?x5x3xf32>
    return %2 : tensor<?x5x3xf32>
  }
}

//--- indices.mlir
// The indices of an embedding have no gradient: an input that is read as indices and as numbers has that of the numbers alone.
// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:    %[[X:[a-z0-9]*]]: tensor<?x3xf32> {nn.name = "x"}, %[[DY:[a-z0-9]*]]:
// CHECK:         %[[Y:.*]] = nn.concatenate
// CHECK-NEXT:    %[[DE:.*]] = nn.slice %[[DY]] {axis = 2 : i64, offset = 0 : i64, size = 4 : i64}
// CHECK-NEXT:    %[[DM:.*]] = nn.slice %[[DY]] {axis = 2 : i64, offset = 4 : i64, size = 1 : i64}
// CHECK-NEXT:    %[[DX:.*]] = nn.reshape %[[DM]]
// CHECK-NEXT:    %[[DT:.*]] = nn.embedding_grad %[[X]], %[[DE]]
// CHECK-NEXT:    nn.store_gradient @table, %[[DT]]
// CHECK-NEXT:    return %[[Y]], %[[DX]]
module {
  nn.variable @table : tensor<7x4xf32> {initializer = #nn.call<"Ones", {}>, trainable = true}
  func.func @gradients(%x: tensor<?x3xf32> {nn.name = "x"}, %dy: tensor<?x3x5xf32> {nn.name = "output_gradient"}) -> tensor<?x3x5xf32> {
    %t = nn.read @table : tensor<7x4xf32>
    %0 = nn.embedding %x, %t : (tensor<?x3xf32>, tensor<7x4xf32>) -> tensor<?x3x4xf32>
    %1 = nn.reshape %x {shape = array<i64: 3, 1>} : (tensor<?x3xf32>) -> tensor<?x3x1xf32>
    %2 = nn.concatenate %0, %1 {axis = 2} : (tensor<?x3x4xf32>, tensor<?x3x1xf32>) -> tensor<?x3x5xf32>
    return %2 : tensor<?x3x5xf32>
  }
}
