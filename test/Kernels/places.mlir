// Where buffers and scratch lie.
// RUN: nncc-opt %s -nn-to-loops=vector-bits=256 -split-input-file | FileCheck %s

// What the first step writes and the last one reads lives throughout, and what lives between them lies elsewhere.
// CHECK: buffers = [
// CHECK-SAME: name = "nn.activation", offset = array<i64: 64, 640>, steps = array<i64: 0, 3>}
// CHECK-SAME: name = "nn.softmax", offset = array<i64: 64, 960>, steps = array<i64: 1, 2>}
func.func @lifetimes(%x: tensor<?x9x8xf32>) -> (tensor<?x8xf32>, tensor<?x9x8xf32>) attributes {nn.entry} {
  %0 = nn.activation %x {function = #nn.activation<tanh>} : (tensor<?x9x8xf32>) -> tensor<?x9x8xf32>
  %1 = nn.softmax %x {axis = 1} : (tensor<?x9x8xf32>) -> tensor<?x9x8xf32>
  %2 = nn.global_average_pool %1 : (tensor<?x9x8xf32>) -> tensor<?x8xf32>
  %3 = nn.softmax %0 {axis = 1} : (tensor<?x9x8xf32>) -> tensor<?x9x8xf32>
  return %2, %3 : tensor<?x8xf32>, tensor<?x9x8xf32>
}

// -----

// Scratch lies behind the arena, a slice a worker: here three tables of 19 floats, each from a cache line on.
// CHECK: arena_bytes = array<i64: [[BYTES:[0-9]+]], [[SAMPLE_BYTES:[0-9]+]]>
// CHECK-SAME: worker_bytes = 384
// CHECK-LABEL: func.func @scratch.2(
// CHECK-SAME: %[[ARENA:.*]]: memref<1xi8>, %{{.*}}: memref<1xf32>, %{{.*}}: memref<1xf32>, %{{.*}}: memref<1xf32>,
// CHECK-SAME: %[[BATCH:[a-z0-9]+]]: index, %{{.*}}: index, %{{.*}}: index, %[[WORKER:[a-z0-9]+]]: index)
// CHECK: %[[PER_SAMPLE:.*]] = arith.constant {nncc.place} [[SAMPLE_BYTES]] : index
// CHECK-NEXT: %[[SLICE:.*]] = arith.constant {nncc.place} 384 : index
// CHECK-NEXT: %[[BATCHED:.*]] = arith.muli %[[PER_SAMPLE]], %[[BATCH]] : index
// CHECK-NEXT: %[[OTHERS:.*]] = arith.muli %[[SLICE]], %[[WORKER]] : index
// CHECK-NEXT: %[[END:.*]] = arith.addi %c[[BYTES]]{{[_0-9]*}}, %[[BATCHED]] : index
// CHECK-NEXT: %[[MINE:.*]] = arith.addi %[[END]], %[[OTHERS]] : index
// CHECK-NEXT: %[[FIRST:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[AT:.*]] = arith.addi %[[MINE]], %[[FIRST]] : index
// CHECK: memref.view %{{.*}}[%[[AT]]][] : memref<?xi8> to memref<19xf32>
// CHECK: %[[SECOND:.*]] = arith.constant 128 : index
// CHECK-NEXT: %[[AT:.*]] = arith.addi %[[MINE]], %[[SECOND]] : index
// CHECK: memref.view %{{.*}}[%[[AT]]][] : memref<?xi8> to memref<19xf32>
// CHECK: %[[THIRD:.*]] = arith.constant 256 : index
// CHECK-NEXT: %[[AT:.*]] = arith.addi %[[MINE]], %[[THIRD]] : index
// CHECK: memref.view %{{.*}}[%[[AT]]][] : memref<?xi8> to memref<19xf32>
func.func @scratch(%x: tensor<?x5x19xf32>, %m: tensor<19xf32>, %v: tensor<19xf32>, %dy: tensor<?x5x19xf32>)
    -> (tensor<?x5x19xf32>, tensor<19xf32>, tensor<19xf32>) attributes {nn.entry} {
  %dx, %dg, %db = nn.batch_norm_train_grad %x mean(%m) variance(%v), %dy {axis = 2, epsilon = 0.001}
    : (tensor<?x5x19xf32>, tensor<19xf32>, tensor<19xf32>, tensor<?x5x19xf32>) -> (tensor<?x5x19xf32>, tensor<19xf32>, tensor<19xf32>)
  return %dx, %dg, %db : tensor<?x5x19xf32>, tensor<19xf32>, tensor<19xf32>
}

// -----

// A dropout takes the place of its operand, and moves 180 bytes (a sample) there and back all the same, like the softmax before it.
// CHECK: buffers = [
// CHECK-SAME: bytes = array<i64: 180, 0>, layer = "", name = "nn.softmax, nn.dropout"
// CHECK-SAME: bytes = array<i64: 0, 180>, layer = "", name = "nn.softmax, nn.dropout"
// CHECK-SAME: bytes = array<i64: 360, 0>, flops = array<i64: {{[0-9]+}}, 0>, kernel = "in_place.0"
// CHECK-SAME: bytes = array<i64: 360, 0>, flops = array<i64: {{[0-9]+}}, 0>, kernel = "in_place.1", layer = "", units = array<i64: 1, 0>, what = "dropout"
// CHECK-SAME: bytes = array<i64: 0, 360>, flops = array<i64: 0, {{[0-9]+}}>, kernel = "in_place.3"
// CHECK-SAME: bytes = array<i64: 0, 360>, flops = array<i64: 0, {{[0-9]+}}>, kernel = "in_place.4", {{.*}}what = "dropout"
func.func @in_place(%x: tensor<9x5xf32>, %y: tensor<?x9x5xf32>) -> (tensor<9x5xf32>, tensor<?x9x5xf32>) attributes {nn.entry} {
  %0 = nn.softmax %x {axis = 1} : (tensor<9x5xf32>) -> tensor<9x5xf32>
  %1 = nn.dropout %0 {rate = 0.5, stream = 1 : i32} : (tensor<9x5xf32>) -> tensor<9x5xf32>
  %2 = nn.softmax %1 {axis = 1} : (tensor<9x5xf32>) -> tensor<9x5xf32>
  %3 = nn.softmax %y {axis = 2} : (tensor<?x9x5xf32>) -> tensor<?x9x5xf32>
  %4 = nn.dropout %3 {rate = 0.5, stream = 1 : i32} : (tensor<?x9x5xf32>) -> tensor<?x9x5xf32>
  %5 = nn.softmax %4 {axis = 2} : (tensor<?x9x5xf32>) -> tensor<?x9x5xf32>
  return %2, %5 : tensor<9x5xf32>, tensor<?x9x5xf32>
}
