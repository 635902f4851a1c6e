// An entry becomes a kernel a step and a table; the model and its variables disappear.
// RUN: nncc-opt %s -nn-to-loops=vector-bits=256 | FileCheck %s

// CHECK: module attributes {nncc.entries = [
// CHECK-SAME: arena_bytes = array<i64: 64, 192>
// CHECK-SAME: arguments = {{\[}}array<i64: 64, 0, 0, 7>]
// CHECK-SAME: buffers = {{\[}}{bytes = array<i64: 0, 28>, layer = "argument 0", name = "argument 0", offset = array<i64: 64, 0>, steps = array<i64: 0, 1>}
// CHECK-SAME: name = "predict"
// CHECK-SAME: results = {{\[}}array<i64: 64, 64, 0, 7>]
// CHECK-SAME: kernel = "predict.0", layer = "activation", units = array<i64: 0, 1>, what = "tanh"
// CHECK-SAME: kernel = "predict.1"{{.*}}what = "multiply"
// CHECK-SAME: worker_bytes = 0
module {
  // CHECK-NOT: nn.variable
  // CHECK-NOT: @model
  nn.variable @"layer/offset" : tensor<7xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
  func.func @model(%x: tensor<?x7xf32>) -> tensor<?x7xf32> {
    return %x : tensor<?x7xf32>
  }

  // The tanh reads the input and writes a buffer of 64 bytes a sample.
  // CHECK-LABEL: func.func @predict.0(
  // CHECK-SAME: %[[ARENA:.*]]: memref<1xi8>, %{{.*}}: memref<1xf32>, %{{.*}}: memref<1xf32>, %{{.*}}: memref<1xf32>,
  // CHECK-SAME: %[[BATCH:.*]]: index, %[[BEGIN:.*]]: index, %[[END:.*]]: index, %{{.*}}: index)
  // CHECK: memref.view
  // CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
  // Seven elements are 4 + 2 + 1.
  // CHECK: vector.store {{.*}}vector<4xf32>
  // CHECK: vector.store {{.*}}vector<2xf32>
  // CHECK: vector.store {{.*}}vector<1xf32>
  // CHECK-LABEL: func.func @predict.1(
  // CHECK-NOT: @predict.2
  func.func @predict(%x: tensor<?x7xf32>) -> tensor<?x7xf32> attributes {nn.entry} {
    %0 = nn.activation %x {function = #nn.activation<tanh>, nn.layer = #nn.layer<"activation", "Activation">} : (tensor<?x7xf32>) -> tensor<?x7xf32>
    %1 = nn.multiply %0, %x : (tensor<?x7xf32>, tensor<?x7xf32>) -> tensor<?x7xf32>
    return %1 : tensor<?x7xf32>
  }
}
