// Each Keras loss as ops. With from_logits the loss reads the output as logits, and the output stays what it is.
// RUN: nncc-opt %s --split-input-file --nn-make-entries=entries=evaluate -verify-diagnostics | FileCheck %s

// CHECK-LABEL: module @Binary
// CHECK: @evaluate(%{{.*}}, %[[T:.*]]: tensor<?x1xf32> {nn.name = "target"})
// CHECK: nn.binary_cross_entropy %[[X:.*]], %[[T]] {label_smoothing = 1.000000e-01 : f64} : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<f32>
module @Binary attributes {nn.train = {loss = #nn.call<"BinaryCrossentropy", {from_logits = false, label_smoothing = 0.1}>}} {
  func.func @model(%x: tensor<?x1xf32>) -> tensor<?x1xf32> { return %x : tensor<?x1xf32> }
}

// -----
// CHECK-LABEL: module @BinaryLogits
// CHECK: @evaluate(%[[X:[a-z0-9]*]]: tensor
// CHECK: %{{.*}}, %[[LOSS:.*]] = nn.sigmoid_cross_entropy %[[X]], %{{.*}} {label_smoothing = 0.000000e+00 : f64}
// CHECK: return %[[X]], %[[LOSS]]
module @BinaryLogits attributes {nn.train = {loss = #nn.call<"BinaryCrossentropy", {from_logits = true, label_smoothing = 0.0}>}} {
  func.func @model(%x: tensor<?x1xf32>) -> tensor<?x1xf32> { return %x : tensor<?x1xf32> }
}

// -----
// CHECK-LABEL: module @Categorical
// CHECK: nn.categorical_cross_entropy %{{.*}} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<f32>
module @Categorical attributes {nn.train = {loss = #nn.call<"CategoricalCrossentropy", {from_logits = false, label_smoothing = 0.0}>}} {
  func.func @model(%x: tensor<?x5xf32>) -> tensor<?x5xf32> { return %x : tensor<?x5xf32> }
}

// -----
// Class numbers: the target lacks the last axis.
// CHECK-LABEL: module @Sparse
// CHECK: nn.sparse_categorical_cross_entropy %{{.*}} : (tensor<?x7x5xf32>, tensor<?x7xf32>) -> tensor<f32>
module @Sparse attributes {nn.train = {loss = #nn.call<"SparseCategoricalCrossentropy", {from_logits = false}>}} {
  func.func @model(%x: tensor<?x7x5xf32>) -> tensor<?x7x5xf32> { return %x : tensor<?x7x5xf32> }
}

// -----
// CHECK-LABEL: module @SparseLogits
// CHECK: nn.softmax_cross_entropy %{{.*}} {label_smoothing = 0.000000e+00 : f64, sparse = true}
module @SparseLogits attributes {nn.train = {loss = #nn.call<"SparseCategoricalCrossentropy", {from_logits = true}>}} {
  func.func @model(%x: tensor<?x5xf32>) -> tensor<?x5xf32> { return %x : tensor<?x5xf32> }
}

// -----
// from_logits=true behind a softmax: as Keras does, warn and take the loss of probabilities, which nn-fuse-loss takes from the logits.
// CHECK-LABEL: module @NeedlessFromLogits
// CHECK: %[[P:.*]] = nn.softmax
// CHECK: nn.sparse_categorical_cross_entropy %[[P]]
module @NeedlessFromLogits attributes {nn.train = {loss = #nn.call<"SparseCategoricalCrossentropy", {from_logits = true}>}} {
  func.func @model(%x: tensor<?x5xf32>) -> tensor<?x5xf32> {
    // expected-warning @+1 {{Softmax 'softmax': the loss SparseCategoricalCrossentropy has from_logits=true, but the model's output has been through a softmax; the loss is computed from the logits before it}}
    %0 = nn.softmax %x {axis = 1, nn.layer = #nn.layer<"softmax", "Softmax">} : (tensor<?x5xf32>) -> tensor<?x5xf32>
    return %0 : tensor<?x5xf32>
  }
}
