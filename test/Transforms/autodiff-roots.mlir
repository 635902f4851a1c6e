// RUN: nncc-opt %s --split-input-file -verify-diagnostics --nn-autodiff

// What is minimised is a sum of losses and penalties: a loss that a layer's op follows is none.
module attributes {nn.train = {optimizer = #nn.call<"SGD", {momentum = 0.0, nesterov = false}>, loss = #nn.call<"MeanSquaredError", {}>}} {
  nn.variable @w : tensor<2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true}
  func.func @train_step(%x: tensor<?x2xf32> {nn.name = "x"}, %t: tensor<?x2xf32> {nn.name = "target"}) -> (tensor<?x2xf32>, tensor<f32>) {
    %w = nn.read @w : tensor<2xf32>
    %y = nn.shift_by %x, %w : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    %0 = nn.mean_squared_error %y, %t : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<f32>
    // expected-error @+1 {{is neither a loss nor a penalty, which the loss of @train_step is the sum of}}
    %1 = nn.rescale %0 {scale = 2.0, offset = 0.0} : (tensor<f32>) -> tensor<f32>
    return %y, %1 : tensor<?x2xf32>, tensor<f32>
  }
}

// -----
module attributes {nn.train = {optimizer = #nn.call<"SGD", {momentum = 0.0, nesterov = false}>, loss = #nn.call<"MeanSquaredError", {}>}} {
  nn.variable @w : tensor<2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true}
  func.func @train_step(%x: tensor<?x2xf32> {nn.name = "x"}, %t: tensor<?x2xf32> {nn.name = "target"}) -> (tensor<?x2xf32>, tensor<f32>) {
    %w = nn.read @w : tensor<2xf32>
    %0 = nn.mean_squared_error %x, %t : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<f32>
    %penalty = nn.penalty %w {l1 = 0.0 : f64, l2 = 0.5 : f64, per_sample = false} : (tensor<2xf32>) -> tensor<f32>
    // expected-error @+1 {{is neither a loss nor a penalty, which the loss of @train_step is the sum of}}
    %1 = nn.rescale %penalty {scale = 2.0, offset = 0.0} : (tensor<f32>) -> tensor<f32>
    %total = nn.total_loss %0, %1 : (tensor<f32>, tensor<f32>) -> tensor<f32>
    return %x, %total : tensor<?x2xf32>, tensor<f32>
  }
}
