// A training step, as the passes before make it: where its values lie and what it is made of.
// RUN: nncc-opt %s -nn-to-loops | FileCheck %s
// RUN: nncc-opt %s -nn-to-loops=print-plan=true 2>&1 >/dev/null | FileCheck %s --check-prefix=PLAN

// Arguments are the input and the target, results the prediction and the loss (one number, not one a sample).
// CHECK: arguments = [array<i64: {{[0-9]+}}, {{[0-9]+}}, 0, 4>, array<i64: {{[0-9]+}}, {{[0-9]+}}, 0, 3>]
// CHECK-SAME: name = "train_step"
// CHECK-SAME: results = [array<i64: {{[0-9]+}}, {{[0-9]+}}, 0, 3>, array<i64: {{[0-9]+}}, 0, 1, 0>]
// CHECK-SAME: layer = "dense"{{.*}}what = "dense forward"
// CHECK-SAME: what = "softmax cross-entropy"
// CHECK-SAME: what = "softmax cross-entropy, mean"
// CHECK-SAME: what = "softmax cross-entropy gradient"
// CHECK-SAME: what = "dense kernel gradient"
// CHECK-SAME: what = "bias gradient"
// CHECK-SAME: what = "sgd"

// Gradients are written where the optimizer reads them: no step copies, and no buffer of the arena holds them.
// CHECK-NOT: store gradient
// PLAN: train_step, arena:
// PLAN-NOT: dense_grad_kernel
// PLAN-NOT: bias_grad
module {
  nn.variable @"dense/kernel" : tensor<4x3xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  nn.variable @"dense/bias" : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
  func.func @train_step(%x: tensor<?x4xf32> {nn.name = "x"}, %t: tensor<?x3xf32> {nn.name = "target"}) -> (tensor<?x3xf32>, tensor<f32>) attributes {nn.entry} {
    %kernel = nn.read @"dense/kernel" : tensor<4x3xf32>
    %bias = nn.read @"dense/bias" : tensor<3xf32>
    %logits = nn.dense %x, %kernel, %bias {nn.layer = #nn.layer<"dense", "Dense">} : (tensor<?x4xf32>, tensor<4x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
    %y, %loss = nn.softmax_cross_entropy %logits, %t {label_smoothing = 0.0, sparse = false} : (tensor<?x3xf32>, tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<f32>)
    %dy = nn.softmax_cross_entropy_grad %y, %t {label_smoothing = 0.0, sparse = false} : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
    %dw = nn.dense_grad_kernel %x, %dy : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<4x3xf32>
    %db = nn.bias_grad %dy : (tensor<?x3xf32>) -> tensor<3xf32>
    nn.store_gradient @"dense/kernel", %dw : tensor<4x3xf32>
    nn.store_gradient @"dense/bias", %db : tensor<3xf32>
    nn.sgd {momentum = 0.0, nesterov = false}
    return %y, %loss : tensor<?x3xf32>, tensor<f32>
  }
}
