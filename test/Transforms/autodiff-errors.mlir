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
// expected-error @+1 {{the optimizer 'Lion' is not supported; expected SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta or Nadam}}
module attributes {nn.train = {optimizer = #nn.call<"Lion", {}>, loss = #nn.call<"MeanSquaredError", {}>}} {
  func.func @train_step(%x: tensor<?x2xf32> {nn.name = "x"}, %t: tensor<?x2xf32> {nn.name = "target"}) -> (tensor<?x2xf32>, tensor<f32>) {
    %0 = nn.mean_squared_error %x, %t : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<f32>
    return %x, %0 : tensor<?x2xf32>, tensor<f32>
  }
}
