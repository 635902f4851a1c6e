// RUN: nncc-opt %s --split-input-file -verify-diagnostics --nn-autodiff

// An op without a rule, on a way that needs a gradient: an error at the layer, never a silent zero.
func.func @gradients(%x: tensor<?x4xf32> {nn.name = "x"}, %dy: tensor<?x2xf32> {nn.name = "output_gradient"}) -> tensor<?x2xf32> {
  // expected-error @+1 {{Cropping 'crop': there is no gradient rule for 'nn.slice', and the gradient of the model needs it}}
  %0 = nn.slice %x {axis = 1, offset = 0, size = 2, nn.layer = #nn.layer<"crop", "Cropping">} : (tensor<?x4xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----
// expected-error @+1 {{expected one result and an argument 'output_gradient', as nn-make-entries makes it}}
func.func @gradients(%a: tensor<?x2xf32> {nn.name = "a"}) -> tensor<?x2xf32> {
  return %a : tensor<?x2xf32>
}

// -----
// expected-error @+1 {{expected one result and an argument 'output_gradient', as nn-make-entries makes it}}
func.func @gradients(%a: tensor<?x2xf32> {nn.name = "a"}, %dy: tensor<?x2xf32> {nn.name = "output_gradient"}) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  return %a, %a : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----
// expected-error @+1 {{the optimizer 'Lion' is not supported; expected SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta or Nadam}}
module attributes {nn.train = {optimizer = #nn.call<"Lion", {}>, loss = #nn.call<"MeanSquaredError", {}>}} {
  func.func @train_step(%x: tensor<?x2xf32> {nn.name = "x"}, %t: tensor<?x2xf32> {nn.name = "target"}) -> (tensor<?x2xf32>, tensor<f32>) {
    %0 = nn.mean_squared_error %x, %t : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<f32>
    return %x, %0 : tensor<?x2xf32>, tensor<f32>
  }
}

// -----
module {
  // expected-error @+1 {{expected a module with a train section and a @train_step that returns output and loss, as nn-make-entries makes it}}
  func.func @train_step(%x: tensor<?x2xf32> {nn.name = "x"}, %t: tensor<?x2xf32> {nn.name = "target"}) -> (tensor<?x2xf32>, tensor<f32>) {
    %0 = nn.mean_squared_error %x, %t : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<f32>
    return %x, %0 : tensor<?x2xf32>, tensor<f32>
  }
}

// -----
module attributes {nn.train = {optimizer = #nn.call<"SGD", {momentum = 0.0, nesterov = false}>, loss = #nn.call<"MeanSquaredError", {}>}} {
  // expected-error @+1 {{expected a module with a train section and a @train_step that returns output and loss, as nn-make-entries makes it}}
  func.func @train_step(%x: tensor<?x2xf32> {nn.name = "x"}, %t: tensor<?x2xf32> {nn.name = "target"}) -> tensor<f32> {
    %0 = nn.mean_squared_error %x, %t : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<f32>
    return %0 : tensor<f32>
  }
}

// -----
// A target that depends on a parameter wants a gradient too.
module attributes {nn.train = {optimizer = #nn.call<"SGD", {momentum = 0.0, nesterov = false}>, loss = #nn.call<"MeanSquaredError", {}>}} {
  nn.variable @w : tensor<2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true}
  func.func @train_step(%x: tensor<?x2xf32> {nn.name = "x"}, %t: tensor<?x2xf32> {nn.name = "target"}) -> (tensor<?x2xf32>, tensor<f32>) {
    %w = nn.read @w : tensor<2xf32>
    %moved = nn.shift_by %t, %w : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    // expected-error @+1 {{is differentiated only as the root of the backward pass, with respect to its prediction}}
    %0 = nn.mean_squared_error %x, %moved : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<f32>
    return %x, %0 : tensor<?x2xf32>, tensor<f32>
  }
}

// -----
// A penalty on the prediction that the fused loss returns: a gradient flows into the loss.
module attributes {nn.train = {optimizer = #nn.call<"SGD", {momentum = 0.0, nesterov = false}>, loss = #nn.call<"CategoricalCrossentropy", {}>}} {
  nn.variable @w : tensor<2xf32> {initializer = #nn.call<"Ones", {}>, trainable = true}
  func.func @train_step(%x: tensor<?x2xf32> {nn.name = "x"}, %t: tensor<?x2xf32> {nn.name = "target"}) -> (tensor<?x2xf32>, tensor<f32>) {
    %w = nn.read @w : tensor<2xf32>
    %logits = nn.shift_by %x, %w : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
    // expected-error @+1 {{is differentiated only as the root of the backward pass, with respect to its prediction}}
    %p, %loss = nn.softmax_cross_entropy %logits, %t {label_smoothing = 0.0 : f64, sparse = false} : (tensor<?x2xf32>, tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<f32>)
    %penalty = nn.penalty %p {l1 = 0.0 : f64, l2 = 0.5 : f64, per_sample = true} : (tensor<?x2xf32>) -> tensor<f32>
    %total = nn.total_loss %loss, %penalty : (tensor<f32>, tensor<f32>) -> tensor<f32>
    return %p, %total : tensor<?x2xf32>, tensor<f32>
  }
}

// -----
// The statistics of a batch are for the moving averages: neither alone nor beside the output do they get a gradient.
func.func @gradients(%x: tensor<?x2xf32> {nn.name = "x"}, %dy: tensor<?x2xf32> {nn.name = "output_gradient"}) -> tensor<?x2xf32> {
  // expected-error @+1 {{has a gradient with respect to its output only, not to its statistics}}
  %y, %mean, %variance = nn.batch_norm_train %x {axis = 1, epsilon = 0.001} : (tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>)
  %0 = nn.shift_by %x, %mean : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----
func.func @gradients(%x: tensor<?x2xf32> {nn.name = "x"}, %dy: tensor<?x2xf32> {nn.name = "output_gradient"}) -> tensor<?x2xf32> {
  // expected-error @+1 {{has a gradient with respect to its output only, not to its statistics}}
  %y, %mean, %variance = nn.batch_norm_train %x {axis = 1, epsilon = 0.001} : (tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>)
  %0 = nn.shift_by %y, %mean : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----
func.func @gradients(%x: tensor<?x2xf32> {nn.name = "x"}, %dy: tensor<?x2xf32> {nn.name = "output_gradient"}) -> tensor<?x2xf32> {
  // expected-error @+1 {{has a gradient with respect to its output only, not to its statistics}}
  %y, %mean, %variance = nn.batch_norm_train %x {axis = 1, epsilon = 0.001} : (tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>)
  %0 = nn.scale_by %y, %variance : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
