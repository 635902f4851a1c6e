// nn-simplify erases dead ops and identities in the entry points.
// RUN: nncc-opt %s --nn-simplify | FileCheck %s

// CHECK-LABEL: func.func @identities(
// CHECK-SAME:    %[[X:.*]]: tensor<?x3x2xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @identities(%x: tensor<?x3x2xf32>) -> tensor<?x3x2xf32> {
  %0 = nn.activation %x {function = #nn.activation<linear>} : (tensor<?x3x2xf32>) -> tensor<?x3x2xf32>
  %1 = nn.add %0 : (tensor<?x3x2xf32>) -> tensor<?x3x2xf32>
  %2 = nn.concatenate %1 {axis = 1} : (tensor<?x3x2xf32>) -> tensor<?x3x2xf32>
  %3 = nn.dropout %2 {rate = 0.0, stream = 1 : i32} : (tensor<?x3x2xf32>) -> tensor<?x3x2xf32>
  %4 = nn.reshape %3 {shape = array<i64: 3, 2>} : (tensor<?x3x2xf32>) -> tensor<?x3x2xf32>
  return %4 : tensor<?x3x2xf32>
}

// Two reshapes are one; there and back is none.
// CHECK-LABEL: func.func @reshapes(
// CHECK-SAME:    %[[X:.*]]: tensor<?x3x2xf32>)
// CHECK-NEXT:    %[[Y:.*]] = nn.reshape %[[X]] {shape = array<i64: 2, 3>}
// CHECK-NEXT:    return %[[Y]], %[[X]]
func.func @reshapes(%x: tensor<?x3x2xf32>) -> (tensor<?x2x3xf32>, tensor<?x3x2xf32>) {
  %0 = nn.reshape %x {shape = array<i64: 6>} : (tensor<?x3x2xf32>) -> tensor<?x6xf32>
  %1 = nn.reshape %0 {shape = array<i64: 2, 3>} : (tensor<?x6xf32>) -> tensor<?x2x3xf32>
  %2 = nn.reshape %0 {shape = array<i64: 3, 2>} : (tensor<?x6xf32>) -> tensor<?x3x2xf32>
  return %1, %2 : tensor<?x2x3xf32>, tensor<?x3x2xf32>
}

// Dead: a value that nobody reads, and what only it read.
// CHECK-LABEL: func.func @dead(
// CHECK-NEXT:    return
func.func @dead(%x: tensor<?x3xf32>) {
  %0 = nn.softmax %x {axis = 1} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %1 = nn.add %0, %x : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return
}

// Unchanged: real work.
// CHECK-LABEL: func.func @unchanged(
// CHECK:         nn.activation
// CHECK:         nn.dropout
func.func @unchanged(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = nn.activation %x {function = #nn.activation<relu>} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %1 = nn.dropout %0 {rate = 0.5, stream = 1 : i32} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}
