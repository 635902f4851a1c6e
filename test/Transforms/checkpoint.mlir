// nn-checkpoint runs ops again where the backward pass reads their results.
// RUN: nncc-opt %s -nn-checkpoint="budget=0 batch=4" | FileCheck %s
// RUN: nncc-opt %s -nn-checkpoint="budget=1000000 batch=4" | FileCheck %s --check-prefix=SAME
// RUN: nncc-opt %s -nn-checkpoint | FileCheck %s --check-prefix=SAME

// Of four activations the second runs again, right before the gradient that reads it. The first is kept as its operand.
// CHECK-LABEL: func.func @train_step
// CHECK: %[[A:.*]] = nn.activation %arg0 {
// CHECK: nn.mean_squared_error %
// CHECK: %[[DB:.*]] = nn.activation_grad
// CHECK: %[[DA:.*]] = nn.activation_grad
// CHECK-NEXT: %[[AGAIN:.*]] = nn.activation %[[A]] {function = #nn.activation<tanh>}
// CHECK-NEXT: nn.activation_grad %[[AGAIN]], %[[DA]]
// CHECK-NOT: nn.activation %

// SAME-LABEL: func.func @train_step
// SAME-COUNT-4: nn.activation %
// SAME-NOT: nn.activation %
// SAME: return
nn.variable @v : tensor<8xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
func.func @train_step(%x: tensor<?x8xf32>, %t: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<f32>) {
  %a = nn.activation %x {function = #nn.activation<tanh>} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %b = nn.activation %a {function = #nn.activation<tanh>} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c = nn.activation %b {function = #nn.activation<tanh>} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %d = nn.activation %c {function = #nn.activation<tanh>} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %loss = nn.mean_squared_error %d, %t : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<f32>
  %dd = nn.mean_squared_error_grad %d, %t : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %dc = nn.activation_grad %d, %dd {function = #nn.activation<tanh>} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %db = nn.activation_grad %c, %dc {function = #nn.activation<tanh>} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %da = nn.activation_grad %b, %db {function = #nn.activation<tanh>} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %dx = nn.activation_grad %a, %da {function = #nn.activation<tanh>} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %dv = nn.bias_grad %dx : (tensor<?x8xf32>) -> tensor<8xf32>
  nn.store_gradient @v, %dv : tensor<8xf32>
  return %d, %loss : tensor<?x8xf32>, tensor<f32>
}
