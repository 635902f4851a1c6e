// RUN: nncc-opt %s -nn-fuse-update | FileCheck %s

module {
nn.variable @"large" : tensor<128x128xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
nn.variable @"small" : tensor<64x64xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
nn.variable @"other" : tensor<128x128xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}

// A large kernel is updated by its gradient, a small one by the optimizer.
// CHECK-LABEL: func.func @train_step
// CHECK: nn.store_gradient @large, %{{.*}} {updated}
// CHECK: nn.store_gradient @small, %{{[a-z0-9]*}} :
func.func @train_step(%x: tensor<?x128xf32>, %dy: tensor<?x128xf32>, %z: tensor<?x64xf32>) attributes {nn.entry} {
  %large = nn.dense_grad_kernel %x, %dy : (tensor<?x128xf32>, tensor<?x128xf32>) -> tensor<128x128xf32>
  nn.store_gradient @large, %large : tensor<128x128xf32>
  %small = nn.dense_grad_kernel %z, %z : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<64x64xf32>
  nn.store_gradient @small, %small : tensor<64x64xf32>
  nn.adam {beta_1 = 0.9, beta_2 = 0.999, epsilon = 1.0e-7, amsgrad = false}
  return
}

// What still reads the kernel must see it as it was; a read before does not matter.
// CHECK-LABEL: func.func @read_later
// CHECK: nn.store_gradient @large, %{{[a-z0-9]*}} :
// CHECK: nn.store_gradient @other, %{{.*}} {updated}
func.func @read_later(%x: tensor<?x128xf32>, %dy: tensor<?x128xf32>) -> tensor<?x128xf32> attributes {nn.entry} {
  %w = nn.read @large : tensor<128x128xf32>
  %o = nn.read @other : tensor<128x128xf32>
  %y = nn.dense %x, %o : (tensor<?x128xf32>, tensor<128x128xf32>) -> tensor<?x128xf32>
  %large = nn.dense_grad_kernel %x, %dy : (tensor<?x128xf32>, tensor<?x128xf32>) -> tensor<128x128xf32>
  nn.store_gradient @large, %large : tensor<128x128xf32>
  %other = nn.dense_grad_kernel %y, %dy : (tensor<?x128xf32>, tensor<?x128xf32>) -> tensor<128x128xf32>
  nn.store_gradient @other, %other : tensor<128x128xf32>
  %dx = nn.dense_grad_input %dy, %w : (tensor<?x128xf32>, tensor<128x128xf32>) -> tensor<?x128xf32>
  nn.sgd {momentum = 0.0, nesterov = false}
  return %dx : tensor<?x128xf32>
}

// Clipping by norm needs all gradients first, and an entry without an optimizer updates nothing.
// CHECK-LABEL: func.func @clipped
// CHECK-NOT: updated
func.func @clipped(%x: tensor<?x128xf32>, %dy: tensor<?x128xf32>) attributes {nn.entry} {
  %large = nn.dense_grad_kernel %x, %dy : (tensor<?x128xf32>, tensor<?x128xf32>) -> tensor<128x128xf32>
  nn.store_gradient @large, %large : tensor<128x128xf32>
  nn.clip_gradients {global = true, norm = 1.0}
  nn.sgd {momentum = 0.0, nesterov = false}
  return
}
func.func @gradients(%x: tensor<?x128xf32>, %dy: tensor<?x128xf32>) attributes {nn.entry} {
  %large = nn.dense_grad_kernel %x, %dy : (tensor<?x128xf32>, tensor<?x128xf32>) -> tensor<128x128xf32>
  nn.store_gradient @large, %large : tensor<128x128xf32>
  return
}

// Nadam's update depends on the variable.
func.func @nadam(%x: tensor<?x128xf32>, %dy: tensor<?x128xf32>) attributes {nn.entry} {
  %large = nn.dense_grad_kernel %x, %dy : (tensor<?x128xf32>, tensor<?x128xf32>) -> tensor<128x128xf32>
  nn.store_gradient @large, %large : tensor<128x128xf32>
  nn.nadam {beta_1 = 0.9, beta_2 = 0.999, epsilon = 1.0e-7}
  return
}
}
